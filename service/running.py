"""A searcher that comes up beside the running service and then follows the index."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic, sleep

from indexer import DatelineError, Index
from service.search import Searcher

log = logging.getLogger(__name__)

OPEN_EVERY = 5.0
"""Seconds between two attempts to open the index."""
OPENS_WITHIN = 60.0
"""Seconds that a caller who can wait is kept waiting for the searcher."""
LOOK_EVERY = 0.2
"""Seconds between two looks at the log of the index."""
ENDS_WITHIN = 5.0
"""Seconds to wait for the end of what is being opened."""
USUAL_TURN, SHORT_TURN = sys.getswitchinterval(), 0.0005
"""Seconds for which a thread may keep others waiting, and at first, when only a start is to be as short as can be."""
MEND_AFTER = 10
"""Looks after which an index that stays behind its log is taken to have lost its writer."""


class NotReady(DatelineError):
    """The service is alive but cannot answer yet."""


class Running:
    """Opens a searcher in a thread of its own, so that the service is alive at once, and keeps its index fresh."""

    def __init__(self, open_searcher: Callable[[], Searcher]) -> None:
        self._open = open_searcher
        self._searcher: Searcher | None = None
        self._failure = ""
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="index follower", daemon=True)

    @property
    def searcher(self) -> Searcher:
        """The searcher; raises NotReady until it is open."""
        if self._searcher is None:
            raise NotReady(self._failure or "The model and the index are being loaded; try again in a moment.")
        return self._searcher

    def wait(self) -> Searcher:
        """Return the searcher as soon as it is open; raises NotReady where that fails or takes too long."""
        deadline = monotonic() + OPENS_WITHIN
        while self._searcher is None and not self._failure and monotonic() < deadline:
            sleep(LOOK_EVERY)
        return self.searcher

    def start(self) -> None:
        """Begin to open the searcher, unless that has begun."""
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> bool:
        """Stop following the index, and return whether that is so: what is still being opened may take longer."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(ENDS_WITHIN)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with short_turns():
            while self._searcher is None and not self._stopping.is_set():
                self._try_to_open()
        late = 0
        while self._searcher is not None and not self._stopping.wait(LOOK_EVERY):
            if self._moved(self._searcher.index):
                self._try_to_open()  # with the other model; the old searcher answers until the new one is there
                continue
            late = late + 1 if self._behind(self._searcher.index) else 0
            if late >= MEND_AFTER:
                late = 0
                self._mend(self._searcher.index)

    def _try_to_open(self) -> None:
        try:
            self._searcher = self._open()
        except Exception as error:  # whatever it is may pass: a writer at work, a full disk
            self._failure = str(error)
            log.exception("The index cannot be opened; trying again in %s seconds.", OPEN_EVERY)
            self._stopping.wait(OPEN_EVERY)

    def _moved(self, index: Index) -> bool:
        try:
            return index.store.moved()
        except Exception:  # the next look will tell
            log.exception("The index cannot be read.")
            return False

    def _behind(self, index: Index) -> bool:
        try:
            index.refresh()
            return index.behind() > 0
        except Exception:  # answers go on from the state before
            log.exception("The index has changed but cannot be read.")
            return True

    def _mend(self, index: Index) -> None:
        """Do what a writer that died left undone."""
        try:
            index.open(wait=0)
        except Exception:  # a writer is at work, or whatever stopped the last one is still there
            log.exception("The index is behind its log.")


@contextmanager
def short_turns() -> Iterator[None]:
    """Have threads take shorter turns: one that opens files waits for its turn after each, beside one that imports."""
    sys.setswitchinterval(SHORT_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(USUAL_TURN)
