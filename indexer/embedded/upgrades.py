"""Making an index that an earlier release wrote into one of this release, without embedding anything again."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from indexer.embedded import database, schema
from indexer.embedded.lock import exclusive

log = logging.getLogger(__name__)

Step = Callable[[sqlite3.Connection], None]


def upgrade(folder: Path) -> None:
    """Bring the store in ``folder`` to this release's schema, all of it or nothing; raises IndexLocked."""
    path = folder / "articles.db"
    if database.facts(path).schema == schema.VERSION:
        return
    with exclusive(folder, wait=60):
        version = database.facts(path).schema
        if version < schema.VERSION:  # nor did another process do it meanwhile
            log.warning("%s: upgrading from schema version %d to %d.", path, version, schema.VERSION)
            with database.Database(path).transaction() as connection:
                for step in range(version, schema.VERSION):
                    STEPS[step](connection)
                connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (json.dumps(schema.VERSION),))
        for old in ("vectors", "words"):  # views under the names of version 1
            shutil.rmtree(folder / old, ignore_errors=True)


def from_1(connection: sqlite3.Connection) -> None:
    """Versions say when they were true, embeddings have a table of their own, and there are bookmarks and jobs.

    Of versions that had been replaced it is known for certain only when the index learned of it.
    """
    connection.execute("ALTER TABLE versions ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE versions ADD COLUMN valid_to INTEGER")
    replaced = "SELECT 1 FROM versions before WHERE before.article_id = v.article_id AND before.removed = v.added"
    connection.execute(
        "UPDATE versions AS v SET valid_from ="
        f" CASE WHEN EXISTS ({replaced}) THEN indexed_at ELSE coalesce(published_at, indexed_at) END"
    )
    last_removal = "SELECT max(sequence_number) FROM log WHERE log.article_id = v.article_id AND log.version IS NULL"
    connection.execute(
        "UPDATE versions AS v SET valid_to = (SELECT valid_from FROM versions next"
        " WHERE next.article_id = v.article_id AND next.added = v.removed)"
        f" WHERE removed IS NOT NULL AND added > coalesce(({last_removal}), 0)"
    )
    for statement in (schema.EMBEDDINGS.format(schema.FIRST_EMBEDDINGS) + schema.COMING).split(";\n"):
        connection.execute(statement)  # not executescript, which would commit
    connection.execute(f"INSERT INTO {schema.FIRST_EMBEDDINGS} SELECT key, embedding FROM passages")
    connection.execute("ALTER TABLE passages DROP COLUMN embedding")
    connection.execute("INSERT INTO meta VALUES ('embeddings', ?)", (json.dumps(schema.FIRST_EMBEDDINGS),))


STEPS: dict[int, Step] = {1: from_1}
"""What makes a file of one version into one of the next."""
