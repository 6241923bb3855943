"""``feeds`` as people run it: a real process, the real model, a real web server."""

import functools
import http.server
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fakes import CHUNKING, WordEmbedder

from indexer.embedded import create

ROOT = Path(__file__).parents[1]
FEED = """<rss version="2.0"><channel><title>Gazette</title>{}</channel></rss>"""
ITEM = "<item><guid>{0}</guid><title>{0}</title><description>The story of {0}, told in full.</description></item>"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def home(tmp_path):
    """A folder, served, with a feed of one item and a list of that feed and of one that is not there."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "feed.xml").write_text(FEED.format(ITEM.format("Alpha")))
    (tmp_path / "list.txt").write_text(f"{address}/feed.xml\n")
    yield tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


def command(home, *words):
    return [sys.executable, "-m", "indexer", "feeds", *map(str, words), "--index", str(home / "index")]


def run(home, *words, check=0):
    done = subprocess.run(command(home, *words), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == check, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_one_poll_for_cron_and_how_it_stands(home):
    address = (home / "list.txt").read_text().strip()
    said = run(home, home / "list.txt", "--once", "--allow-private")
    assert f"{address} added 1 (1 passage, 1 embedded)" in said
    assert run(home, home / "list.txt", "--once", "--allow-private") == ""  # nothing is due
    (facts,) = map(json.loads, run(home, "--status", "--json").splitlines())
    assert (facts["feed"], facts["articles"], facts["errors"], facts["gone"]) == (address, 1, 0, False)
    assert facts["polled_at"] < facts["due_at"]
    shown = run(home, home / "list.txt", "--status")
    assert shown.startswith(f"{address}\n  polled 2") and "1 article\n  1 new or changed" in shown


def test_where_no_feed_was_polled_that_is_said(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    assert "No feed has been polled yet; name a list of feeds." in run(tmp_path, "--status")


def test_it_runs_until_it_is_told_to_stop(home):
    with subprocess.Popen(
        command(home, home / "list.txt", "--allow-private", "--json"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as polling:
        assert json.loads(polling.stdout.readline())["added"] == 1
        polling.send_signal(signal.SIGTERM)
        assert polling.wait(30) == 0


def test_what_goes_wrong_is_told(home):
    missing = (home / "list.txt").read_text().strip().replace("feed.xml", "none.xml")
    (line,) = run(home, missing, "--once", "--allow-private", check=1).splitlines()
    assert missing in line and "status 404" in line
    assert "private or reserved address" in run(home, missing, home / "list.txt", "--once", check=1)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "Name a list of feeds"),
        (["nowhere.opml"], 1, "nowhere.opml: cannot be read"),
        (["https://a.example/", "--every", "0.5"], 2, "--every"),
        (["--status"], 1, "There is no index"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(tmp_path, words, code, says):
    assert says in run(tmp_path, *words, check=code)
    assert not (tmp_path / "index").exists()
