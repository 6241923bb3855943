"""The store and the views in a folder, as they are, before anything is mended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from indexer.embedded import files
from indexer.embedded.columns import Columns
from indexer.embedded.database import Facts
from indexer.embedded.store import SqliteStore
from indexer.embedded.texts import FORMAT
from indexer.embedded.vectors import VectorView, vectors_folder
from indexer.embedded.words import WordView
from indexer.errors import NotFound
from indexer.health import Sizes


@dataclass(frozen=True, slots=True)
class Parts:
    """What an index consists of."""

    store: SqliteStore
    vectors: VectorView
    words: WordView


def parts(folder: Path, facts: Facts) -> Parts:
    """Return the parts of the index in ``folder``."""
    store = SqliteStore(folder, facts.model, facts.embeddings)
    vectors = VectorView(vectors_folder(folder, facts.embeddings), facts.model.dimension, Columns(store))
    return Parts(store, vectors, WordView(folder / f"words-{FORMAT}"))


def sizes(folder: Path) -> Sizes:
    """Return how much the parts take up on disk, those no longer used included."""

    def together(pattern: str) -> int:
        return sum(files.size(path) for path in folder.glob(pattern))

    return Sizes(together("articles.db*"), together("vectors-*"), together("words-*"))


def without_articles(folder: Path) -> bool:
    """Return whether all that is left of an index in ``folder`` is its views."""
    views = any(folder.glob("vectors-*")) or any(folder.glob("words-*"))
    return views and not (folder / "articles.db").exists()


def missing(folder: Path) -> NotFound:
    """Return the error that says that there is no index, or what is left of one."""
    if without_articles(folder):
        return NotFound(
            f"{folder / 'articles.db'} is gone, and with it the articles; nothing else in {folder} can stand in for it."
            f" Bring it back from a backup: dateline restore FILE --index {folder}"
        )
    return NotFound(f"There is no index in {folder}. Make one with: dateline add PATH... --index {folder}")
