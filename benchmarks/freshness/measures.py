"""What is measured: searches beside an indexer, the way of an article to its readers, memory over compactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic, sleep

import numpy as np

from benchmarks.freshness import news
from benchmarks.freshness.processes import Client, Service
from indexer import pipeline
from indexer.embedding import Embedder
from indexer.index import Index
from indexer.types import Arrival, Article, Chunking

POLL = 0.01
"""Seconds between two looks whether an article is found."""
PORTION = 250
"""Articles in one request."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something took, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    slowest: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Latency:
        """Sum up what was measured."""
        took = 1000 * np.array(list(seconds))
        return cls(len(took), *(round(float(np.percentile(took, share)), 1) for share in (50, 95, 99, 100)))


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of a service after each compaction; ``slope`` is megabytes per hundred, without the first ten."""

    compactions: int
    first: float
    last: float
    most: float
    slope: float

    @classmethod
    def of(cls, megabytes: list[float]) -> Memory:
        """Sum up what was measured."""
        later = megabytes[10:] or megabytes
        slope = float(np.polyfit(range(len(later)), later, 1)[0]) * 100 if len(later) > 1 else 0.0
        return cls(len(megabytes), *(round(one, 1) for one in (megabytes[0], megabytes[-1], max(megabytes), slope)))


def searches(service: Service, rate: float, until: Callable[[float], bool], first: int = 0) -> list[float]:
    """Ask ``rate`` questions a second ``until`` it is enough; each wait counts from when its question was due."""
    client, started = Client(service.port), monotonic()
    took: list[float] = []
    while not until(monotonic() - started):
        due = started + len(took) / rate
        sleep(max(0.0, due - monotonic()))
        client.search(news.question(first + len(took)))
        took.append(monotonic() - due)
    return took


def post(service: Service, articles: list[Article]) -> None:
    """Hand articles in over HTTP and return when all of them are indexed."""
    client, jobs = Client(service.port), []
    for start in range(0, len(articles), PORTION):
        portion = [news.record(one) for one in articles[start : start + PORTION]]
        while (answer := client.ask("POST", "/articles", portion))[0] == 429:
            sleep(1)
        if answer[0] == 202:
            jobs.append(answer[1]["job_id"])
    while any(client.ask("GET", f"/jobs/{job}")[1]["state"] == "waiting" for job in jobs):
        sleep(0.5)


def visible(reader: Service, articles: Iterable[Article], hand_in: Callable[[Article], None]) -> list[float]:
    """Return how long each article took from the return of ``hand_in`` until ``reader`` finds it."""
    client = Client(reader.port)
    took: list[float] = []
    for one in articles:
        hand_in(one)
        started = monotonic()
        while not client.search(one.title, article_ids=[one.id], limit=1, min_confidence=0)["results"]:
            sleep(POLL)
        took.append(monotonic() - started)
    return took


def add(index: Index, embedder: Embedder, *articles: Article) -> None:
    """Bring articles into the index."""
    pipeline.add(index, embedder, [Arrival(one, one.id) for one in articles], chunking=Chunking())


def compactions(service: Service, index: Index, embedder: Embedder, count: int, first: int) -> list[float]:
    """Return the memory of a service after each of ``count`` compactions, between which articles come, change and go.

    The index is as large at the end as it was at the beginning.
    """
    client, megabytes, size = Client(service.port), [], 20
    for turn in range(count):
        numbers = range(first + turn * size, first + (turn + 1) * size)
        add(index, embedder, *map(news.article, numbers))
        add(index, embedder, *(news.article(number, edition=1) for number in numbers[::2]))
        pipeline.remove(index, [news.article(number).id for number in numbers])
        index.compact()
        reached = index.store.sequence_number()
        while client.ask("GET", "/readyz")[1]["index"]["sequence_number"] < reached:
            sleep(POLL)
        for number in range(size):
            client.search(news.question(number))
        megabytes.append(service.memory)
    return megabytes
