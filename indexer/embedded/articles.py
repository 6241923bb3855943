"""Articles as the store has them: what a version says never changes, so it is read once and kept for a while."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.embedded import schema
from indexer.embedded.database import Database, Row
from indexer.embedded.rows import ONE_OF, stored_article
from indexer.stored import StoredArticle
from indexer.types import Article

AT_HAND = 10_000_000
"""Characters of articles that are kept: most questions find some that others have found."""


class Articles:
    """Reads the articles that versions consist of. Any number of threads may ask at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[int, Article] = {}
        self._characters = 0

    def stored(self, rows: Sequence[Row]) -> list[StoredArticle]:
        """Return the versions that rows of ``CURRENT`` or ``STATE`` stand for, in their order."""
        if self._characters > AT_HAND:
            self._kept, self._characters = {}, 0
        kept = self._kept
        missing = sorted({key for key, *_ in rows if key not in kept})
        if missing:
            read = f"SELECT key, record, body FROM versions WHERE key {ONE_OF}"
            for key, record, body in self._database.rows_of(read, missing):
                kept[key] = schema.from_record(record, body)
                self._characters += len(body)
        return [stored_article(row, kept[row[0]]) for row in rows]
