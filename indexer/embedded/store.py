"""The truth: one SQLite file in WAL mode. It is the only place of the index that commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from indexer.embedded import schema
from indexer.embedded.criteria import seconds
from indexer.embedded.database import Database, Row
from indexer.embedded.groups import leave, regroup
from indexer.embedded.lock import exclusive
from indexer.stored import Addition, Candidate, Changes, Copy, Revision, StoredArticle, StoredPassage
from indexer.types import Freshness, Keys, Model, Passage, Vector

STEP = 256
"""Changes handed to a view at a time; it bounds the memory of a rebuild."""

ARTICLE = "v.number, v.digest, v.indexed_at, v.record, v.body"
ONE_OF = "IN (SELECT value FROM json_each(?))"


class SqliteStore:
    """Every version of every article, its passages and embeddings, and the log of changes.

    Any number of threads may read; ``at`` always is a sequence number.
    """

    engine = "embedded"

    def __init__(self, folder: Path, model: Model) -> None:
        self.model = model
        self._folder = folder
        self._database = Database(folder / "articles.db")

    def exclusive(self, wait: float) -> AbstractContextManager[None]:
        """Be the only writer; raises IndexLocked, naming the holder, after ``wait`` seconds."""
        return exclusive(self._folder, wait)

    def sequence_number(self) -> int:
        """Number of the newest change; 0 in an empty store."""
        return int(self._database.value("SELECT coalesce(max(sequence_number), 0) FROM log"))

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """Content digests of those of ``ids`` that are in the index now."""
        rows = self._database.rows_of(
            f"SELECT article_id, digest FROM versions WHERE removed IS NULL AND article_id {ONE_OF}", ids
        )
        return dict(rows)

    def embeddings(self, article_id: str) -> dict[tuple[str, str], Vector]:
        """Embeddings of the current passages of an article, by headline and text."""
        current = self.article_passages(article_id, self.sequence_number())
        rows = self._database.rows_of(
            f"SELECT key, embedding FROM passages WHERE key {ONE_OF}", [stored.key for stored in current]
        )
        blobs: dict[int, bytes] = dict(rows)
        return {(stored.source.article.title, stored.passage.text): vector(blobs[stored.key]) for stored in current}

    def apply(self, revisions: Sequence[Revision], removed: Sequence[str] = ()) -> None:
        """Write new versions and removals, all of them or none; durable on return. Raises StorageFull."""
        now = int(datetime.now(UTC).timestamp())
        with self._database.transaction() as connection:
            for article_id in removed:
                remove(connection, article_id, now)
            for revision in revisions:
                add(connection, revision, now)

    def changes(self, since: int) -> Iterator[Changes]:
        """The log after ``since``, in steps of bounded size; what came and went within a step is left out."""
        last = self.sequence_number()
        for start in range(since, last, STEP):
            end = min(start + STEP, last)
            gone = self._database.rows(
                "SELECT p.key, v.key FROM versions v JOIN passages p ON p.version = v.key"
                " WHERE v.removed > ? AND v.removed <= ? AND v.added <= ? ORDER BY p.key",
                *(start, end, start),
            )
            yield Changes(
                end, keys(key for key, _ in gone), keys({version for _, version in gone}), self._additions(start, end)
            )

    def versions_after(self, key: int) -> Iterator[tuple[int, StoredArticle]]:
        """Yield every version with a higher key, without its body, in order of the keys."""
        rows = self._database.rows(
            "SELECT key, number, digest, indexed_at, record, '' FROM versions WHERE key > ? ORDER BY key", key
        )
        return ((row[0], stored_article(row[1:])) for row in rows)

    def article(self, article_id: str, at: int) -> StoredArticle | None:
        """The version of an article that was current at ``at``."""
        rows = self._database.rows(
            f"SELECT {ARTICLE} FROM versions v WHERE v.article_id = ? AND v.added <= ?"
            " AND (v.removed IS NULL OR v.removed > ?)",
            *(article_id, at, at),
        )
        return next((stored_article(row) for row in rows), None)

    def article_passages(self, article_id: str, at: int) -> list[StoredPassage]:
        """The passages of that version, in order."""
        rows = self._database.rows(
            "SELECT p.key FROM passages p JOIN versions v ON p.version = v.key WHERE v.article_id = ?"
            " AND v.added <= ? AND (v.removed IS NULL OR v.removed > ?) ORDER BY p.position",
            *(article_id, at, at),
        )
        return self.passages([key for (key,) in rows])

    def opening(self, article_id: str, at: int) -> Vector:
        """The embedding of its first passage."""
        content = self._database.value(
            "SELECT p.embedding FROM passages p JOIN versions v ON p.version = v.key WHERE v.article_id = ?"
            " AND v.added <= ? AND (v.removed IS NULL OR v.removed > ?) AND p.position = 0",
            *(article_id, at, at),
        )
        return vector(content)

    def candidates(self, keys: Sequence[int]) -> list[Candidate]:
        """What ranking needs of each of ``keys``, in their order."""
        rows = self._database.rows_of(
            "SELECT p.key, a.id, v.published_at, json_extract(v.record, '$.publisher'), a.story, a.copies"
            " FROM passages p JOIN versions v ON p.version = v.key JOIN articles a ON a.id = v.article_id"
            f" WHERE p.key {ONE_OF}",
            keys,
        )
        found = {row[0]: candidate(row) for row in rows}
        return [found[key] for key in keys]

    def copies(self, groups: Sequence[int], at: int) -> list[Copy]:
        """Every current article of these groups of copies."""
        rows = self._database.rows_of(
            f"SELECT a.copies, {ARTICLE} FROM articles a JOIN versions v ON v.article_id = a.id"
            f" WHERE a.copies {ONE_OF} AND v.added <= ? AND (v.removed IS NULL OR v.removed > ?)",
            *(groups, at, at),
        )
        return [Copy(row[0], stored_article(row[1:])) for row in rows]

    def copy_groups(self, article_ids: Sequence[str]) -> dict[str, int]:
        """What each of these articles has in common with its copies, by article id."""
        return dict(self._database.rows_of(f"SELECT id, copies FROM articles WHERE id {ONE_OF}", article_ids))

    def story(self, story: str, at: int) -> list[StoredArticle]:
        """Every current article of a story."""
        rows = self._database.rows(
            f"SELECT {ARTICLE} FROM articles a JOIN versions v ON v.article_id = a.id"
            " WHERE a.story = ? AND v.added <= ? AND (v.removed IS NULL OR v.removed > ?)",
            *(story, at, at),
        )
        return [stored_article(row) for row in rows]

    def passages(self, keys: Sequence[int]) -> list[StoredPassage]:
        """The passages under ``keys``, in their order."""
        rows = self._database.rows_of(
            f'SELECT p.key, p.position, p.start, p."end", p.version FROM passages p WHERE p.key {ONE_OF}', keys
        )
        sources = self._sources(row[4] for row in rows)
        found = {row[0]: stored_passage(row, sources[row[4]]) for row in rows}
        return [found[key] for key in keys]

    def neighbours(self, key: int, distance: int) -> list[StoredPassage]:
        """The passages up to ``distance`` places from the one under ``key``, itself among them, in order."""
        rows = self._database.rows(
            "SELECT p.key FROM passages p JOIN passages middle ON p.version = middle.version WHERE middle.key = ?"
            " AND abs(p.position - middle.position) <= ? ORDER BY p.position",
            *(key, distance),
        )
        return self.passages([key for (key,) in rows])

    def passage_keys(self, passage_id: str) -> list[int]:
        """Keys under which a passage id was ever stored, oldest first."""
        return [key for (key,) in self._database.rows("SELECT key FROM passages WHERE id = ? ORDER BY key", passage_id)]

    def freshness(self, at: int) -> Freshness:
        """How new the index was at ``at``."""
        rows = self._database.rows("SELECT at, articles, passages FROM log WHERE sequence_number = ?", at)
        indexed_at, articles, passages = rows[0] if rows else (None, 0, 0)
        newest = self._database.value(
            "SELECT published_at FROM versions WHERE added <= ? AND (removed IS NULL OR removed > ?)"
            " AND published_at <= ? ORDER BY published_at DESC LIMIT 1",
            *(at, at, indexed_at),
        )
        return Freshness(at, schema.moment(indexed_at), schema.moment(newest), articles, passages)

    def size(self) -> int:
        """Bytes held on disk, the views included."""
        return sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())

    def _additions(self, start: int, end: int) -> list[Addition]:
        rows = self._database.rows(
            'SELECT v.key, p.key, p.start, p."end", p.embedding FROM versions v JOIN passages p ON p.version = v.key'
            " WHERE v.added > ? AND v.added <= ? AND (v.removed IS NULL OR v.removed > ?) ORDER BY p.key",
            *(start, end, end),
        )
        sources = self._sources(row[0] for row in rows)
        return [
            Addition(key, version, sources[version].article.body[first:last], vector(blob), sources[version])
            for version, key, first, last, blob in rows
        ]

    def _sources(self, versions: Iterable[int]) -> dict[int, StoredArticle]:
        rows = self._database.rows_of(
            f"SELECT v.key, {ARTICLE} FROM versions v WHERE v.key {ONE_OF}", sorted(set(versions))
        )
        return {row[0]: stored_article(row[1:]) for row in rows}


def add(connection: sqlite3.Connection, revision: Revision, now: int) -> None:
    """Write an article's next version and retire the one it replaces."""
    article = revision.article
    connection.execute(
        "INSERT INTO articles (id, story) VALUES (?, ?) ON CONFLICT (id) DO NOTHING", (article.id, revision.story)
    )
    number = connection.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM versions WHERE article_id = ?", (article.id,)
    ).fetchone()[0]
    added = write_log(connection, now, article.id, number, passages=len(revision.passages))
    version = connection.execute(
        "INSERT INTO versions (article_id, number, digest, indexed_at, published_at, added, record, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            number,
            revision.digest,
            now,
            seconds(article.published_at) if article.published_at else None,
            added,
            schema.to_record(article),
            article.body,
        ),
    ).lastrowid
    connection.executemany(
        'INSERT INTO passages (id, version, position, start, "end", embedding) VALUES (?, ?, ?, ?, ?, ?)',
        (
            (passage.id, version, position, passage.start, passage.end, blob(row))
            for position, (passage, row) in enumerate(zip(revision.passages, revision.vectors, strict=True))
        ),
    )

    (own,) = connection.execute("SELECT number FROM articles WHERE id = ?", (article.id,)).fetchone()
    regroup(connection, own, article.title, article.body)


