"""Several processes that write to one index at the same time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from indexer import pipeline
from indexer.embedded import open_index
from indexer.errors import IndexLocked

ENDLESS = """
import sys
from itertools import count
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from fakes import CHUNKING, WordEmbedder, arrived, article
from indexer import pipeline
from indexer.embedded import open_index

index = open_index(Path(sys.argv[1]))
tell = lambda report: print(report.added, flush=True)
pipeline.add(index, WordEmbedder(), arrived(*map(article, range(100_000))), chunking=CHUNKING, progress=tell)
"""


@pytest.fixture
def adding(folder):
    """A process that adds articles, batch after batch, and has stored the first."""
    command = [sys.executable, "-c", ENDLESS, str(folder), *(path for path in sys.path if path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline()
        yield process
        process.kill()


def test_who_adds_for_long_lets_others_write_between_two_batches(folder, adding):
    index = open_index(folder)
    for number in range(3):
        assert pipeline.remove(index, [f"a{number}"], wait=20).removed == 1
    assert adding.poll() is None
    assert index.store.digests(["a0", "a1", "a2"]) == {}


def test_who_does_not_wait_long_enough_is_told_who_writes(folder):
    with open_index(folder).writing(), pytest.raises(IndexLocked, match="is being written by process"):
        pipeline.remove(open_index(folder), ["a1"], wait=0.1)
