"""A short run of benchmarks/crashes, and that its checks notice what they are there for."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_disks import resize, small_disk

from benchmarks.crashes.checks import litter, problems
from benchmarks.crashes.news import CHUNKING, OLD, State
from benchmarks.crashes.operations import USED, Add, Operation, make, opened
from indexer.embedded import create
from indexer.errors import StorageFull
from indexer.stored import Changes

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")
def test_nothing_is_lost_wherever_an_index_is_stopped(tmp_path):
    told = tmp_path / "trials.json"
    chosen = ["--operations", "add", "compact", "migrate"]
    amount = ["--moments", "3", "--most", "2", "--damages", "4", "--folder", str(tmp_path), "--json", str(told)]
    command = [sys.executable, "-m", "benchmarks.crashes", *chosen, *amount]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    trials = json.loads(told.read_text())
    stopped = [one for one in trials if one["stopped"]]
    assert len(stopped) >= 18 or "nothing is stopped at calls" in done.stderr


def test_an_index_that_there_was_no_room_to_make_can_be_made_later(tmp_path):
    with small_disk(tmp_path / "small", "64k") as small:
        refused = 0
        for kilobytes in range(64, 512, 16):
            resize(small, f"{kilobytes}k")
            try:
                create(small / str(kilobytes), OLD, CHUNKING)
            except StorageFull:
                refused += 1
            resize(small, "16m")
            assert problems(small / str(kilobytes), [State({})]) == []
            shutil.rmtree(small / str(kilobytes))
        assert refused > 2


@pytest.fixture
def used(tmp_path):
    """An index as the trials begin with, and the state it is in."""
    operation = Operation("test", [], USED)
    make(operation, tmp_path / "index")
    (state,) = operation.states()
    return tmp_path / "index", state


def test_a_whole_index_has_no_problems(used):
    folder, state = used
    assert problems(folder, [state]) == []
    assert litter(folder) == []


def test_a_lost_article_is_noticed(used):
    folder, state = used
    (found,) = problems(folder, [Add([99]).after(state)])
    assert "article 99 in editions None" in found


def test_a_mixture_of_old_and_new_is_noticed(used):
    folder, state = used
    half = Add([50]).after(state)
    Add([50]).do(folder, opened(folder))
    assert problems(folder, [state, half]) == []
    (found,) = problems(folder, [state, Add([51]).after(half)])
    assert "not all in the same" in found


def test_a_changed_text_is_noticed(used):
    folder, state = used
    with closing(sqlite3.connect(folder / "articles.db")) as connection, connection:
        connection.execute("UPDATE versions SET body = replace(body, 'says', 'said') WHERE article_id = 'a3'")
    assert "version 1 of article a3 is not as it was handed in" in problems(folder, [state])


@pytest.mark.parametrize("view", ["vector", "word"])
def test_a_passage_that_a_view_has_twice_or_not_at_all_is_noticed(used, view):
    folder, state = used
    index = opened(folder)
    (changes,) = index.store.changes(0)
    (one,) = changes.added[-1:]
    nothing = np.empty(0, dtype=np.int64)
    wrong = Changes(changes.sequence_number, np.array([one.key]), nothing, [replace(one, key=10_000)])
    getattr(index, f"_{view}s").apply([wrong])
    found = "\n".join(problems(folder, [state]))
    assert f"the {view} view does not agree with the store" in found
    assert f"missing [{one.key}], too many [10000]" in found


def test_what_was_never_finished_is_swept(used):
    folder, _ = used
    for name in ("articles.draft", "vectors-1/.9.json.draft", "words-2/passages/.tmpAbCdEf"):
        (folder / name).write_bytes(b"half")
    assert litter(folder) == []
