"""``dateline compact``, ``backup``, ``restore`` and ``doctor`` as commands: words, JSON and exit codes."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from fakes import CHUNKING, WordEmbedder, article, revision

from indexer.cli import main
from indexer.commands.counting import counted
from indexer.embedded import create, open_index


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "index"
    create(folder, WordEmbedder.model, CHUNKING)
    index = open_index(folder)
    with index.writing() as writer:
        for number in range(4):
            writer.apply([revision(article(number, f"The bridge number {number} is open."))])
        writer.apply([revision(article(9, "Gone.", expires_at=datetime(2025, 6, 1, tzinfo=UTC)))])
    return folder


@pytest.fixture
def dateline(folder):
    def run(*words, exit_code=0):
        done = CliRunner().invoke(main, list(map(str, words)), env={"DATELINE_INDEX": str(folder)})
        assert done.exit_code == exit_code, done.output
        return done.output

    return run


def test_compact_says_what_it_swept_and_the_sizes(dateline):
    said = dateline("compact")
    assert said.startswith("Swept 1 expired article\n")
    assert all(part in said for part in ("Articles ", "Vectors ", "Words ", "Together "))
    facts = json.loads(dateline("compact", "--json"))
    assert facts["swept"] == 0
    assert facts["before"].keys() == facts["after"].keys() == {"store", "vectors", "words"}
    assert facts["after"]["vectors"] > 0


def test_a_backup_comes_back_as_the_same_index(dateline, folder, tmp_path):
    file = tmp_path / "backup.db"
    assert f"Backed up 5 articles (5 passages, change 5) into {file}" in dateline("backup", file)
    assert "--force" in dateline("backup", file, exit_code=1)
    facts = json.loads(dateline("backup", file, "--force", "--json"))
    assert (facts["articles"], facts["bytes"]) == (5, file.stat().st_size)
    assert "already" in dateline("restore", file, exit_code=1)
    assert f"File '{tmp_path}' is a directory" in dateline("restore", tmp_path, exit_code=2)
    said = dateline("restore", file, "--index", tmp_path / "new")
    assert said.startswith(f"Restored 5 articles (5 passages) into {tmp_path / 'new'}, last changed 2")
    facts = json.loads(dateline("restore", file, "--index", tmp_path / "newer", "--json"))
    assert (facts["articles"], facts["index"]) == (5, str(tmp_path / "newer"))
    assert "All is well with 5 articles" in dateline("doctor", "--index", tmp_path / "new")


def test_an_empty_index_is_backed_up_too(dateline, tmp_path):
    create(tmp_path / "empty", WordEmbedder.model, CHUNKING)
    open_index(tmp_path / "empty")
    assert "Backed up 0 articles" in dateline("backup", tmp_path / "file", "--index", tmp_path / "empty")
    assert "Restored 0 articles" in dateline("restore", tmp_path / "file", "--index", tmp_path / "new")
    assert "All is well with 0 articles" in dateline("doctor", "--index", tmp_path / "new")


def test_the_doctor_says_what_is_wrong_and_mends_it_when_asked(dateline, folder):
    assert dateline("doctor") == f"All is well with 5 articles and 5 passages in {folder}\n"
    shutil.rmtree(folder / "words-2")
    said = dateline("doctor", exit_code=1)
    assert said.startswith("word view: It is missing")
    assert f"dateline doctor --repair --index {folder}\n" in said
    assert not (folder / "words-2").exists()
    facts = json.loads(dateline("doctor", "--json", exit_code=1))
    assert (facts["healthy"], facts["findings"][0]["part"], facts["repaired"]) == (False, "word view", [])
    said = dateline("doctor", "--repair")
    assert "Made again: the word view" in said and "All is well" in said
    assert json.loads(dateline("doctor", "--repair", "--json"))["repaired"] == []


def test_what_does_no_harm_is_said_and_the_index_is_well(dateline, folder):
    (folder / "vectors-7").mkdir()
    said = dateline("doctor")
    assert "vectors-7" in said and f"dateline compact --index {folder}\n" in said and "All is well" in said
    dateline("compact")
    assert "vectors-7" not in dateline("doctor")


def test_the_doctor_does_not_repair_what_only_a_backup_can(dateline, folder):
    (folder / "articles.db").write_bytes(b"no database" * 900)
    for words in (["doctor"], ["doctor", "--repair"]):
        said = dateline(*words, exit_code=1)
        assert "0 articles can still be read" in said and "dateline restore FILE --index NEW_FOLDER\n" in said


def test_one_thing_is_not_several(dateline, folder, tmp_path):
    dateline("remove", "a1", "a2", "a3", "a9")
    assert dateline("doctor") == f"All is well with 1 article and 1 passage in {folder}\n"
    assert "Backed up 1 article (1 passage, change " in dateline("backup", tmp_path / "file")
    assert [counted(number, "file") for number in (0, 1, 2, 1024)] == ["0 files", "1 file", "2 files", "1,024 files"]


@pytest.mark.parametrize("command", [["compact"], ["backup", "file"], ["doctor"]])
def test_where_there_is_no_index_that_is_said(dateline, tmp_path, command):
    assert "no index" in dateline(*command, "--index", tmp_path / "none", exit_code=1)
    assert not (tmp_path / "none").exists()
