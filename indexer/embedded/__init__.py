"""The default engine: SQLite, FAISS and tantivy in one folder.

articles.db       the truth; the one file to back up
vectors-N/        a view, made again from articles.db when it is missing or damaged; N counts models
words-N/          another; N counts the formats that releases write
writer.lock       held by the one process that writes; writer.json says which
next.lock         held by the one that writes next
jobs.lock         held by the one process that works on what was handed in
backup.lock       held while a backup is made
"""

from __future__ import annotations

from pathlib import Path

from indexer.embedded import database, files
from indexer.embedded.backup import back_up, restore
from indexer.embedded.doctor import examine, repair
from indexer.embedded.inbox import SqliteInbox
from indexer.embedded.lock import exclusive
from indexer.embedded.migration import SqliteMigration
from indexer.embedded.parts import missing, parts, sizes, without_articles
from indexer.embedded.upgrades import upgrade
from indexer.errors import IncompatibleIndex
from indexer.index import Index
from indexer.migrating import Migration
from indexer.types import Chunking, Model

__all__ = [
    "back_up",
    "create",
    "examine",
    "migration_to",
    "model_of",
    "open_index",
    "repair",
    "require_index",
    "restore",
    "sizes",
]


def model_of(folder: Path) -> Model | None:
    """Return the model the index in ``folder`` was made with; None where there is no index.

    Raises NotFound where all that is left of one is its views.
    """
    path = folder / "articles.db"
    if without_articles(folder):
        raise missing(folder)
    return database.facts(path).model if path.exists() else None


def require_index(folder: Path) -> None:
    """Raise NotFound where there is no index in ``folder``."""
    if model_of(folder) is None:
        raise missing(folder)


def create(folder: Path, model: Model, chunking: Chunking) -> None:
    """Make an empty index in ``folder`` unless there is one; raises NotFound where one has lost its articles."""
    files.make_folder(folder)
    path = folder / "articles.db"
    if not path.exists():
        with exclusive(folder, wait=60):
            if without_articles(folder):
                raise missing(folder)
            if not path.exists():  # nor did another process make it meanwhile
                database.create(path, model, chunking)


def open_index(folder: Path, model: Model | None = None, chunking: Chunking | None = None) -> Index:
    """Open the index in ``folder``; its views are in step with its store on return.

    Raises NotFound where there is none, and IncompatibleIndex where it was not made by ``model`` and ``chunking``.
    """
    path = folder / "articles.db"
    if not path.exists():
        raise missing(folder)
    upgrade(folder)
    facts = database.facts(path)
    made_by = facts.model
    if model is not None and model.sha256 != made_by.sha256:
        raise IncompatibleIndex(
            f"The index in {folder} was made with the model {made_by.name} (SHA-256 {made_by.sha256[:12]}), and this is"
            f" {model.name} (SHA-256 {model.sha256[:12]}). Use --model {made_by.name}, or move the index to the other"
            f" model: dateline migrate --model {model.name} --index {folder}"
        )
    if chunking is not None and chunking != facts.chunking:
        raise IncompatibleIndex(
            f"The index in {folder} was made with {facts.chunking}, and this release makes passages with"
            f" {chunking}. Make a new index: dateline add PATH... --index NEW_FOLDER"
        )
    found = parts(folder, facts)
    index = Index(found.store, found.vectors, found.words, SqliteInbox(folder))
    index.open()
    return index


def migration_to(folder: Path, model: Model) -> Migration:
    """Begin to move the index in ``folder`` to ``model``, or go on where an interrupted run stopped.

    Raises BadInput where it is of that model already.
    """
    return SqliteMigration(folder, model)
