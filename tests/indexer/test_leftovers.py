"""Folders that hold something, but no index that can be read."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from indexer.embedded import back_up, create, examine, model_of, open_index, restore
from indexer.errors import DamagedStore, NotFound


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "index"
    create(folder, WordEmbedder.model, CHUNKING)
    pipeline.add(open_index(folder), WordEmbedder(), arrived(*map(article, range(3))), chunking=CHUNKING)
    back_up(folder, tmp_path / "backup.db")
    return folder


TASKS = {
    "model_of": model_of,
    "open_index": open_index,
    "examine": examine,
    "back_up": lambda folder: back_up(folder, folder.parent / "another.db"),
    "create": lambda folder: create(folder, WordEmbedder.model, CHUNKING),
}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_views_without_articles_are_told_and_never_become_an_empty_index(folder, tmp_path, task):
    (folder / "articles.db").unlink()
    with pytest.raises(NotFound, match="is gone, and with it the articles.* dateline restore FILE"):
        task(folder)
    assert not (folder / "articles.db").exists()
    restore(tmp_path / "backup.db", folder)
    assert open_index(folder).snapshot().freshness.articles == 3


def empty(path):
    path.write_bytes(b"")


def another(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE songs (name)")


def text(path):
    path.write_text("no database at all " * 100)


@pytest.mark.parametrize("spoil", [empty, another, text])
@pytest.mark.parametrize("task", [model_of, open_index])
def test_a_file_that_is_no_store_counts_as_damaged_and_the_doctor_says_what_to_do(folder, spoil, task):
    spoil(folder / "articles.db")
    with pytest.raises(DamagedStore, match="is damaged .* dateline doctor --index"):
        task(folder)
    (finding,) = examine(folder).findings
    assert (finding.part, finding.harmless) == ("articles.db", False)
    assert "dateline restore FILE" in finding.advice