def remove(connection: sqlite3.Connection, article_id: str, now: int) -> None:
    """Retire the current version of an article, if it has one."""
    if current(connection, article_id) is not None:
        write_log(connection, now, article_id, None, passages=0)
        (own,) = connection.execute("SELECT number FROM articles WHERE id = ?", (article_id,)).fetchone()
        leave(connection, own)


def write_log(connection: sqlite3.Connection, now: int, article_id: str, number: int | None, passages: int) -> int:
    """Append a change, mark the version it ends, and return the change's sequence number."""
    ended = current(connection, article_id)
    lost = connection.execute("SELECT count(*) FROM passages WHERE version = ?", (ended,)).fetchone()[0]
    change = connection.execute(
        "INSERT INTO log (at, article_id, version, articles, passages)"
        " SELECT ?, ?, ?, coalesce(max(articles), 0) + ?, coalesce(max(passages), 0) + ? FROM"
        " (SELECT articles, passages FROM log ORDER BY sequence_number DESC LIMIT 1)",
        (now, article_id, number, (number is not None) - (ended is not None), passages - lost),
    ).lastrowid
    assert change is not None
    connection.execute("UPDATE versions SET removed = ? WHERE key = ?", (change, ended))
    return change


def current(connection: sqlite3.Connection, article_id: str) -> int | None:
    """Return the key of the version of an article that is current, if it is in the index."""
    row = connection.execute("SELECT key FROM versions WHERE article_id = ? AND removed IS NULL", (article_id,))
    found: int | None = next((key for (key,) in row), None)
    return found


def candidate(row: Row) -> Candidate:
    """Read what ``SqliteStore.candidates`` selects."""
    key, article_id, published_at, publisher, story, copies = row
    return Candidate(key, article_id, schema.moment(published_at), publisher, story, copies)


def stored_article(row: Row) -> StoredArticle:
    """Read the columns of ``ARTICLE``."""
    number, digest, indexed_at, record, body = row
    return StoredArticle(
        article=schema.from_record(record, body),
        version=number,
        digest=digest,
        indexed_at=datetime.fromtimestamp(indexed_at, UTC),
    )


def stored_passage(row: Row, source: StoredArticle) -> StoredPassage:
    """Read key, position, start and end of a passage of ``source``."""
    key, position, start, end, _ = row
    article = source.article
    return StoredPassage(key, Passage(article.id, start, end, article.body[start:end]), position, source)


def keys(found: Iterable[int]) -> Keys:
    """Return keys as views take them."""
    return np.fromiter(found, dtype=np.int64)


def blob(row: Vector) -> bytes:
    """Write an embedding as float16, little endian."""
    return row.astype("<f2").tobytes()


def vector(content: bytes) -> Vector:
    """Read what ``blob`` wrote."""
    return np.frombuffer(content, dtype="<f2").astype(np.float32)
