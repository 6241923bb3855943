"""Whether store and views agree, looked at before anything mends itself; and the mending of views."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from indexer.embedded import compaction, database, schema
from indexer.embedded.database import Database, Facts
from indexer.embedded.parts import missing, parts
from indexer.embedded.store_checks import damage, store_findings
from indexer.embedded.view_checks import view_findings
from indexer.engine import View
from indexer.errors import IncompatibleIndex
from indexer.following import rebuild
from indexer.health import Examined, Finding, Part

AT_WORK = 60.0
"""Seconds after which a draft is taken for one that nobody finishes."""


def examine(folder: Path) -> Examined:
    """Compare the parts of the index in ``folder`` and change nothing.

    Raises NotFound, and IncompatibleIndex where this release cannot read it, or not before it is upgraded.
    """
    path = folder / "articles.db"
    if not path.exists():
        raise missing(folder)
    with database.translated(path), closing(database.reading(path)) as connection:
        connection.execute("BEGIN")  # one moment for all that is asked of the store
        wrong = damage(connection)
        if wrong:
            return Examined(0, 0, tuple(wrong))
        facts = understood(path, connection)
        wrong = list(store_findings(connection, facts))
        held = connection.execute("SELECT articles, passages FROM log ORDER BY sequence_number DESC LIMIT 1").fetchone()
    articles, passages = held or (0, 0)
    views = [] if wrong else view_findings(folder, parts(folder, facts), facts)  # nothing to compare them with
    return Examined(articles, passages, (*wrong, *views, *strays(folder)))


def repair(folder: Path, examined: Examined, wait: float = 60.0) -> list[Part]:
    """Make the views again that were found wrong, and return which; nothing else is touched, least of all the store.

    Raises IndexLocked, StorageFull. A view that is not finished is made by the next command that opens the index.
    """
    wrong = {finding.part for finding in examined.findings if not finding.harmless}
    if not wrong - {"articles.db"}:
        return []
    found = parts(folder, database.facts(folder / "articles.db"))
    views: dict[Part, View[object]] = {"vector view": found.vectors, "word view": found.words}
    with found.store.exclusive(wait):
        for part in wrong & views.keys():
            rebuild(found.store, views[part])
    return sorted(wrong & views.keys())


def understood(path: Path, connection: sqlite3.Connection) -> Facts:
    """Return what made a file of exactly this release's schema; raises IncompatibleIndex where it is another."""
    facts = database.known(path, connection)
    if facts.schema < schema.VERSION:
        raise IncompatibleIndex(
            f"{path} has schema version {facts.schema}, which this release brings to {schema.VERSION} when it opens the"
            f" index. Make a backup (dateline backup FILE --index {path.parent}), open it (dateline status --index"
            f" {path.parent}), and ask again."
        )
    return facts


def strays(folder: Path) -> Iterator[Finding]:
    """Yield what is left of commands that were ended, and of models that were given up."""
    advice = "It does no harm, and goes with: dateline compact"
    for path in compaction.drafts(folder):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > AT_WORK:
                yield Finding("files", f"{path} was never finished.", advice, harmless=True)
    stored = Database(folder / "articles.db")
    for path in compaction.unused_folders(stored, folder):
        yield Finding("files", f"{path} belongs to a view that is no longer used.", advice, harmless=True)
    for table in compaction.unused_tables(stored):
        yield Finding("files", f"The table {table} is of a model that is no longer used.", advice, harmless=True)
