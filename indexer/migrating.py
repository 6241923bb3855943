"""Moving an index to another model beside everything else that goes on: embed what is stored again, then switch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from indexer.embedding import Embedder, embeddable
from indexer.index import Index
from indexer.types import Model, Vectors

BATCH = 512
"""Passages embedded at a time: so much is done again at most after an interruption."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A passage that has no embedding of the new model yet."""

    key: int
    title: str
    text: str


class Migration(Protocol):
    """The embeddings of another model, while they are made."""

    @property
    def model(self) -> Model:
        """The model that the index is to have."""

    def wanted(self) -> int:
        """Return how many passages need an embedding in all."""

    def made(self) -> int:
        """Return how many have one."""

    def missing(self, count: int) -> Iterator[list[Waiting]]:
        """Yield the passages that have none, up to ``count`` at a time, equal ones together."""

    def put(self, passages: Sequence[Waiting], vectors: Vectors) -> None:
        """Keep the embeddings of ``passages``, all of them or none; durable on return."""

    def finish(self) -> None:
        """Make the index one of the new model, in one step. Writer only."""


def migrate(
    index: Index,
    migration: Migration,
    embedder: Embedder,
    *,
    wait: float = 60.0,
    progress: Callable[[int], object] = lambda passages: None,
) -> int:
    """Embed every passage of ``index`` with ``embedder``, switch, and return how many were embedded.

    Articles may be added, and searched, all the while: only what came last is embedded with the writers shut out.
    Raises IndexLocked, StorageFull; what was embedded by then is kept for the next run.
    """
    embedded = fill(migration, embedder, progress)
    with index.writing(wait):
        embedded += fill(migration, embedder, progress)
        migration.finish()
    return embedded


def fill(migration: Migration, embedder: Embedder, progress: Callable[[int], object]) -> int:
    """Embed what is missing and return how much that was."""
    total = 0
    for passages in migration.missing(BATCH):
        texts = [embeddable(one.title, one.text) for one in passages]
        place = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors = embedder.embed_passages(list(place))
        migration.put(passages, vectors[np.array([place[text] for text in texts])])
        total += len(place)
        progress(len(passages))
    return total
