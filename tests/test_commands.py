"""The commands as people run them: real processes, the real model, the samples that come with the project."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from indexer.embedded import open_index

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("commands") / "index"


@pytest.fixture(scope="module")
def dateline(folder):
    def run(*words, check=0, stdin=None, **environment):
        settings = {**os.environ, "DATELINE_INDEX": str(folder), **environment}
        command = [sys.executable, "-m", "service", *map(str, words)]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, env=settings, input=stdin, encoding="utf-8"
        )
        assert done.returncode == check, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def indexed(dateline):
    return dateline("add", SEEDS)


def status(dateline):
    return json.loads(dateline("status", "--json").stdout)


def test_adding_the_samples_reports_what_was_done(indexed):
    assert "Added 23, updated 0, unchanged 0, rejected 0" in indexed.stdout
    assert indexed.stderr == ""  # no progress bar where nobody looks


def test_adding_the_samples_again_embeds_nothing(indexed, dateline):
    again = json.loads(dateline("add", SEEDS, "--json").stdout)
    assert (again["unchanged"], again["added"], again["embedded"]) == (23, 0, 0)


def test_status_says_what_is_there(indexed, dateline):
    facts = status(dateline)
    assert facts["articles"] == 23
    assert facts["model"] == "all-MiniLM-L6-v2"
    assert facts["model_sha256"].startswith("53aa51172d14")
    assert facts["engine"] == "embedded"
    assert facts["bytes"] > 10_000
    said = dateline("status").stdout
    assert "Articles   23" in said and "all-MiniLM-L6-v2" in said


def test_the_real_articles_come_out_clean(indexed, dateline):
    real = json.loads(dateline("search", "Will Putin and Zelensky meet?", "--json").stdout)["results"][:2]
    assert {hit["title"] for hit in real} == {
        "Kremlin Downplays Talks with Zelensky as Trump Urges Dialogue with Putin",
        "Kremlin Downplays Prospects for Zelensky-Putin Summit as Trump Raises Doubts",
    }
    for hit in real:
        shown = json.loads(dateline("show", hit["article_id"], "--json").stdout)
        assert shown["body"][hit["char_start"] : hit["char_end"]] == hit["text"]
        paragraphs = shown["body"].split("\n")
        assert len(paragraphs) == len(set(paragraphs))


def test_a_question_is_answered_in_words(indexed, dateline):
    said = dateline("search", "Why was the bridge closed?", "--limit", 1).stdout
    assert said.startswith("1. Fennel Bridge shut after inspectors find crack in main bearing\n")
    assert "The Saltmere Gazette · 11 March 2025 · https://" in said
    assert "from 23 articles" in said


def test_filters_work_from_the_terminal(indexed, dateline):
    answer = json.loads(dateline("search", "storm", "--published-to", "2024-12-31", "--json").stdout)
    assert answer["results"]
    assert all(hit["published_at"] < "2025" for hit in answer["results"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["search", ""], "q: "),
        (["search", "storm", "--limit", "0"], "limit: "),
        (["search", "storm", "--rerank"], "--rerank: no reranker is configured; name one with --reranker."),
        (["search", "storm", "--as-of", "soon"], "as_of: 'soon' is not a date"),
        (["search", "storm", "--known-at", "soon"], "known_at: 'soon' is not a date"),
        (["search", "storm", "--index", "/nowhere"], "dateline add"),
        (["show", "nobody"], "no article 'nobody'"),
        (["add", SEEDS, "--model", "no/such-model"], "no/such-model"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(indexed, dateline, words, says):
    assert says in dateline(*words, check=1).stderr


@pytest.mark.parametrize("words", [["serve", "--port", "99999"], ["add", "x.txt", "--wait", "-1"]])
def test_a_number_out_of_range_is_refused(dateline, words):
    assert f"Invalid value for '{words[-2]}'" in dateline(*words, check=2).stderr


def test_a_dry_run_says_what_it_would_do_and_does_nothing(indexed, dateline, tmp_path):
    (tmp_path / "new.txt").write_text("A new headline\n\nA new story.")
    (tmp_path / "empty.txt").touch()
    before = status(dateline)
    done = dateline("add", tmp_path, "--dry-run", check=1)
    assert "Would add 1" in done.stdout
    assert "empty.txt: is empty" in done.stderr
    assert status(dateline) == before


def test_a_broken_line_costs_only_itself_and_the_exit_code(dateline, tmp_path):
    lines = [json.dumps({"id": f"n{n}", "title": f"Item {n}", "body": f"Text of item {n}."}) for n in range(1, 12)]
    lines[6] = '{"id": "n7", '
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(lines))
    done = dateline("add", path, "--index", tmp_path / "index", check=1)
    assert "Added 10" in done.stdout
    assert f"{path}:7: broken JSON" in done.stderr


def test_articles_come_from_standard_input_and_go_by_id(dateline, tmp_path):
    text = json.dumps({"id": "piped", "title": "Piped", "body": "An article from a pipe."})
    dateline("add", "-", "--index", tmp_path / "index", stdin=text)
    assert "Removed 1" in dateline("remove", "piped", "--index", tmp_path / "index").stdout
    assert "no such article" in dateline("remove", "piped", "--index", tmp_path / "index", check=1).stderr


def test_settings_come_from_a_file_the_environment_and_the_command_line(indexed, dateline, tmp_path, folder):
    file = tmp_path / "dateline.toml"
    file.write_text(f'index = "{tmp_path}/from-file"\nlimit = 1\n')
    run = {"DATELINE_INDEX": "", "DATELINE_CONFIG": str(file)}
    assert "from-file" in dateline("status", check=1, **run).stderr
    found = json.loads(dateline("search", "storm", "--json", DATELINE_CONFIG=str(file)).stdout)
    assert len(found["results"]) == 1
    file.write_text("language = 'de'\n")
    assert json.loads(dateline("search", "storm", "--json", DATELINE_CONFIG=str(file)).stdout)["results"] == []
    for setting, says in (
        ("colour = 'red'", "unknown setting colour; known are allow-private, allowed-origin, article, "),
        ("colour = 'red'", ", and tables [stores.NAME]"),
        ("write_key_file = 'keys'", "unknown setting write_key_file; did you mean write-key-file?"),
        ("ids = ['piped']", "unknown setting ids; "),
    ):
        file.write_text(f"{setting}\n")
        assert says in dateline("status", check=2, DATELINE_CONFIG=str(file)).stderr
    file.write_text("index = \n")
    assert str(file) in dateline("status", check=2, DATELINE_CONFIG=str(file)).stderr


def test_help_names_options_environment_and_defaults(dateline):
    said = dateline("serve", "--help").stdout
    for word in ("--port", "DATELINE_PORT", "8000", "--index", "DATELINE_INDEX", "--workers"):
        assert word in said
    assert "add" in dateline("--help").stdout
    assert "0.1.0" in dateline("--version").stdout


def test_add_ends_quietly_when_interrupted_while_it_embeds(tmp_path):
    body = "The council voted on the harbour on Tuesday, and the mill is to reopen in spring. " * 30
    news = tmp_path / "news.jsonl"
    news.write_text(
        "\n".join(json.dumps({"id": str(n), "title": f"Vote {n}", "body": f"{n} {body}"}) for n in range(300))
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "add", news, "--index", tmp_path / "index"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # which shells ignore in the background
    )
    try:
        while not (tmp_path / "index" / "words-2").exists():  # from when on it does little else
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, out) == (1, "")
    told = re.fullmatch(
        r"Added (\d+), updated 0, unchanged 0, rejected 0 \(\d+ passages, \d+ embedded\) so far\."
        r" Run the same command again, and it goes on from there\.\s+Aborted!\s*",
        err,
    )
    assert told, err
    assert int(told[1]) == open_index(tmp_path / "index").snapshot().freshness.articles


def test_output_that_nobody_takes_is_told_in_a_line_or_not_at_all(indexed, folder):
    command = [sys.executable, "-m", "service", "status", "--index", folder]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (1, "Error: No space left on device\n")
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (1, "")
