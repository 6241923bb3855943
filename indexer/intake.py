"""Where articles are handed in by those that bring them all day: an index, with all that indexing takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from indexer import pipeline
from indexer.boilerplate import without_boilerplate
from indexer.embedding import Embedder
from indexer.engine import Store
from indexer.index import Index
from indexer.types import Arrival, Chunking, Rejected, Report


@dataclass(frozen=True, slots=True)
class Intake:
    """Hands articles to an index; others may write between two batches of articles."""

    index: Index
    embedder: Embedder
    chunking: Chunking
    wait: float = 5.0

    @property
    def store(self) -> Store:
        """The store of the index, which also keeps the bookmarks."""
        return self.index.store

    def add(self, arrived: Iterable[Arrival | Rejected]) -> Report:
        """Bring articles into the index; durable and visible on return. Raises IndexLocked, StorageFull.

        Deliveries that wait say nothing any more about those that have changed.
        """
        report = Report()
        for batch in pipeline.batches(without_boilerplate(arrived), self.store.digests):
            ready = pipeline.prepare(self.index, self.embedder, batch, self.chunking)
            report += pipeline.keep(self.index, ready, self.wait)
        return report

    def remove(self, ids: Collection[str]) -> Report:
        """Take those of ``ids`` out of the index that are in it. Raises IndexLocked, StorageFull."""
        there = list(self.store.digests(sorted(ids))) if ids else []
        return pipeline.remove(self.index, there, wait=self.wait) if there else Report()
