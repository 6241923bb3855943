"""Compaction, backups and the doctor, on the files of the embedded engine: live, damaged, and killed half-way."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from fakes import CHUNKING, WordEmbedder, article, revision
from small_disks import resize, small_disk

from indexer.embedded import back_up, create, examine, open_index, repair, restore, schema
from indexer.errors import BadInput, DamagedStore, DatelineError, IncompatibleIndex, IndexLocked, NotFound, StorageFull
from indexer.health import Examined, Finding
from indexer.types import Filter

WHERE = Filter(datetime.now(UTC) + timedelta(days=1))
TESTS = Path(__file__).parents[1]


def fill(index, articles, removed=()):
    with index.writing() as writer:
        writer.apply([revision(one) for one in articles], removed)
    index.refresh()


def lived(folder, count=12, text="The bridge number {} is open. "):
    """An index with articles, changes, removals and returns behind it."""
    create(folder, WordEmbedder.model, CHUNKING)
    index = open_index(folder)
    for start in range(0, count, 4):
        fill(index, [article(n, text.format(n) * 5) for n in range(start, start + 4)])
    fill(index, [article(n, f"The bridge number {n} is shut. " * 4) for n in range(0, count, 3)])
    fill(index, [], ["a1", "a3"])
    fill(index, [article(3, "The bridge is back.")])
    return index


@pytest.fixture
def folder(tmp_path):
    lived(tmp_path / "index")
    return tmp_path / "index"


def answers(index):
    """Everything both views find, by text."""
    snapshot = index.snapshot()
    by_vector = snapshot.vectors.nearest(WordEmbedder().embed_query("bridge"), 100_000, WHERE).keys.tolist()
    by_words = snapshot.words.nearest("bridge", 100_000, WHERE).keys.tolist()
    return [sorted(stored.passage.id for stored in snapshot.passages(keys)) for keys in (by_vector, by_words)]


def content(folder):
    """Every file with its bytes, but for what SQLite and locks leave beside it."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock")))
    return {path.relative_to(folder): sha256(path.read_bytes()).digest() for path in found}


def told(examined):
    return " ".join(f"{one.part}: {one.problem} {one.advice}" for one in examined.findings)


