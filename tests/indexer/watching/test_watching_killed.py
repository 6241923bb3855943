"""A watcher that is killed at any moment, over a folder in which everything happens."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import CHUNKING, WordEmbedder

from indexer.embedded import create, open_index
from indexer.intake import Intake
from indexer.watching import Folders, Watcher

ROOT = Path(__file__).parents[3]
KILLS = int(os.environ.get("DATELINE_TEST_KILLS", "5"))

PROGRAM = """
import sys
from pathlib import Path
from fakes import CHUNKING, WordEmbedder
from indexer.embedded import open_index
from indexer.intake import Intake
from indexer.watching import Folders, Watcher

home = Path(sys.argv[1])
index = open_index(home / "index")
intake = Intake(index, WordEmbedder(), CHUNKING)
watcher = Watcher(intake, Folders([home / "inbox"], home / "index"), settle=0, tell=lambda batch: None)
print("ready", flush=True)
while True:
    watcher.round()
"""


class Newsroom:
    """Writes, changes, moves and deletes files, and knows what should be in the index because of them."""

    def __init__(self, inbox, seed):
        self.inbox, self.chance, self.count = inbox, random.Random(seed), 0

    def act(self):
        files = sorted(path for path in self.inbox.iterdir() if not path.name.startswith("."))
        action = self.chance.choice(("write", "write", "change", "move", "delete")) if files else "write"
        self.count += 1
        if action == "write":
            suffix = self.chance.choice(("txt", "jsonl"))
            self.put(self.inbox / f"{self.count}.{suffix}")
            return
        path = self.chance.choice(files)
        if action == "change":
            self.put(path)
        elif action == "move":
            path.rename(self.inbox / f"moved-{self.count}{path.suffix}")
        else:
            path.unlink()

    def put(self, path):
        """Write a file in one step, as those should who deliver news."""
        draft = self.inbox / ".draft"
        if path.suffix == ".txt":
            draft.write_text(f"Title {self.count}\n\nThe body of number {self.count}.")
        else:
            names = {f"x{self.chance.randrange(40)}" for _ in range(self.chance.randrange(1, 12))}
            bodies = ({"id": name, "title": "T", "body": f"Body of {name}."} for name in sorted(names))
            draft.write_text("\n".join(map(json.dumps, bodies)))
        draft.replace(path)

    def expected(self):
        """The bodies that should be in the index, each as often as articles have it."""
        texts, ids = [], set()
        for path in self.inbox.iterdir():
            if path.suffix == ".txt":
                texts.append(path.read_text().partition("\n\n")[2])
            elif path.suffix == ".jsonl":
                ids |= {json.loads(line)["id"] for line in path.read_text().splitlines()}
        return sorted(texts + [f"Body of {name}." for name in ids])


@pytest.fixture
def home(tmp_path):
    (tmp_path / "inbox").mkdir()
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return tmp_path


def bodies(index):
    index.refresh()
    number = index.store.sequence_number()
    names = [row for (row,) in index.store._database.rows("SELECT DISTINCT article_id FROM versions")]
    return sorted(one.article.body for name in names if (one := index.store.article(name, number)))


def test_a_watcher_that_is_killed_loses_and_leaves_nothing(home):
    newsroom, chance = Newsroom(home / "inbox", 1), random.Random(2)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(home)], stdout=subprocess.PIPE, env=environment, cwd=ROOT
        ) as watcher:
            assert watcher.stdout.readline() == b"ready\n"
            end = time.monotonic() + chance.uniform(0.02, 1)
            while time.monotonic() < end:
                newsroom.act()
                time.sleep(chance.uniform(0, 0.05))
            watcher.kill()
    index = open_index(home / "index")
    intake = Intake(index, WordEmbedder(), CHUNKING)
    watched = Folders([home / "inbox"], home / "index")
    watcher = Watcher(intake, watched, settle=0, tell=lambda batch: None)
    watcher.round()
    watcher.round()
    assert bodies(index) == newsroom.expected() != []
