"""A searcher that comes up beside the running service and then follows the index."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from indexer import DatelineError
from service.problems import NotReady
from service.search import Searcher

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2
"""Seconds between two looks at the log of the index."""
MEND_AFTER = 10
"""Looks after which an index that stays behind its log is taken to have lost its writer."""


class Running:
    """Opens a searcher in a thread of its own, so that the service is alive at once, and keeps its index fresh."""

    def __init__(self, open_searcher: Callable[[], Searcher]) -> None:
        self._open = open_searcher
        self._searcher: Searcher | None = None
        self._failure: DatelineError | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="index follower", daemon=True)

    @property
    def searcher(self) -> Searcher:
        """The searcher; raises NotReady until it is open."""
        if self._searcher is None:
            raise NotReady(str(self._failure or "The model and the index are being loaded; try again in a moment."))
        return self._searcher

    def start(self) -> None:
        """Begin to open the searcher."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following the index."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            searcher = self._open()
        except DatelineError as error:
            self._failure = error
            log.error("%s", error)
            return
        self._searcher = searcher
        late = 0
        while not self._stopping.wait(LOOK_EVERY):
            late = late + 1 if self._behind(searcher) else 0
            if late >= MEND_AFTER:
                late = 0
                self._mend(searcher)

    def _behind(self, searcher: Searcher) -> bool:
        try:
            searcher.index.refresh()
            return searcher.index.behind() > 0
        except DatelineError as error:  # answers go on from the state before
            log.warning("%s", error)
            return True

    def _mend(self, searcher: Searcher) -> None:
        """Do what a writer that died left undone."""
        try:
            searcher.index.open(wait=0)
        except DatelineError as error:
            log.warning("%s", error)