def change(folder, sql, *parameters):
    with closing(sqlite3.connect(folder / "articles.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(sql, parameters)


# Compaction


def test_compaction_leaves_one_segment_a_view_without_anything_dead(folder):
    index = open_index(folder)
    held = len(index.snapshot().vectors.keys())
    index.compact()
    (segment,) = index._vectors._read().segments
    assert len(segment.rows) == held
    assert len(list((folder / "vectors-1").glob("*"))) == 2  # the segment, and the state that names it
    for one in (index._words._articles, index._words._passages):
        assert not one.has_dead()
    assert examine(folder).findings == ()


def test_compaction_of_what_is_compact_writes_nothing(folder):
    index = open_index(folder)
    index.compact()
    before = content(folder)
    index.compact()
    after = content(folder)
    assert {path for path in before if before[path] != after[path]} <= {Path("writer.json")}


def test_compaction_drops_what_belongs_to_models_that_were_given_up(folder):
    for name in ("embeddings_2", "embeddings_3"):
        change(folder, schema.EMBEDDINGS.format(name))
        (folder / name.replace("embeddings_", "vectors-")).mkdir()
    change(folder, "INSERT INTO meta VALUES ('migration', '{\"embeddings\": \"embeddings_3\"}')")
    (folder / "words-1").mkdir()
    (folder / "words-1" / "old").touch()
    (folder / "articles.draft").touch()
    (folder / "vectors-1" / ".segment-1-x.npz.draft").touch()
    (folder / "mine.txt").touch()
    assert "embeddings_2" in told(examine(folder)) and "embeddings_3" not in told(examine(folder))
    assert examine(folder).healthy
    open_index(folder).compact()
    with closing(sqlite3.connect(folder / "articles.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "embeddings_3" in tables and "embeddings_2" not in tables
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"vectors-1", "vectors-3", "words-2"}
    assert (folder / "mine.txt").exists()
    assert not list(folder.rglob("*.draft"))


def test_compaction_makes_the_file_smaller_once_much_of_it_is_free(folder):
    change(folder, schema.EMBEDDINGS.format("embeddings_9"))
    change(folder, "INSERT INTO embeddings_9 SELECT key, zeroblob(20000) FROM passages")
    before, want = (folder / "articles.db").stat().st_size, answers(open_index(folder))
    index = open_index(folder)
    index.compact()
    assert (folder / "articles.db").stat().st_size < before / 2
    assert (folder / "articles.db-wal").stat().st_size == 0
    assert answers(index) == want


def test_compaction_does_not_wait_for_one_who_reads_for_long(folder):
    index = open_index(folder)
    with closing(sqlite3.connect(folder / "articles.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        want = reader.execute("SELECT count(*) FROM versions").fetchone()
        fill(index, [article(70, "The bridge came later.")])
        index.compact()
        assert reader.execute("SELECT count(*) FROM versions").fetchone() == want
    assert examine(folder).findings == ()


def test_a_reader_that_opens_while_the_segments_are_replaced_finds_the_new_ones(folder, monkeypatch):
    index, want = open_index(folder), answers(open_index(folder))
    reader = open_index(folder)
    reader._vectors._loaded.clear()
    load = type(reader._vectors)._load

    def late(view, number):
        monkeypatch.undo()
        (folder / "vectors-1" / f"{number}.json").read_bytes()
        index.compact()
        for path in (folder / "vectors-1").glob("segment*"):
            assert path.stem in {one.name for one in index._vectors._read().segments}
        view._segment("segment-that-is-gone", 0)
        return load(view, number)

    monkeypatch.setattr(type(reader._vectors), "_load", late)
    assert reader._vectors.snapshot() is not None
    reader.refresh()
    assert answers(reader) == want


@pytest.mark.parametrize("kilobytes", [10, 300])
def test_a_compaction_without_room_leaves_the_index_as_it_was(tmp_path, kilobytes):
    with small_disk(tmp_path / "small", "64m") as small:
        index = lived(small / "index", count=32, text="The bridge number {0} is open, and so is {0}a. " * 60)
        want, snapshot = answers(index), index.snapshot()
        (small / "ballast").write_bytes(bytes(shutil.disk_usage(small).free - 1000 * kilobytes))
        with pytest.raises(StorageFull, match="free some space"):
            index.compact()
        (small / "ballast").unlink()
        assert examine(small / "index").findings == ()
        assert answers(open_index(small / "index")) == answers(index) == want
        index.compact()
        assert answers(open_index(small / "index")) == want
        del snapshot


# Kills: the work is done again and again, and ended before its first write to disk, before its second, and so on

KILLED_AT_EVERY_STEP = """
import os, shutil, sys
from pathlib import Path
from indexer.embedded import back_up, open_index, texts
task, root = sys.argv[1], Path(sys.argv[2])

def work(folder):
    if task == "compact":
        open_index(folder).compact()
    else:
        back_up(folder, folder.with_suffix(".backup"), force=True)

def counting(owner, name, left):
    kept = getattr(owner, name)
    def step(*words, **named):
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)
        return kept(*words, **named)
    setattr(owner, name, step)

number = 0
while True:
    number += 1
    folder = root / str(number)
    shutil.copytree(root / "index", folder)
    child = os.fork()
    if not child:
        left = [number]
        steps = [(os, "fsync"), (Path, "replace"), (Path, "unlink"), (shutil, "rmtree"), (texts.TextWriter, "commit"),
                 (texts.TextWriter, "put"), (texts.TextWriter, "begin_anew"), (os, "open")]
        for owner, name in steps:
            counting(owner, name, left)
        work(folder)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(number)
"""


def killed_at_every_step(task, folder):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", KILLED_AT_EVERY_STEP, task, str(folder.parent)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_compaction_killed_at_any_step_loses_nothing(folder):
    want = answers(open_index(folder))
    change(folder, schema.EMBEDDINGS.format("embeddings_9"))
    (folder / "vectors-9").mkdir()
    number = killed_at_every_step("compact", folder)
    assert number > 10
    for place in range(1, number + 1):
        copy = folder.with_name(str(place))
        assert examine(copy).healthy, (place, told(examine(copy)))
        index = open_index(copy)
        assert answers(index) == want
        if place % 4 == 0:
            index.compact()
            assert answers(index) == want
            assert examine(copy).findings == ()


def test_a_backup_killed_at_any_step_leaves_the_earlier_one(folder, tmp_path):
    earlier = tmp_path / "earlier"
    back_up(folder, earlier)
    for place in range(1, 30):
        shutil.copy(earlier, tmp_path / f"{place}.backup")
    fill(open_index(folder), [article(70, "The bridge came later.")])
    number = killed_at_every_step("backup", folder)
    assert 3 < number < 30
    for place in range(1, number + 1):
        copy, file = tmp_path / str(place), tmp_path / f"{place}.backup"
        restore(file, tmp_path / f"restored {place}")  # which checks that it is whole
        articles = open_index(tmp_path / f"restored {place}").snapshot().freshness.articles
        assert articles == (11 if file.read_bytes() == earlier.read_bytes() else 12)
        assert examine(copy).healthy
        assert back_up(copy, file, force=True).articles == 12
        assert not list(tmp_path.glob(f".{place}.backup*"))


# Backups


def test_a_backup_is_one_file_that_becomes_the_same_index(folder, tmp_path):
    index, file = open_index(folder), tmp_path / "backup.db"
    index.store.bookmark("feed", {"a": "1"})
    saved = back_up(folder, file)
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]
    assert (saved.articles, saved.passages) == (11, index.snapshot().freshness.passages)
    assert saved.bytes == file.stat().st_size
    restore(file, tmp_path / "new" / "index")
    again = open_index(tmp_path / "new" / "index")
    assert answers(again) == answers(index)
    assert again.store.bookmarks("feed") == {"a": "1"}
    assert again.snapshot().freshness == index.snapshot().freshness
    assert examine(tmp_path / "new" / "index").findings == ()
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]
    fill(again, [article(99, "It goes on.")])


WRITE_UNTIL_KILLED = """
import itertools, sys
from fakes import article, revision
from indexer.embedded import open_index
from pathlib import Path
with open_index(Path(sys.argv[1])).writing() as writer:
    for n in itertools.count(100):
        writer.apply([revision(article(n, f"The bridge number {n} is open. " * 9))], [f"a{n - 5}"])
        print(n, flush=True)
"""


@pytest.fixture
def writer(folder):
    """Another process that adds and removes without a pause."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITE_UNTIL_KILLED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "100\n"
        yield process
        process.kill()


def test_backups_made_while_another_process_writes_are_each_of_one_moment(folder, tmp_path, writer):
    for number in range(4):
        acknowledged = int(writer.stdout.readline())
        saved = back_up(folder, tmp_path / f"{number}.backup")
        restore(saved.file, tmp_path / str(number))
        index = open_index(tmp_path / str(number))
        assert examine(tmp_path / str(number)).findings == ()
        by_vectors, by_words = answers(index)
        assert by_vectors == by_words
        newest = max(int(one.article.id[1:]) for one in index.snapshot().articles("", 999, WHERE.as_of))
        assert newest >= acknowledged
        assert saved.articles == index.snapshot().freshness.articles


def test_the_doctor_finds_an_index_well_while_another_process_writes(folder, writer):
    for _ in range(6):
        examined = examine(folder)
        assert examined.findings == (), told(examined)
        writer.stdout.readline()


def test_a_backup_replaces_nothing_unless_asked_to(folder, tmp_path):
    file = tmp_path / "backup.db"
    file.write_text("mine")
    with pytest.raises(BadInput, match="--force"):
        back_up(folder, file)
    assert file.read_text() == "mine"
    assert back_up(folder, file, force=True).articles == 11


def test_a_backup_that_cannot_be_made_is_refused_in_a_sentence(folder, tmp_path):
    with pytest.raises(NotFound, match="There is no index"):
        back_up(tmp_path / "none", tmp_path / "file")
    with pytest.raises(BadInput, match="no folder"):
        back_up(folder, tmp_path / "none" / "file")
    with pytest.raises(BadInput, match="is a folder"):
        back_up(folder, tmp_path, force=True)


def test_a_damaged_index_gives_no_backup_and_the_earlier_one_stays(folder, tmp_path):
    file = tmp_path / "backup.db"
    back_up(folder, file)
    before = file.read_bytes()
    garble_pages(folder / "articles.db")
    with pytest.raises(DatelineError, match="dateline doctor"):
        back_up(folder, file, force=True)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]


@pytest.mark.parametrize("harm", [b"no header at all", b""], ids=["header", "length"])
def test_an_index_that_cannot_be_read_names_its_file_and_the_doctor(folder, tmp_path, harm):
    path = folder / "articles.db"
    if harm:
        path.write_bytes(harm + path.read_bytes()[len(harm) :])
    else:
        os.truncate(path, path.stat().st_size // 2)
    says = f"{re.escape(str(path))} is damaged.*dateline doctor --index {re.escape(str(folder))}"
    with pytest.raises(DamagedStore, match=says):
        open_index(folder, WordEmbedder.model, CHUNKING)
    with pytest.raises(DamagedStore, match=says):
        back_up(folder, tmp_path / "backup.db")


def test_a_full_disk_leaves_no_half_backup(folder, tmp_path):
    with small_disk(tmp_path / "small", "64k") as small:
        with pytest.raises(StorageFull, match="free some space"):
            back_up(folder, small / "backup.db")
        assert list(small.iterdir()) == []
        back_up(folder, tmp_path / "backup.db")
        with pytest.raises(StorageFull):
            restore(tmp_path / "backup.db", small / "index")
        assert not (small / "index" / "articles.db").exists()
        resize(small, "64m")
        restore(tmp_path / "backup.db", small / "index")
        assert examine_opened(small / "index").findings == ()


def examine_opened(folder):
    open_index(folder)
    return examine(folder)


def test_restoring_never_replaces_an_index(folder, tmp_path):
    back_up(folder, tmp_path / "backup.db")
    before = content(folder)
    with pytest.raises(BadInput, match="move this one away"):
        restore(tmp_path / "backup.db", folder)
    assert content(folder) == before


def test_what_an_earlier_index_left_in_the_folder_does_not_get_into_the_restored_one(folder, tmp_path):
    back_up(folder, tmp_path / "backup.db")
    other = lived(tmp_path / "other", text="Something else happened at {}. ")
    shutil.copy(tmp_path / "other" / "articles.db-wal", tmp_path / "wal")
    assert (tmp_path / "wal").stat().st_size
    want = answers(open_index(folder))
    del other
    (tmp_path / "other" / "articles.db").unlink()
    shutil.copy(tmp_path / "wal", tmp_path / "other" / "articles.db-wal")
    restore(tmp_path / "backup.db", tmp_path / "other")
    assert answers(open_index(tmp_path / "other")) == want
    assert examine(tmp_path / "other").findings == ()


def test_a_live_index_can_be_restored_from_with_what_is_still_in_its_log(folder, tmp_path):
    index = open_index(folder)
    fill(index, [article(70, "The bridge came later.")])
    assert (folder / "articles.db-wal").stat().st_size
    restore(folder / "articles.db", tmp_path / "new")
    assert answers(open_index(tmp_path / "new")) == answers(index)


@pytest.mark.parametrize(
    ("harm", "error", "says"),
    [
        (lambda path: path.unlink(), NotFound, "no file"),
        (lambda path: path.write_bytes(b"A text, and no index. " * 500), BadInput, "no backup of Dateline"),
        (lambda path: path.write_bytes(b""), BadInput, "no backup of Dateline"),
        (lambda path: path.write_bytes(path.read_bytes()[:30_000]), BadInput, "damaged"),
        (lambda path: garble_pages(path), BadInput, "damaged"),
        (lambda path: newer(path), IncompatibleIndex, "newer release"),
        (lambda path: foreign(path), BadInput, "no backup of Dateline"),
    ],
)
def test_a_file_that_is_no_whole_backup_makes_no_index(folder, tmp_path, harm, error, says):
    file = tmp_path / "backup.db"
    back_up(folder, file)
    harm(file)
    with pytest.raises(error, match=says):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def newer(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")


def foreign(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE meta (name, value)")


def garble_pages(path):
    """Overwrite the middle of the file of a store, whole pages of it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = bytearray(path.read_bytes())
    for start in range(8 * 4096, len(found) - 4096, 3 * 4096):
        found[start : start + 2000] = bytes(255 - byte for byte in found[start : start + 2000])
    path.write_bytes(found)


OLD = sorted(Path(__file__).parent.glob("index-of-schema-*.sql"))


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_an_older_index_is_backed_up_as_it_is_and_brought_up_when_it_is_restored(path, tmp_path):
    (tmp_path / "old").mkdir()
    with closing(sqlite3.connect(tmp_path / "old" / "articles.db")) as connection:
        connection.executescript(path.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    with pytest.raises(IncompatibleIndex, match="dateline backup"):
        examine(tmp_path / "old")
    assert back_up(tmp_path / "old", tmp_path / "backup.db").articles == 3
    restore(tmp_path / "backup.db", tmp_path / "new")
    assert open_index(tmp_path / "new").snapshot().freshness.articles == 3
    assert examine(tmp_path / "new").findings == ()


# The doctor


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def garble(path):
    found = bytearray(path.read_bytes())
    middle = len(found) // 2
    found[middle : middle + 8] = bytes(255 - byte for byte in found[middle : middle + 8])
    path.write_bytes(found)


def read_files(folder):
    """The files that the newest state of each view is made of."""
    index = open_index(folder)
    state = index._vectors._read()
    yield folder / "vectors-1" / f"{state.sequence_number}.json"
    yield from (folder / "vectors-1" / f"{segment.name}.npz" for segment in state.segments)
    for part in ("articles", "passages"):
        yield folder / "words-2" / part / "meta.json"
        for path in (folder / "words-2" / part).iterdir():
            if path.suffix in {".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term", ".del"}:
                yield path


@pytest.mark.parametrize("harm", [cut, garble, empty, lambda path: path.unlink()])
def test_the_doctor_finds_any_damaged_file_of_a_view_and_mends_it(folder, tmp_path, harm):
    open_index(folder).compact()
    fill(open_index(folder), [article(70, "The bridge came later.")], ["a2"])
    want = answers(open_index(folder))
    for number, path in enumerate(read_files(folder)):
        copy = tmp_path / str(number)
        shutil.copytree(folder, copy)
        harm(copy / path.relative_to(folder))
        harmed = content(copy)
        examined = examine(copy)
        assert content(copy) == harmed
        part = "vector view" if "vectors" in str(path) else "word view"
        assert {one.part for one in examined.findings} == {part}, path
        assert "dateline doctor --repair" in told(examined)
        assert repair(copy, examined) == [part]
        assert examine(copy).findings == ()
        assert answers(open_index(copy)) == want


@pytest.mark.parametrize("view", ["vectors-1", "words-2"])
def test_the_doctor_finds_a_view_that_is_gone_or_of_another_index_or_of_an_earlier_day(folder, tmp_path, view):
    lived(tmp_path / "other", text="Something else happened at {}. ")
    shutil.copytree(folder / view, tmp_path / "earlier")
    fill(open_index(folder), [article(70, "The bridge came later.")])
    want, store = answers(open_index(folder)), (folder / "articles.db").read_bytes()
    lived(tmp_path / "further", count=16)
    others = [None, tmp_path / "earlier", tmp_path / "other" / view, tmp_path / "further" / view]
    for source, says in zip(others, ["missing", "stands at", "articles.db", "knows nothing of"], strict=True):
        shutil.rmtree(folder / view)
        if source:
            shutil.copytree(source, folder / view)
        examined = examine(folder)
        assert not examined.healthy
        assert says in told(examined)
        repair(folder, examined)
        assert examine(folder).findings == ()
        assert answers(open_index(folder)) == want
    assert (folder / "articles.db").read_bytes() == store


def test_the_doctor_finds_views_that_were_swapped_between_indexes_of_the_same_shape(folder, tmp_path):
    lived(tmp_path / "other", text="Something has come of it {}. ")
    for view, part in (("vectors-1", "vector view"), ("words-2", "word view")):
        copy = tmp_path / view
        shutil.copytree(folder, copy)
        shutil.rmtree(copy / view)
        shutil.copytree(tmp_path / "other" / view, copy / view)
        assert {one.part for one in examine(copy).findings} == {part}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE passages SET start = start + 1 WHERE key = 3", "not the slice"),
        ('UPDATE passages SET "end" = 100000 WHERE key = 3', "not the slice"),
        ("UPDATE passages SET id = 'feedfeedfeedfeed' WHERE key = 3", "passage feedfeedfeedfeed"),
        ("UPDATE versions SET body = 'Another text.' WHERE key = 5", "not the slice"),
        ("UPDATE versions SET record = '{' WHERE key = 5", "cannot be read"),
        ("UPDATE versions SET added = 4000 WHERE key = 5", "does not tell"),
        ("DELETE FROM embeddings_1 WHERE passage = 9", "no embedding"),
        ("UPDATE embeddings_1 SET vector = x'0102' WHERE passage = 9", "no embedding"),
        ("UPDATE embeddings_1 SET vector = CAST(x'007e' || substr(vector, 3) AS BLOB) WHERE passage = 9", "no vector"),
        ("UPDATE log SET articles = articles + 1 WHERE sequence_number = 6", "change 6"),
        ("UPDATE log SET passages = 0 WHERE sequence_number = 6", "change 6"),
        ("UPDATE articles SET copies = 4000 WHERE id = 'a5'", "a5"),
        ("DELETE FROM articles WHERE id = 'a5'", "version 1 of a5"),
        ("INSERT INTO jobs (id, received_at, articles) VALUES ('j1', 1, 1)", "job j1"),
        ("INSERT INTO jobs (id, received_at, finished_at, articles, report) VALUES ('j1', 1, 1, 1, '{')", "job j1"),
    ],
)
def test_the_doctor_finds_rows_that_cannot_be(folder, sql, says):
    change(folder, sql)
    examined = examine(folder)
    assert not examined.healthy
    assert says in told(examined)
    assert "dateline restore" in told(examined)
    assert repair(folder, examined) == []


def test_the_doctor_says_how_much_of_a_damaged_store_can_be_read_and_leaves_it_alone(folder):
    open_index(folder).compact()
    garble_pages(folder / "articles.db")
    before = content(folder)
    examined = examine(folder)
    assert not examined.healthy
    assert "articles can still be read" in told(examined)
    assert "dateline restore" in told(examined)
    assert repair(folder, examined) == []
    assert content(folder) == before


@pytest.mark.parametrize("harm", [empty, cut, lambda path: path.write_bytes(b"no database" * 900)])
def test_the_doctor_has_words_for_a_store_that_is_hardly_one(folder, harm):
    harm(folder / "articles.db")
    examined = examine(folder)
    assert not examined.healthy
    assert "dateline restore" in told(examined)


def test_the_doctor_says_what_was_left_undone_by_a_crash(folder):
    index = open_index(folder)
    index.store.apply([revision(article(50, "The bridge after the crash."))])
    examined = examine(folder)
    assert told(examined).count("stands at change") == 2
    repair(folder, examined)
    assert examine(folder).findings == ()


def test_the_doctor_does_not_repair_while_another_process_writes(folder, writer):
    damaged = Examined(1, 1, (Finding("word view", "It is damaged.", "Repair it."),))
    with pytest.raises(IndexLocked, match=str(writer.pid)):
        repair(folder, damaged, wait=0.1)


def test_no_index_is_nothing_to_examine(tmp_path):
    with pytest.raises(NotFound, match="dateline add"):
        examine(tmp_path)


def test_whatever_an_index_has_been_through_the_doctor_finds_it_well(tmp_path):
    create(tmp_path, WordEmbedder.model, CHUNKING)
    index, draw = open_index(tmp_path), random.Random(5)
    texts = ["The storm hit the coast. " * 9, "The mayor is back. " * 9, "The storm hit the coast again. " * 9]
    for step in range(25):
        here = [one.article.id for one in index.snapshot().articles("", 99, WHERE.as_of)]
        removed = draw.sample(here, min(len(here), draw.randint(0, 2)))
        some = draw.sample([n for n in range(12) if f"a{n}" not in removed], 3)
        fill(index, [article(n, draw.choice(texts), title=f"Step {step}") for n in some], removed)
        if step % 6 == 5:
            index.compact()
        if step % 4 == 0:
            assert examine(tmp_path).findings == ()
    assert examine(tmp_path).findings == ()


def test_compactions_do_not_make_files_more(folder):
    index = open_index(folder)
    counts = []
    for number in range(12):
        fill(index, [article(number % 3, f"The bridge at {number}.")])
        index.compact()
        counts.append(len([path for path in folder.rglob("*") if path.is_file()]))
    assert set(counts) == {counts[0]}
