"""The truth: one SQLite file in WAL mode. It is the only place of the index that commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from indexer.embedded import changed, compaction, files, schema, writing
from indexer.embedded.articles import Articles
from indexer.embedded.changed import Change
from indexer.embedded.criteria import seconds
from indexer.embedded.database import Database
from indexer.embedded.lock import exclusive
from indexer.embedded.rows import (
    CURRENT,
    ONE_OF,
    STATE,
    STATES,
    candidate,
    keys,
    stored_passage,
    vector,
)
from indexer.errors import IncompatibleIndex
from indexer.stored import Addition, Candidate, Changes, Copy, Revision, StoredArticle, StoredPassage
from indexer.types import Freshness, Model, Vector

STEP = 256
"""Changes handed to a view at a time; it bounds the memory of a rebuild."""

AT = "v.added <= ? AND (v.removed IS NULL OR v.removed > ?)"
"""What is current at a sequence number, which is given twice."""

TOUCHED = """
SELECT key FROM versions WHERE added > ?1 AND added <= ?2 AND (removed IS NULL OR valid_to IS NOT NULL)
UNION SELECT key FROM versions WHERE removed > ?1 AND removed <= ?2 AND valid_to IS NOT NULL
UNION SELECT past.key FROM versions v
    JOIN versions before ON before.article_id = v.article_id AND before.removed = v.added
    JOIN versions past ON past.article_id = v.article_id AND past.valid_to IS NOT NULL
    WHERE v.added > ?1 AND v.added <= ?2 AND (
        json_extract(v.record, '$.status', '$.embargo_until', '$.expires_at') IS NOT
        json_extract(before.record, '$.status', '$.embargo_until', '$.expires_at')
    )
