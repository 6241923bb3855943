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
