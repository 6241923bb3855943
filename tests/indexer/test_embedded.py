"""What the embedded engine promises about its files: crashes, damage, other processes."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from fakes import CHUNKING, WordEmbedder, article, revision
from small_disks import resize, small_disk

from indexer.embedded import create, model_of, open_index
from indexer.errors import DatelineError, IncompatibleIndex, IndexLocked, NotFound, StorageFull
from indexer.following import follow
from indexer.types import Chunking, Filter, Model

WHERE = Filter(datetime.now(UTC) + timedelta(days=1))
ARTICLES = [article(n, f"The bridge number {n} is open. " * 5) for n in range(12)]


VIEWS = ["vectors-1", "words-2"]


def fill(index, articles, batch=3):
    with index.writing() as writer:
        for start in range(0, len(articles), batch):
            writer.apply([revision(one) for one in articles[start : start + batch]])
    index.refresh()


@pytest.fixture
def folder(tmp_path):
    """An index with articles, an update and a removal behind it."""
    folder = tmp_path / "index"
    create(folder, WordEmbedder.model, CHUNKING)
    index = open_index(folder)
    fill(index, ARTICLES)
    fill(index, [article(0, "The bridge number 0 is shut.")])
    with index.writing() as writer:
        writer.apply([], ["a1"])
    return folder


def answers(index):
    """Everything both views find, by text."""
    snapshot = index.snapshot()
    vector = WordEmbedder().embed_query("bridge")
    by_vector = snapshot.vectors.nearest(vector, 1000, WHERE).keys.tolist()
    by_words = snapshot.words.nearest("bridge", 1000, WHERE).keys.tolist()
    return [sorted(stored.passage.id for stored in snapshot.passages(keys)) for keys in (by_vector, by_words)]


def view_files(folder):
    found = (path for view in VIEWS for path in (folder / view).rglob("*") if path.is_file())
    return sorted(path for path in found if not path.name.endswith(".lock"))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path):
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [cut, garble, lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_view_with_any_damaged_file_is_rebuilt_at_the_next_open(folder, tmp_path, harm):
    want = answers(open_index(folder))
    assert len(want[0]) == len(want[1]) > 20
    for number, path in enumerate(view_files(folder)):
        copy = tmp_path / str(number)
        shutil.copytree(folder, copy)
        harm(copy / path.relative_to(folder))
        assert answers(open_index(copy)) == want, path.name


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_whose_folder_is_gone_is_rebuilt(folder, view):
    want = answers(open_index(folder))
    shutil.rmtree(folder / view)
    assert answers(open_index(folder)) == want


def test_a_reader_takes_in_a_view_that_another_process_has_rebuilt(folder):
    reader, other = open_index(folder), open_index(folder)
    shutil.rmtree(folder / VIEWS[0])
    again = open_index(folder)
    fill(again, [article(70, "The bridge of another process.")])
    reader.refresh()
    assert answers(reader) == answers(again) == answers(open_index(folder))
    assert len(answers(reader)[0]) == reader.snapshot().freshness.passages
    assert other.behind() == 1


def test_a_crash_after_the_store_has_committed_is_mended_by_the_next_open(folder):
    index = open_index(folder)
    index.store.apply([revision(article(50, "The bridge after the crash."))])
    assert index.snapshot().words.nearest("crash", 5, WHERE).keys.size == 0
    again = open_index(folder)
    assert again.snapshot().words.nearest("crash", 5, WHERE).keys.size == 1
    assert again.snapshot().freshness.articles == 12


def test_a_reader_that_opens_between_the_two_views_sees_the_last_whole_state(folder):
    writer = open_index(folder)
    with writer.store.exclusive(0):
        writer.store.apply([revision(article(50, "The bridge in between."))])
        follow(writer.store, writer._vectors)
        reader = open_index(folder)
        snapshot = reader.snapshot()
        assert snapshot.vectors.sequence_number == snapshot.words.sequence_number == snapshot.sequence_number
        assert snapshot.freshness.articles == 11
        assert reader.behind() == 1
    reader.open()
    assert reader.snapshot().freshness.articles == 12


def test_a_failed_batch_leaves_nothing_behind(folder):
    index = open_index(folder)
    before = answers(index)
    good, bad = revision(article(60)), revision(article(61, "Two sentences here. And there."))
    object.__setattr__(bad, "vectors", bad.vectors[:0])
    with index.writing() as writer, pytest.raises(ValueError):
        writer.apply([good, bad])
    index.refresh()
    assert answers(index) == before
    assert index.behind() == 0


def hold(folder, held, release):
    with open_index(folder).writing():
        held.set()
        release.wait(30)


def test_a_second_writer_is_told_who_holds_the_index(folder):
    spawn = multiprocessing.get_context("spawn")
    held, release = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=hold, args=(folder, held, release))
    holder.start()
    assert held.wait(120)
    try:
        with pytest.raises(IndexLocked, match=str(holder.pid)), open_index(folder).writing(wait=0.1):
            pass
    finally:
        release.set()
        holder.join(30)
    with open_index(folder).writing(wait=0.1):
        pass


def test_a_killed_writer_does_not_keep_the_index(folder):
    spawn = multiprocessing.get_context("spawn")
    held, release = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=hold, args=(folder, held, release))
    holder.start()
    assert held.wait(120)
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(30)
    with open_index(folder).writing(wait=1):
        pass


WRITE_UNTIL_KILLED = """
import itertools, sys
from fakes import CHUNKING, article, revision
from indexer.embedded import open_index
from pathlib import Path
index = open_index(Path(sys.argv[1]))
with index.writing() as writer:
    for n in itertools.count(100):
        writer.apply([revision(article(n, f"The bridge number {n} is open. " * 5))], [f"a{n - 20}"])
        print(n, flush=True)
