"""Texts of articles that were removed: kept for a time, then taken out of the file for good.

What remains of such an article is its id, when its versions came and went, and where its passages stood, so that the
log still tells of it and a citation is answered as before. Such a version has no body, which no other has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from indexer.embedded.compaction import unused_tables, used_embeddings
from indexer.embedded.criteria import seconds
from indexer.embedded.database import Database
from indexer.embedded.lock import exclusive
from indexer.errors import NotFound

GONE = """
FROM versions v WHERE v.body <> '' AND v.removed IS NOT NULL AND v.valid_to IS NULL AND v.removed <= (
    SELECT max(sequence_number) FROM log WHERE article_id = v.article_id AND version IS NULL AND at <= ?1
) AND (?2 IS NULL OR v.article_id IN (SELECT value FROM json_each(?2)))
"""
"""Versions of articles that were removed, also where an article of that id came again later."""


def purge(folder: Path, by: datetime, article_ids: Sequence[str] | None = None, wait: float = 60.0) -> int:
    """Forget the texts of articles that were removed at ``by`` or before: of all, or of these.

    Returns of how many versions. Their room in the file is written over; SQLite's log and the word view let go of them
    when the index is compacted. Raises NotFound, IndexLocked, StorageFull.
    """
    path = folder / "articles.db"
    if not path.exists():
        raise NotFound(f"There is no index in {folder}. Make one with: dateline add PATH... --index {folder}")
    stored = Database(path)
    chosen = None if article_ids is None else json.dumps(list(article_ids))
    with exclusive(folder, wait):
        stored.rows("PRAGMA secure_delete = ON")
        with stored.transaction() as connection:
            keys = [key for (key,) in connection.execute(f"SELECT v.key {GONE}", (seconds(by), chosen))]
            gone = "(SELECT value FROM json_each(?))"
            for table in (*used_embeddings(stored), *unused_tables(stored)):
                connection.execute(
                    f"DELETE FROM {table} WHERE passage IN (SELECT key FROM passages WHERE version IN {gone})",
                    (json.dumps(keys),),
                )
            connection.execute(
                "UPDATE versions SET body = '', digest = '', record = json_object('id', article_id, 'title', '')"
                f" WHERE key IN {gone}",
                (json.dumps(keys),),
            )
    return len(keys)
