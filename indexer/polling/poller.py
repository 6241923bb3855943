"""Polling many feeds: each in its turn and none waiting for another, while one thread indexes what they bring."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, time
from typing import Protocol

from indexer.errors import BadInput, DatelineError, IncompatibleIndex
from indexer.fetching import Fetcher
from indexer.intake import Intake
from indexer.polling.asking import Polled, poll
from indexer.polling.lists import FeedLists
from indexer.polling.state import FeedState, Terms, remember, states
from indexer.sources.urls import host_of
from indexer.stopping import Stop
from indexer.types import Report

log = logging.getLogger(__name__)

WORKERS = 16
"""Feeds that are asked at the same time, and how many of one host."""

PER_HOST = 4

TURN = 0.5
"""Seconds after which it is looked again what is due."""

PAUSE = 10.0
"""Seconds between two attempts where the disk is full or the index cannot be written."""


class Teller(Protocol):
    """Is told what a poller does."""

    def done(self, report: Report, *, feed: str) -> None:
        """What a feed brought."""

    def failed(self, message: str, *, feed: str) -> None:
        """What went wrong with it."""

    def said(self, message: str, *, feed: str) -> None:
        """What else is to be known of it."""


class Poller:
    """Polls the feeds of some lists. What a feed brings is indexed before it counts as polled, so nothing is lost."""

    def __init__(
        self,
        intake: Intake,
        lists: FeedLists,
        terms: Terms,
        *,
        fetcher: Callable[[], Fetcher],
        tell: Teller,
        stop: Stop,
    ) -> None:
        self._intake = intake
        self._lists = lists
        self._terms = terms
        self._fetcher = fetcher
        self._tell = tell
        self._stop = stop
        self._feeds: tuple[str, ...] = lists.read()
        self._unlisted: set[str] = set()
        self._states = states(intake.store)
        self._asked: SimpleQueue[tuple[str, FeedState] | None] = SimpleQueue()
        self._answers: SimpleQueue[Polled] = SimpleQueue()
        self._waiting: deque[Polled] = deque()
        self._under_way: set[str] = set()
        self._resume_at = 0.0

    def run(self, *, once: bool = False) -> None:
        """Poll until it is to stop; ``once``: until every feed that is due has been polled.

        What goes wrong is told and tried again; ``once``, IndexLocked and StorageFull are raised instead, and
        IncompatibleIndex always.
        """
        for _ in range(WORKERS):  # daemons: a server that is slow to answer does not hold up the end
            Thread(target=self._work, daemon=True).start()
        try:
            self._run(once)
        finally:
            for _ in range(WORKERS):
                self._asked.put(None)

    def _run(self, once: bool) -> None:
        started = time()
        while not self._stop.is_set():
            self._read_lists()
            self._forget(once)
            self._ask(started if once else time())
            if once and not self._under_way:
                return
            self._take()
            self._index(once)

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            feed, state = asked
            try:
                with self._fetcher() as fetcher:
                    polled = poll(feed, state, fetcher, self._terms, self._known)
            except Exception as error:  # whatever a page does to a parser, its feed is to be heard of again
                log.exception("%s", feed)
                due = time() + self._terms.after_errors(state.errors + 1)
                polled = Polled(feed, replace(state, errors=state.errors + 1, due_at=due), failure=repr(error))
            self._answers.put(polled)

    def _known(self, ids: Sequence[str]) -> dict[str, str]:
        return self._intake.store.digests(ids)

    def _read_lists(self) -> None:
        """Read the lists again if they have changed; one that is broken changes nothing."""
        if not self._lists.changed():
            return
        try:
            feeds = self._lists.read()
        except BadInput as error:
            self._tell.failed(f"{error}. The list stays as it was.", feed="")
            return
        self._unlisted = self._unlisted.union(self._feeds).difference(feeds)
        self._feeds = feeds

    def _forget(self, once: bool) -> None:
        """Forget the feeds that are listed no more; one that is listed again later begins anew."""
        for feed in sorted(self._unlisted):
            if not self._done(partial(remember, self._intake.store, feed, None), feed, once):
                return
            self._states.pop(feed, None)
            self._unlisted.discard(feed)

    def _ask(self, now: float) -> None:
        """Have the feeds asked that are due, not too many at once and not too many of one host."""
        hosts = Counter(map(host_of, self._under_way))
        for feed in self._feeds:
            if len(self._under_way) >= 2 * WORKERS:
                return
            state = self._states.get(feed, FeedState())
            if feed not in self._under_way and state.due(now) and hosts[host_of(feed)] < PER_HOST:
                hosts[host_of(feed)] += 1
                self._under_way.add(feed)
                self._asked.put((feed, state))

    def _take(self) -> None:
        """Wait a moment for answers."""
        try:
            self._waiting.append(self._answers.get(timeout=TURN))
            while True:
                self._waiting.append(self._answers.get_nowait())
        except Empty:
            pass

    def _index(self, once: bool) -> None:
        """Index what has come, feed by feed."""
        while self._waiting and not self._stop.is_set():
            polled = self._waiting[0]
            if not self._done(partial(self._store, polled), polled.feed, once):
                return
            self._waiting.popleft()
            self._under_way.discard(polled.feed)

    def _done(self, write: Callable[[], None], feed: str, once: bool) -> bool:
        """Write for a feed, and return whether that is done; if it fails, nothing is written for a while."""
        if monotonic() < self._resume_at:
            return False
        try:
            write()
        except (DatelineError, OSError) as error:
            if once or isinstance(error, IncompatibleIndex):  # only a new start knows the model of that index
                raise
            self._resume_at = monotonic() + PAUSE
            self._tell.failed(f"{error} Tried again in {PAUSE:g} seconds.", feed=feed)
            return False
        return True

    def _store(self, polled: Polled) -> None:
        """Bring the articles of one feed into the index, and then remember how far it has been read."""
        report = self._intake.add(polled.found) if polled.found else Report()
        if polled.feed in self._feeds:
            state = replace(polled.state, articles=polled.state.articles + report.added)
            remember(self._intake.store, polled.feed, state)
            self._states[polled.feed] = state
        self._tell.done(report, feed=polled.feed)
        if polled.failure:
            self._tell.failed(polled.failure, feed=polled.feed)
        if polled.note:
            self._tell.said(polled.note, feed=polled.feed)
