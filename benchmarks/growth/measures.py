"""What is measured at one size."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.growth.news import PASSAGES, SHARES, STEP, News, filters, save_articles
from indexer.embedded import files, schema
from indexer.embedded.columns import Columns
from indexer.embedded.store import SqliteStore
from indexer.embedded.vectors import VectorView
from indexer.embedded.words import WordView
from indexer.stored import Changes
from indexer.types import Keys, Model, Scores, Vector

POOL = 100
"""Passages that each search brings, as in service/search.py."""
ROUNDS = 5
"""Times that all questions are asked when searches are timed."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, in words and as a vector."""

    text: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Times:
    """How long a search takes, in milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        """Sum up what was measured."""
        p50, p99 = np.percentile(seconds, [50, 99])
        return cls(1000 * float(p50), 1000 * float(p99))


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a process holds; what is not its own (anonymous) is files, which all processes share one copy of."""

    held: int
    proportional: int
    own: int

    @classmethod
    def now(cls) -> Memory:
        """Ask the system."""
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
        sizes = {name: 1024 * int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
        return cls(sizes["Rss"], sizes["Pss"], sizes["Anonymous"])

    def since(self, before: Memory, passages: int) -> Memory:
        """Return what has been added, for each passage."""
        return Memory(
            *(round((here - there) / passages) for here, there in zip(astuple(self), astuple(before), strict=True))
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured at one size; memory and disk are bytes a passage, ``load`` is how much else was going on."""

    passages: int
    times: dict[str, Times]
    recall: dict[str, float]
    memory: Memory
    disk: int
    opening: float
    load: float
    opening_cold: float = 0.0


def true_best(news: News, passages: int, questions: Sequence[Question]) -> dict[str, Keys]:
    """Return the ten nearest passages of every question under every filter, by comparing it with all."""
    asked = np.stack([one.vector for one in questions])
    nothing: tuple[Keys, Scores] = (
        np.empty((len(asked), 0), dtype=np.int64),
        np.empty((len(asked), 0), dtype=np.float32),
    )
    best = dict.fromkeys(SHARES, nothing)
    for first in range(0, passages, STEP * PASSAGES):
        scores = asked @ news.vectors(first, min(STEP * PASSAGES, passages - first)).T
        keys = first + 1 + np.arange(scores.shape[1])
        for name, every in SHARES.items():
            chosen = ((keys - 1) // PASSAGES + 1) % every == 0
            found = np.broadcast_to(keys[chosen], (len(asked), int(chosen.sum())))
            best[name] = ten_best(np.hstack([best[name][0], found]), np.hstack([best[name][1], scores[:, chosen]]))
    return {name: keys for name, (keys, _) in best.items()}


def ten_best(keys: Keys, scores: Scores) -> tuple[Keys, Scores]:
    """Keep the ten with the highest scores of every row, in any order; there must be ten."""
    kept = np.argpartition(-scores, 9, axis=1)[:, :10]
    return np.take_along_axis(keys, kept, axis=1), np.take_along_axis(scores, kept, axis=1)


class Views:
    """Both views of one size, and the columns that the one of them filters by."""

    def __init__(self, folder: Path, passages: int, dimension: int) -> None:
        self.folder = folder / str(passages)
        self.passages = passages
        store = SqliteStore(self.folder, Model("", "", dimension), schema.FIRST_EMBEDDINGS)
        self.vectors = VectorView(self.folder / "vectors", dimension, Columns(store))
        self.words = WordView(self.folder / "words")

    def build(self, changes: Callable[[], Iterable[Changes]]) -> None:
        """Feed and compact each of them, unless that was done before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "articles.db").exists():
            save_articles(self.folder, self.passages)
        for view in (self.words, self.vectors):
            if view.sequence_number() is None:
                view.apply(changes())
                view.compact(changes())

    def forget(self) -> None:
        """Have the system drop what it has read of the files."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class Search:
    """Asks as the service does."""

    def __init__(self, views: Views, side: ThreadPoolExecutor) -> None:
        vectors, words = views.vectors.snapshot(), views.words.snapshot()
        assert vectors and words
        self._vectors, self._words, self._side = vectors, words, side
        self._filters = filters()

    def vectors(self, question: Question, share: str = "all") -> Keys:
        """Search by meaning."""
        return self._vectors.nearest(question.vector, POOL, self._filters[share]).keys

    def words(self, question: Question, share: str = "all") -> Keys:
        """Search by words."""
        return self._words.nearest(question.text, POOL, self._filters[share]).keys

    def both(self, question: Question) -> None:
        """Search by both at once."""
        words = self._side.submit(self.words, question)
        self.vectors(question)
        words.result()


def searched(folder: Path, passages: int, questions: Sequence[Question], best: dict[str, Keys]) -> Figures:
    """Open what was built and measure how it is searched; in a process that has done nothing else."""
    before = Memory.now()
    begun = time.perf_counter()
    views = Views(folder, passages, len(questions[0].vector))
    with ThreadPoolExecutor() as side:
        search = Search(views, side)
        search.both(questions[0])
        opening = time.perf_counter() - begun
        recall = {name: recalled(search, questions, name, keys) for name, keys in best.items()}
        times = {name: timed(one, questions) for name, one in ways(search).items()}
    return Figures(
        passages=passages,
        load=os.getloadavg()[0],
        opening=opening,
        disk=round(sum(files.size(views.folder / one) for one in ("vectors", "words")) / passages),
        memory=Memory.now().since(before, passages),
        recall=recall,
        times=times,
    )


def ways(search: Search) -> dict[str, Callable[[Question], object]]:
    """Return what is timed."""
    return {
        "vectors": search.vectors,
        "vectors, 50 %": partial(search.vectors, share="50 %"),
        "vectors, 10 %": partial(search.vectors, share="10 %"),
        "vectors, 1 %": partial(search.vectors, share="1 %"),
        "words": search.words,
        "both": search.both,
    }


def recalled(search: Search, questions: Sequence[Question], share: str, best: Keys) -> float:
    """Return which part of the ten nearest is among the first ten found."""
    found = (search.vectors(question, share)[:10] for question in questions)
    return float(np.mean([np.isin(ten, keys).mean() for ten, keys in zip(best, found, strict=True)]))


def timed(ask: Callable[[Question], object], questions: Sequence[Question]) -> Times:
    """Ask every question a few times."""
    took = []
    for question in list(questions) * (ROUNDS + 1):
        begun = time.perf_counter()
        ask(question)
        took.append(time.perf_counter() - begun)
    return Times.of(took[len(questions) :])  # the first round warms up


def opened(folder: Path, passages: int, question: Question) -> float:
    """Return how many seconds it takes until the first answer."""
    begun = time.perf_counter()
    with ThreadPoolExecutor() as side:
        Search(Views(folder, passages, len(question.vector)), side).both(question)
    return time.perf_counter() - begun


def measured(folder: Path, passages: int, news: News, questions: Sequence[Question]) -> Figures:
    """Build and measure one size."""
    views = Views(folder, passages, len(questions[0].vector))
    views.build(lambda: news.changes(passages))
    best = true_best(news, passages, questions)
    views.forget()
    with fresh_process() as process:
        cold = process.submit(opened, folder, passages, questions[0]).result()
    with fresh_process() as process:
        found = process.submit(searched, folder, passages, questions, best).result()
    return replace(found, opening_cold=cold)


def fresh_process() -> ProcessPoolExecutor:
    """Return a process that shares nothing with this one."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