"""
"""Versions that count and are new, past since, or under other limits since, in a part of the log."""


class SqliteStore:
    """Every version of every article, its passages and embeddings, and the log of changes.

    Any number of threads may read; ``at`` always is a sequence number.
    """

    engine = "embedded"

    def __init__(self, folder: Path, model: Model, embeddings: str) -> None:
        self.model = model
        self._folder = folder
        self._database = Database(folder / "articles.db")
        self._articles = Articles(self._database)
        self._embeddings = embeddings

    @contextmanager
    def exclusive(self, wait: float) -> Iterator[None]:
        """Be the only writer; raises IndexLocked, naming the holder, after ``wait`` seconds.

        Raises IncompatibleIndex where the index has moved to another model since it was opened.
        """
        with exclusive(self._folder, wait):
            self.check_model()
            yield

    def moved(self) -> bool:
        """Return whether the index has moved to another model since this store was opened."""
        return self._database.facts().embeddings != self._embeddings

    def check_model(self) -> None:
        """Raise IncompatibleIndex where it has."""
        if self.moved():
            model = self._database.facts().model.name
            raise IncompatibleIndex(
                f"The index in {self._folder} has moved to the model {model}. Start this command again."
            )

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
            f"SELECT passage, vector FROM {self._embeddings} WHERE passage {ONE_OF}", [stored.key for stored in current]
        )
        blobs: dict[int, bytes] = dict(rows)
        return {(stored.source.article.title, stored.passage.text): vector(blobs[stored.key]) for stored in current}

    def apply(self, revisions: Sequence[Revision], removed: Sequence[str] = ()) -> None:
        """Write new versions and removals, all of them or none; durable on return. Raises StorageFull."""
        now = int(datetime.now(UTC).timestamp())
        with self._database.transaction() as connection:
            for article_id in removed:
                writing.remove(connection, article_id, now)
            for revision in revisions:
                writing.add(connection, revision, self._embeddings, now)

    def changes(self, since: int) -> Iterator[Changes]:
        """The log after ``since``, in steps of bounded size; what came and went meanwhile is left out."""
        last = self.sequence_number()
        for start in range(since, last, STEP):
            end = min(start + STEP, last)
            gone = self._database.rows(
                "SELECT p.key, v.key FROM versions v JOIN passages p ON p.version = v.key WHERE v.article_id IN"
                " (SELECT article_id FROM log WHERE sequence_number > ?1 AND sequence_number <= ?2 AND version IS NULL)"
                " AND v.removed <= ?2 AND v.valid_to IS NULL ORDER BY p.key",
                *(start, end),
            )
            yield Changes(
                end, keys(key for key, _ in gone), keys({version for _, version in gone}), self._additions(start, end)
            )

    def touched(self, since: int, until: int) -> Iterator[Change]:
        """Yield the versions that are new or whose times are, in order of their keys."""
        rows = self._database.rows(
            f"SELECT {changed.COLUMNS} FROM {STATES} WHERE v.key IN ({TOUCHED}) ORDER BY v.key", *(since, until)
        )
        return (changed.read(row, since, until) for row in rows)

    def article(self, article_id: str, at: int) -> StoredArticle | None:
        """The version of an article that was current at ``at``."""
        rows = self._database.rows(
            f"SELECT {CURRENT} FROM versions v WHERE v.article_id = ? AND {AT}", article_id, at, at
        )
        return next(iter(self._articles.stored(rows)), None)

    def articles(self, after: str, limit: int, at: int) -> list[StoredArticle]:
        """Up to ``limit`` current articles whose ids come after ``after``, in order of their ids."""
        rows = self._database.rows(
            f"SELECT {CURRENT} FROM versions v WHERE v.article_id > ? AND {AT} ORDER BY v.article_id LIMIT ?",
            *(after, at, at, limit),
        )
        return self._articles.stored(rows)

    def versions(self, article_id: str, at: int) -> list[StoredArticle]:
        """The versions of an article up to the one that was current at ``at``, the first one first."""
        rows = self._database.rows(
            f"SELECT {STATE} FROM {STATES} WHERE v.article_id = ? AND v.added <= ?"
            " AND (v.removed IS NULL OR v.valid_to IS NOT NULL) ORDER BY v.key",
            *(article_id, at),
        )
        return self._articles.stored(rows)

    def expired(self, by: datetime) -> list[str]:
        """Ids of the articles that readers may no longer see since ``by`` or before."""
        rows = self._database.rows(
            "SELECT article_id FROM versions WHERE removed IS NULL"
            " AND CAST(strftime('%s', json_extract(record, '$.expires_at')) AS INTEGER) <= ?",
            seconds(by),
        )
        return [article_id for (article_id,) in rows]

    def article_passages(self, article_id: str, at: int) -> list[StoredPassage]:
        """The passages of that version, in order."""
        rows = self._database.rows(
            f"SELECT p.key FROM passages p JOIN versions v ON p.version = v.key WHERE v.article_id = ? AND {AT}"
            " ORDER BY p.position",
            *(article_id, at, at),
        )
        return self.passages([key for (key,) in rows])

    def version_passages(self, article_id: str, version: int) -> list[StoredPassage]:
        """The passages of a version, in order."""
        rows = self._database.rows(
            "SELECT p.key FROM passages p JOIN versions v ON p.version = v.key WHERE v.article_id = ? AND v.number = ?"
            " ORDER BY p.position",
            *(article_id, version),
        )
        return self.passages([key for (key,) in rows])

    def opening(self, article_id: str, at: int) -> Vector:
        """The embedding of its first passage."""
        content = self._database.value(
            f"SELECT e.vector FROM {self._embeddings} e JOIN passages p ON p.key = e.passage"
            f" JOIN versions v ON p.version = v.key WHERE v.article_id = ? AND {AT} AND p.position = 0",
            *(article_id, at, at),
        )
        return vector(content)

    def candidates(self, keys: Sequence[int]) -> list[Candidate]:
        """What ranking needs of each of ``keys``, in their order."""
        rows = self._database.rows_of(
            "SELECT p.key, p.version, a.id, v.published_at, json_extract(v.record, '$.publisher'), a.story, a.copies"
            " FROM passages p JOIN versions v ON p.version = v.key JOIN articles a ON a.id = v.article_id"
            f" WHERE p.key {ONE_OF}",
            keys,
        )
        found = {row[0]: candidate(row) for row in rows}
        return [found[key] for key in keys]

    def copies(self, groups: Sequence[int], at: int) -> list[Copy]:
        """Every current article of these groups of copies; one that is alone in its group is left out."""
        rows = self._database.rows_of(
            f"SELECT {CURRENT}, a.copies FROM articles a JOIN versions v ON v.article_id = a.id"
            f" WHERE a.copies {ONE_OF} AND {AT}"
            " AND EXISTS (SELECT 1 FROM articles other WHERE other.copies = a.copies AND other.number <> a.number)",
            *(groups, at, at),
        )
        return [Copy(row[-1], one) for row, one in zip(rows, self._articles.stored(rows), strict=True)]

    def copy_groups(self, article_ids: Sequence[str]) -> dict[str, int]:
        """What each of these articles has in common with its copies, by article id."""
        return dict(self._database.rows_of(f"SELECT id, copies FROM articles WHERE id {ONE_OF}", article_ids))

    def story(self, story: str, at: int) -> list[StoredArticle]:
        """Every current article of a story."""
        rows = self._database.rows(
            f"SELECT {CURRENT} FROM articles a JOIN versions v ON v.article_id = a.id WHERE a.story = ? AND {AT}",
            *(story, at, at),
        )
        return self._articles.stored(rows)

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

    def bookmarks(self, kind: str) -> dict[str, str]:
        """Where a watcher or a poller stands: what ``bookmark`` last set under ``kind``, by name."""
        return dict(self._database.rows("SELECT name, value FROM bookmarks WHERE kind = ?", kind))

    def bookmark(self, kind: str, values: Mapping[str, str | None]) -> None:
        """Remember ``values`` by name, all of them or none, and forget what is None; durable on return."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM bookmarks WHERE kind = ? AND name = ?", ((kind, name) for name in values)
            )
            kept = ((kind, name, value) for name, value in values.items() if value is not None)
            connection.executemany("INSERT INTO bookmarks VALUES (?, ?, ?)", kept)

    def compact(self) -> None:
        """Drop what belongs to no model in use, and give its room back. Writer only."""
        compaction.drop_unused(self._database, self._folder)
        compaction.shrink(self._database)

    def size(self) -> int:
        """Bytes held on disk, the views included."""
        return files.size(self._folder)

    def _additions(self, start: int, end: int) -> list[Addition]:
        rows = self._database.rows(
            'SELECT p.version, p.key, p.start, p."end", e.vector FROM passages p'
            f" JOIN {self._embeddings} e ON e.passage = p.key WHERE p.version IN ({TOUCHED}) ORDER BY p.key",
            *(start, end),
        )
        sources = self._sources(row[0] for row in rows)
        return [
            Addition(key, version, sources[version].article.body[first:last], vector(blob), sources[version])
            for version, key, first, last, blob in rows
        ]

    def _sources(self, versions: Iterable[int]) -> dict[int, StoredArticle]:
        rows = self._database.rows_of(f"SELECT {STATE} FROM {STATES} WHERE v.key {ONE_OF}", sorted(set(versions)))
        return {key: one for (key, *_), one in zip(rows, self._articles.stored(rows), strict=True)}
