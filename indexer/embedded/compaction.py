"""Giving back the room that nothing in an index needs any more."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from indexer.embedded.database import Database
from indexer.embedded.texts import FORMAT
from indexer.embedded.vectors import vectors_folder

READERS = 1000
"""Milliseconds to wait for whoever reads, before the log is folded in only as far as they let it."""
MOSTLY_USED = 4
"""The file is written anew once more than one in so many of its pages is free."""


def used_embeddings(database: Database) -> set[str]:
    """Return the tables of embeddings that count: that of the index's model, and that of a migration under way."""
    migration = database.value("SELECT value FROM meta WHERE name = 'migration'")
    return {database.facts().embeddings} | ({json.loads(migration)["embeddings"]} if migration else set())


def unused_tables(database: Database) -> list[str]:
    """Return the tables of embeddings of models that were given up."""
    tables = database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    used = used_embeddings(database)
    return [name for (name,) in tables if re.fullmatch(r"embeddings_\d+", name) and name not in used]


def unused_folders(database: Database, folder: Path) -> list[Path]:
    """Return the folders of views that were given up."""
    used = {vectors_folder(folder, one) for one in used_embeddings(database)} | {folder / f"words-{FORMAT}"}
    found = (path for path in sorted(folder.iterdir()) if re.fullmatch(r"(vectors|words)-\d+", path.name))
    return [path for path in found if path.is_dir() and path not in used]


def drafts(folder: Path) -> list[Path]:
    """Return the files that are being written, or that somebody was writing who was ended."""
    ours = [*folder.glob("articles.draft*"), *folder.glob("vectors-*/.*.draft")]
    return [*ours, *folder.glob("words-*/*/.tmp*")]  # tantivy's


def drop_unused(database: Database, folder: Path) -> None:
    """Drop the embeddings and the views of models that were given up, and what was never finished. Writer only."""
    for table in unused_tables(database):
        with database.transaction() as connection:
            connection.execute(f"DROP TABLE {table}")
    for path in unused_folders(database, folder):
        shutil.rmtree(path)
    for path in drafts(folder):
        path.unlink(missing_ok=True)


def shrink(database: Database) -> None:
    """Fold SQLite's log into its file, which is written anew if much of it is free. Readers go on meanwhile."""
    pages, free = database.value("PRAGMA page_count"), database.value("PRAGMA freelist_count")
    if free * MOSTLY_USED > pages:
        database.rows("VACUUM")
    (patience,) = database.rows("PRAGMA busy_timeout")[0]
    database.rows(f"PRAGMA busy_timeout = {READERS}")  # one that reads for long, as a backup does, is not waited for
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    database.rows(f"PRAGMA busy_timeout = {patience}")
