"""Writing to the index beside the searches: one thread a process, what cannot wait first, then jobs, batch by batch.

That thread has a low priority, where threads have one: most of what it does is embedding, beside the searches.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from math import ceil
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

import numpy as np

from indexer import (
    Chunking,
    DatelineError,
    Delivery,
    Embedder,
    Indexing,
    Job,
    Load,
    Model,
    NotFound,
    Outcome,
    Report,
    Vector,
    Vectors,
    give_way_in_thread,
)
from service.running import NotReady, Running

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks for jobs that another process took in and could not finish."""
RETRY_AFTER = 5.0
"""Seconds after which a job that could not go on is tried again."""
ATTEMPTS = 3
"""How often a job is tried that fails for no known reason."""
FEW = 64
"""Passages that a job embeds between two looks whether it should stop."""
FIRST_GUESS = 5.0
"""Articles a second, until it has been measured."""
LONGEST_WAIT = 3600

Work = Callable[[Indexing], Outcome]


class Stopped(Exception):
    """The service is being stopped, so a job is left; it is taken up at the next start."""


@dataclass(frozen=True, slots=True)
class Interruptible:
    """An embedder that looks now and then whether it should stop."""

    embedder: Embedder
    stop: Event

    @property
    def model(self) -> Model:
        """Which model this is."""
        return self.embedder.model

    def embed_query(self, text: str) -> Vector:
        """Embed a text as a question about passages."""
        return self.embedder.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as passages; raises Stopped."""
        parts = []
        for start in range(0, max(1, len(texts)), FEW):
            if self.stop.is_set():
                raise Stopped
            parts.append(self.embedder.embed_passages(texts[start : start + FEW]))
        return np.concatenate(parts)


class Writing:
    """Carries out what is handed in. ``begin`` is for what is answered at once, ``keep`` for what may wait."""

    def __init__(self, running: Running, most: Load) -> None:
        self._running = running
        self._most = most
        self._turns: SimpleQueue[tuple[Future[Outcome], Work] | None] = SimpleQueue()
        self._leaving = Event()
        self._rate = FIRST_GUESS
        self._faults: Counter[int] = Counter()
        self._thread = Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to carry out what waits."""
        self._thread.start()

    def stop(self, wait: float) -> None:
        """Leave jobs as they are, and stop once what is being written is whole; waits for that so many seconds."""
        self._leaving.set()
        self._turns.put(None)
        self._thread.join(wait)

    @property
    def shown(self) -> int:
        """The sequence number at which answers of this process stand."""
        return self._running.searcher.index.snapshot().sequence_number

    def begin(self, work: Work) -> Future[Outcome]:
        """Have ``work`` done next; the future can be cancelled until it has begun."""
        future: Future[Outcome] = Future()
        self._turns.put((future, work))
        return future

    def keep(self, job_id: str, delivery: Delivery, articles: int) -> Job:
        """Store a delivery to be carried out later, durable on return; raises InboxFull."""
        job = self._running.searcher.index.inbox.put(job_id, delivery, articles, self._most)
        self._turns.put(None)  # wakes the thread
        return job

    def job(self, job_id: str) -> Job:
        """Return a job; raises NotFound."""
        found = self._running.searcher.index.inbox.job(job_id)
        if found is None:
            raise NotFound(f"There is no job {job_id!r}; finished ones are forgotten after some days.")
        return found

    def seconds(self, articles: int) -> int:
        """Return how long ``articles`` will take, by what was measured last."""
        return max(1, min(LONGEST_WAIT, ceil(articles / self._rate)))

    def _run(self) -> None:
        give_way_in_thread()
        with closing(self._jobs()) as jobs:
            busy = False
            while not self._leaving.is_set():
                try:
                    turn = self._turns.get(block=not busy, timeout=LOOK_EVERY)
                except Empty:
                    turn = None
                if turn:
                    self._do(*turn)
                else:
                    busy = next(jobs)
        while not self._turns.empty():
            if (turn := self._turns.get()) and turn[0].set_running_or_notify_cancel():
                turn[0].set_exception(NotReady("This service is being stopped; try again when it is back."))

    def _do(self, future: Future[Outcome], work: Work) -> None:
        """Do what somebody waits for."""
        if not future.set_running_or_notify_cancel():
            return
        try:
            searcher = self._running.searcher
            started = monotonic()
            outcome = work(Indexing(searcher.index, searcher.embedder, Chunking()))
            self._measure(count(outcome.report), monotonic() - started)
            searcher.index.refresh()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(outcome)

    def _jobs(self) -> Generator[bool]:
        """Work off what waits, one batch a step; yields whether there is more to do."""
        while True:
            try:
                inbox = self._running.searcher.index.inbox
                with inbox.take() as taken:
                    if taken:
                        yield from self._carry_out(*taken)
                yield taken is not None
            except (NotReady, Stopped):
                yield False
            except DatelineError as error:  # a full disk, for one: it may pass
                log.warning("A job cannot go on, and is tried again: %s", error)
                yield from self._rest()
            except Exception:
                log.exception("A job failed.")
                yield from self._rest()

    def _carry_out(self, job: Job, delivery: Delivery) -> Iterator[bool]:
        searcher = self._running.searcher
        indexing = Indexing(searcher.index, Interruptible(searcher.embedder, self._leaving), Chunking())
        outcome, started = Outcome(Report(), searcher.index.store.sequence_number()), monotonic()
        try:
            for so_far in indexing.in_turns(job, delivery):
                self._measure(count(so_far.report) - count(outcome.report), monotonic() - started)
                outcome = so_far
                yield True
                started = monotonic()
        except (DatelineError, Stopped):
            raise
        except Exception as error:
            self._faults[job.number] += 1
            if self._faults[job.number] < ATTEMPTS:
                raise
            log.exception("Job %s failed %s times and is given up; the index keeps what was sent.", job.id, ATTEMPTS)
            fault = f"A fault in Dateline ({type(error).__name__}); the log of the service says more."
            outcome = Outcome(outcome.report, outcome.sequence_number, fault)
        searcher.index.refresh()
        searcher.index.inbox.finish(job, outcome)

    def _rest(self) -> Iterator[bool]:
        """Do nothing for some time; others get their turns."""
        end = monotonic() + RETRY_AFTER
        while monotonic() < end:
            yield False

    def _measure(self, articles: int, took: float) -> None:
        if articles and took:
            self._rate = 0.7 * self._rate + 0.3 * articles / took


def count(report: Report) -> int:
    """Return of how many articles ``report`` tells."""
    return report.added + report.updated + report.unchanged + report.removed + len(report.rejected)
