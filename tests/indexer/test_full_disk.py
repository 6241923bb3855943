"""What is kept, and what can be read, where the disk is full."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article
from small_disks import small_disk

from indexer import pipeline
from indexer.embedded import back_up, create, examine, open_index, restore
from indexer.errors import StorageFull

ASKED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from indexer.embedded import open_index
found = open_index(Path(sys.argv[1])).snapshot().words.keys()
print(len(found))
"""


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", "16m") as disk:
        yield disk


def made(folder):
    create(folder, WordEmbedder.model, CHUNKING)
    index = open_index(folder)
    pipeline.add(index, WordEmbedder(), arrived(*map(article, range(10))), chunking=CHUNKING)
    return index


def fill(disk, left=0):
    """Leave so many bytes of the disk."""
    free = shutil.disk_usage(disk).free
    (disk / "filling").write_bytes(bytes(free - left))


def articles_found_by_another_process(folder):
    command = [sys.executable, "-c", ASKED, str(folder), *(path for path in sys.path if path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("left", [0, 40_000, 80_000, 100_000, 200_000, 500_000])
def test_a_removal_on_a_full_disk_says_what_became_of_it_and_all_can_be_searched(disk, left):
    made(disk / "index").store.bookmark("test", {"one": "1"})
    fill(disk, left)
    index = open_index(disk / "index")
    with pytest.raises(StorageFull) as refused:
        pipeline.remove(index, ["a1"])
    kept = "The last change is kept all the same" in str(refused.value)
    assert kept == ("a1" not in index.store.digests(["a1"]))
    assert articles_found_by_another_process(disk / "index") == 10
    (disk / "filling").unlink()
    assert pipeline.remove(open_index(disk / "index"), ["a1"]).removed == int(not kept)
    assert articles_found_by_another_process(disk / "index") == 9


def test_an_index_on_a_full_disk_is_examined_and_backed_up(disk, tmp_path):
    made(disk / "index")
    fill(disk)
    assert examine(disk / "index").findings == ()
    assert back_up(disk / "index", tmp_path / "backup.db").articles == 10


def test_whatever_finds_no_room_names_the_folder_and_what_to_do(disk, tmp_path):
    index = made(disk / "index")
    back_up(disk / "index", tmp_path / "backup.db")
    fill(disk)
    for task, folder in (
        (lambda: back_up(disk / "index", disk / "backup.db"), disk),
        (lambda: restore(tmp_path / "backup.db", disk / "restored"), disk / "restored"),
        (lambda: pipeline.remove(index, ["a1"]), disk / "index"),
    ):
        with pytest.raises(StorageFull, match=f"on the disk of {folder}: free some space, and do the same again"):
            task()
