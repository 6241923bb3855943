"""``watch`` as people run it: real processes, the real model, signals."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


class Watching:
    """A process that watches, and the lines it prints."""

    def __init__(self, home, *options):
        self.inbox = home / "inbox"
        command = [sys.executable, "-m", "indexer", "watch", str(self.inbox), "--index", str(home / "index"), "--json"]
        self.process = subprocess.Popen(
            [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def line(self):
        return json.loads(self.process.stdout.readline())

    def end(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)
        elif self.process.stdout.closed:
            return self.process.returncode, "", ""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def home(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path


@pytest.fixture
def watch(home):
    started = []

    def start(*options):
        started.append(Watching(home, *options))
        return started[-1]

    yield start
    for one in started:
        one.end(signal.SIGKILL)


def write(path, title):
    path.write_text(f"{title}\n\nThe story of {title}, told in full.")


def run(home, *words, check=0):
    command = [sys.executable, "-m", "indexer", *words, "--index", str(home / "index")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == check, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_a_watcher_follows_its_folder_through_a_kill_and_stops_cleanly(home, watch):
    inbox = home / "inbox"
    write(inbox / "a.txt", "Alpha")
    watching = watch("--settle", "0.2")
    assert watching.line()["added"] == 1
    write(inbox / "b.txt", "Beta")
    assert watching.line()["added"] == 1
    (inbox / "a.txt").rename(inbox / "c.txt")
    assert watching.line()["moved"] == 1
    assert watching.end(signal.SIGKILL)[0] == -signal.SIGKILL
    (inbox / "b.txt").unlink()
    write(inbox / "d.txt", "Delta")
    again = watch("--settle", "0.2", "--poll", "0.2")
    first, second = again.line(), again.line()
    assert (first["added"], first["unchanged"], second["removed"]) == (1, 0, 1)
    assert again.end(signal.SIGTERM) == (0, "", "")
    assert json.loads(run(home, "status", "--json"))["articles"] == 2


def test_a_busy_index_is_told_and_waited_for(home, watch):
    watching = watch("--settle", "0")
    program = (
        "import sys; from filelock import FileLock\nwith FileLock(sys.argv[1]): print(flush=True); sys.stdin.read()"
    )
    lock, pipe = str(home / "index" / "writer.lock"), subprocess.PIPE
    write(home / "inbox" / "first.txt", "First")
    assert watching.line()["added"] == 1
    with subprocess.Popen([sys.executable, "-c", program, lock], stdin=pipe, stdout=pipe) as other:
        other.stdout.readline()
        write(home / "inbox" / "a.txt", "Alpha")
        assert "is being written by" in watching.line()["error"]
        other.stdin.close()
    assert watching.line()["added"] == 1
    assert watching.end(signal.SIGINT)[0] == 0


def test_one_round_for_cron(home):
    write(home / "inbox" / "a.txt", "Alpha")
    (home / "inbox" / "empty.txt").touch()
    words = ("watch", str(home / "inbox"), "--once", "--settle", "0")
    assert "added 1, rejected 1 (1 passage, 1 embedded)" in run(home, *words, check=1)
    assert run(home, *words) == ""


def test_mistakes_are_answered_with_a_sentence(home):
    command = [sys.executable, "-m", "indexer", "watch", str(home / "nowhere"), "--index", str(home / "index")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "there is no such folder" in done.stderr
    assert not (home / "index").exists()
