"""Deliveries are read, and carried out: at once, or in turns that let others write in between."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from indexer.embedding import Embedder
from indexer.errors import IndexLocked
from indexer.inbox import Delivery, Job, Outcome
from indexer.index import Index, Writer
from indexer.pipeline import Batch, Read, batches, prepare, take_out, write
from indexer.sources import READERS, Source
from indexer.types import Arrival, Chunking, Report

SUFFIXES = {"json": ".json", "lines": ".jsonl"}
"""Which files hold what such a delivery holds: they are read alike."""

PATIENCE = 1.0
"""Seconds to wait for another writer within one turn."""


def articles_in(delivery: Delivery) -> Iterator[Read]:
    """Yield the articles of a delivery and what is none; the origin of each is its place among them, from 0."""
    found = READERS[SUFFIXES[delivery.kind]](Source("", "", io.BufferedReader(io.BytesIO(delivery.content))))
    return (replace(item, origin=str(place)) for place, item in enumerate(found))


def removal(*article_ids: str) -> Delivery:
    """Return the delivery that asks for articles to be removed."""
    return Delivery("removal", json.dumps(article_ids).encode())


@dataclass(frozen=True, slots=True)
class Indexing:
    """An index, and what it takes to write to it."""

    index: Index
    embedder: Embedder
    chunking: Chunking

    def add(self, items: Sequence[Read], *, wait: float) -> Outcome:
        """Bring articles into the index at once; deliveries that wait say nothing about them any more.

        Raises IndexLocked where another writer is at work for ``wait`` seconds.
        """
        with self.index.writing(wait) as writer:
            report = Report()
            for batch in batches(items, self.index.store.digests):
                report += self._store(writer, batch)
            self.index.inbox.overtake([item.article.id for item in items if isinstance(item, Arrival)])
            return self._outcome(report)

    def remove(self, article_ids: Sequence[str], *, wait: float) -> Outcome:
        """Take articles out of the index at once; an id that is not there is rejected. Raises IndexLocked."""
        with self.index.writing(wait) as writer:
            report = take_out(writer, article_ids)
            self.index.inbox.overtake(article_ids)
            return self._outcome(report)

    def in_turns(self, job: Job, delivery: Delivery) -> Iterator[Outcome]:
        """Carry out a job and yield what has become of it so far; others may write whenever it yields."""
        turns: Iterator[Batch | list[str]] = self._additions(job, delivery)
        if delivery.kind == "removal":
            turns = self._removals(job, delivery)
        done, number = Report(), 0
        while True:
            try:
                with self.index.writing(PATIENCE) as writer:
                    more = next(turns, None)
                    if more is None:
                        return
                    done += self._store(writer, more) if isinstance(more, Batch) else take_out(writer, more)
                    number = self.index.store.sequence_number()
            except IndexLocked:
                pass
            yield Outcome(done, number)

    def _additions(self, job: Job, delivery: Delivery) -> Iterator[Batch]:
        """Yield the articles of a job; those that the index was told of since count as unchanged."""
        inbox, passed = self.index.inbox, 0

        def current() -> Iterator[Read]:
            nonlocal passed
            for item in articles_in(delivery):
                if isinstance(item, Arrival) and inbox.overtaken(job, item.article.id):
                    passed += 1
                else:
                    yield item

        for batch in batches(current(), self.index.store.digests):
            batch.unchanged, passed = batch.unchanged + passed, 0
            yield batch
        yield Batch(unchanged=passed)

    def _removals(self, job: Job, delivery: Delivery) -> Iterator[list[str]]:
        inbox = self.index.inbox
        yield [one for one in json.loads(delivery.content) if not inbox.overtaken(job, one)]

    def _store(self, writer: Writer, batch: Batch) -> Report:
        return write(self.index, writer, prepare(self.index, self.embedder, batch, self.chunking))

    def _outcome(self, report: Report) -> Outcome:
        return Outcome(report, self.index.store.sequence_number())
