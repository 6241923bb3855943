"""An index in a folder where nothing may be written."""

from __future__ import annotations

import os
import shutil
import stat

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article, revision
from small_disks import read_only

from indexer import pipeline
from indexer.embedded import back_up, create, examine, open_index, repair, restore, text_files
from indexer.embedded.texts import TextIndex
from indexer.errors import DamagedView, NotPermitted


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    add(tmp_path / "index", *map(article, range(10)))
    return tmp_path / "index"


@pytest.fixture
def place(folder, tmp_path):
    with read_only(folder, tmp_path / "place") as place:
        yield place


def add(folder, *articles):
    pipeline.add(open_index(folder), WordEmbedder(), arrived(*articles), chunking=CHUNKING)


def found(index):
    snapshot = index.snapshot()
    keys = snapshot.words.keys()
    assert keys.tolist() == snapshot.vectors.keys().tolist()
    return {one.passage.article_id for one in snapshot.passages(keys.tolist())}


def test_it_can_be_searched_and_examined(place):
    assert found(open_index(place)) == {f"a{number}" for number in range(10)}
    assert examine(place).findings == ()


def test_it_follows_whoever_may_write(folder, place):
    reader = open_index(place)
    for number in (10, 11):
        add(folder, article(number))
        reader.refresh()
        assert f"a{number}" in found(reader)
    with open_index(folder).writing() as writer:  # whose log stays beside the file meanwhile
        writer.apply([], ["a10"])
        reader.refresh()
        assert found(reader) == found(open_index(place)) == {f"a{number}" for number in range(12)} - {"a10"}


def test_one_that_is_behind_its_log_shows_what_was_last_published(folder, place):
    open_index(folder).store.apply([revision(article(10))])
    index = open_index(place)
    assert (len(found(index)), index.behind()) == (10, 1)


def test_one_that_was_left_with_half_a_log_is_not_taken_for_damaged(folder, tmp_path):
    index = open_index(folder)
    index.store.bookmark("test", {"one": "1"})
    shutil.copytree(folder, tmp_path / "left", ignore=shutil.ignore_patterns("articles.db-shm"))
    with read_only(tmp_path / "left", tmp_path / "place") as place:
        for task in (open_index, examine):
            with pytest.raises(NotPermitted, match=f"^{place / 'articles.db'}: "):
                task(place)


def test_whatever_has_to_write_says_which_file_it_may_not(place, tmp_path):
    back_up(tmp_path / "index", tmp_path / "backup.db")
    for task, name in (
        (lambda: pipeline.remove(open_index(place), ["a1"]), "writer.lock"),
        (lambda: open_index(place).compact(), "writer.lock"),
        (lambda: open_index(place).store.bookmark("test", {"one": "1"}), "articles.db"),
        (lambda: back_up(place, tmp_path / "other.db"), "backup.lock"),
        (lambda: restore(tmp_path / "backup.db", place / "new"), "new"),
        (lambda: create(place / "new", WordEmbedder.model, CHUNKING), "new"),
    ):
        with pytest.raises(NotPermitted, match=f"^{place / name}: .*To search, a user must be able to read"):
            task()
    assert repair(place, examine(place)) == []


def test_every_file_can_be_read_by_whoever_can_look_into_the_folder(tmp_path):
    before = os.umask(0o022)
    try:
        create(tmp_path / "index", WordEmbedder.model, CHUNKING)
        add(tmp_path / "index", article(1))
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "index").rglob("*") if path.is_file()]
    assert [path for path in files if not path.stat().st_mode & stat.S_IROTH] == []


def test_a_reader_goes_on_after_a_moment_in_which_it_could_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "can_lock", lambda folder: False)  # as for who may not write
    (tmp_path / "words").mkdir()
    writer, reader = TextIndex(tmp_path / "words"), TextIndex(tmp_path / "words")
    writer.writer().commit(1)
    assert reader.state().sequence_number == 1
    writer.writer().commit(2)
    managed = tmp_path / "words" / ".managed.json"
    content = managed.read_bytes()
    managed.write_bytes(b"{")
    with pytest.raises(DamagedView):
        reader.state()
    managed.write_bytes(content)
    assert reader.state().sequence_number == 2