"""


def test_whatever_was_acknowledged_before_a_kill_is_there_after_it(folder):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    last = 99
    for moment in (0.2, 0.35, 0.5, 0.8):
        command = [sys.executable, "-c", WRITE_UNTIL_KILLED.replace("100", str(last + 1)), str(folder)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        acknowledged = [int(process.stdout.readline())]
        time.sleep(moment)
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().split()]
        process.wait()
        process.stdout.close()
        last = acknowledged[-1]
        index = open_index(folder)
        snapshot = index.snapshot()
        for number in acknowledged:
            stored = index.store.article(f"a{number}", snapshot.sequence_number)
            assert (stored is None) == (number <= last - 20) or number == last - 19
        by_vector, by_words = answers(index)
        assert by_vector == by_words
        assert len(by_vector) == snapshot.freshness.passages == len(set(by_vector))
        last += 1  # one more may have been stored without its acknowledgement


@pytest.mark.parametrize("kilobytes", [1300, 1500, 1700, 2000, 2500])
def test_a_full_disk_is_said_and_loses_nothing(tmp_path, kilobytes):
    with small_disk(tmp_path / "small", f"{kilobytes}k") as small:
        create(small / "index", WordEmbedder.model, CHUNKING)
        index = open_index(small / "index")
        kept = []
        with pytest.raises(StorageFull, match="free some space"):
            for number in range(500):
                fill(index, [article(number, f"The bridge number {number} is open. " * 100)])
                kept.append(number)
        assert kept
        resize(small, "64m")
        again = open_index(small / "index")
        for number in kept:
            assert again.store.article(f"a{number}", again.snapshot().sequence_number)
        by_vector, by_words = answers(again)
        assert by_vector == by_words
        assert len(by_vector) == again.snapshot().freshness.passages
        fill(again, [article(1000, "There is room again.")])
        assert again.snapshot().words.nearest("room", 5, WHERE).keys.size == 1


def test_an_index_of_another_model_is_refused_with_both_names(folder):
    with pytest.raises(IncompatibleIndex, match=r"words.*other/model.*dateline migrate --model other/model"):
        open_index(folder, Model("other/model", "f" * 64, 48))


def test_an_index_with_another_chunking_is_refused(folder):
    with pytest.raises(IncompatibleIndex, match="words=20"):
        open_index(folder, WordEmbedder.model, Chunking(words=99))


def test_an_index_of_a_newer_release_is_refused(folder):
    with closing(sqlite3.connect(folder / "articles.db")) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(IncompatibleIndex, match="version 99.*newer release"):
        open_index(folder)


def test_no_index_is_said_with_the_command_that_makes_one(tmp_path):
    assert model_of(tmp_path / "none") is None
    with pytest.raises(NotFound, match="dateline add"):
        open_index(tmp_path / "none")


def test_an_index_that_has_lost_its_store_is_told_from_none(folder):
    (folder / "articles.db").unlink()
    with pytest.raises(NotFound, match=r"articles.db is gone.*dateline restore FILE"):
        open_index(folder)


def test_a_store_that_is_no_database_is_said(folder):
    (folder / "articles.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(DatelineError, match="articles.db"):
        open_index(folder)


def test_few_segments_remain_however_many_batches_came(folder):
    index = open_index(folder)
    for number in range(200, 260):
        fill(index, [article(number)])
    state = index._vectors._read()
    assert len(state.segments) <= 8
    assert sum(len(segment.rows) for segment in state.segments) >= 60


def test_segments_nobody_needs_are_deleted(folder, monkeypatch):
    index = open_index(folder)
    monkeypatch.setattr("indexer.embedded.vectors.KEEP_SECONDS", -1.0)
    fill(index, [article(300)])
    fill(index, [article(301)])
    named = {f"{segment.name}.npz" for segment in index._vectors._read().segments}
    before = {f"{segment.name}.npz" for segment in index._vectors._read(index._vectors._numbers()[-2]).segments}
    assert {path.name for path in (folder / VIEWS[0]).glob("*.npz")} == named | before
