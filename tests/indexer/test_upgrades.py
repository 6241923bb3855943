"""An index that an earlier release wrote. ``index-of-schema-N.sql`` is one of schema version N, as SQLite dumps it."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from indexer.embedded import create, open_index, schema, upgrades
from indexer.types import Filter

TOMORROW = datetime.now(UTC) + timedelta(days=1)
OLD = sorted(Path(__file__).parent.glob("index-of-schema-*.sql"))


@pytest.fixture(params=OLD, ids=lambda path: path.stem)
def folder(request, tmp_path):
    made = tmp_path / "index"
    made.mkdir()
    (made / "vectors").mkdir()
    with closing(sqlite3.connect(made / "articles.db")) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return made


def columns(folder):
    """Every column of every table."""
    with closing(sqlite3.connect(folder / "articles.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} for table in tables}


def test_every_earlier_schema_has_its_index_here():
    assert [int(re.findall(r"\d+", path.stem)[0]) for path in OLD] == list(range(1, schema.VERSION))


def test_an_older_index_opens_as_one_of_this_release(folder, tmp_path):
    index = open_index(folder, WordEmbedder.model, CHUNKING)
    create(tmp_path / "new", WordEmbedder.model, CHUNKING)
    assert columns(folder) == columns(tmp_path / "new")
    snapshot = index.snapshot()
    bodies = {one.article.id: one.article.body for one in snapshot.articles("", 10, TOMORROW)}
    assert bodies == {
        "a1": "The bridge is shut. Nobody remembers when it was built.",
        "a3": "The mayor is back.",
        "a4": "A goal in the final.",
    }
    by_words = snapshot.passages(snapshot.words.nearest("bridge mayor goal", 9, Filter(TOMORROW)).keys.tolist())
    nearest = snapshot.vectors.nearest(WordEmbedder().embed_query("bridge mayor goal"), 9, Filter(TOMORROW))
    assert sorted(one.passage.text for one in by_words) == sorted(bodies.values())
    assert sorted(one.passage.text for one in snapshot.passages(nearest.keys.tolist())) == sorted(bodies.values())
    assert not (folder / "vectors").exists()


def test_the_past_of_an_older_index_can_be_asked_for(folder):
    snapshot = open_index(folder).snapshot()
    first, second = snapshot.versions("a1", TOMORROW)
    assert first.valid_from == first.article.published_at
    assert first.valid_to == second.valid_from == second.indexed_at
    assert [one.version for one in snapshot.versions("a3", TOMORROW)] == [2]
    then = Filter(first.valid_to - timedelta(seconds=1))
    found = snapshot.passages(snapshot.words.nearest("trains", 9, then).keys.tolist())
    assert [one.source.version for one in found] == [1]


def test_an_older_index_is_brought_up_without_embedding_anything_again(folder):
    index, embedder = open_index(folder), WordEmbedder()
    article_1 = index.snapshot().article("a1", TOMORROW).article
    report = pipeline.add(index, embedder, arrived(article_1, article(5, "A new bridge.")), chunking=CHUNKING)
    assert (report.unchanged, report.added, embedder.embedded) == (1, 1, 1)


def test_an_upgrade_that_fails_leaves_the_index_as_it_was(folder, monkeypatch):
    before = (folder / "articles.db").read_bytes()

    def fail(connection):
        upgrades.from_1(connection)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setitem(upgrades.STEPS, schema.VERSION - 1, fail)
    with pytest.raises(Exception, match="disk I/O error"):
        open_index(folder)
    assert (folder / "articles.db").read_bytes() == before
    monkeypatch.undo()
    assert open_index(folder).snapshot().freshness.articles == 3
