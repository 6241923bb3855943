"""Stopping what runs on and on, at a moment that suits it."""

from __future__ import annotations

import signal
import time
from types import FrameType

STEP = 0.1


class Stop:
    """A wish to stop, which signals may set at any moment.

    Not a ``threading.Event``: to set one in a signal handler can lock up the very thread that waits for it.
    """

    def __init__(self) -> None:
        self._wished = False

    def set(self) -> None:
        """Wish it."""
        self._wished = True

    def is_set(self) -> bool:
        """Return whether it is wished."""
        return self._wished

    def wait(self, seconds: float) -> None:
        """Sleep for so long, or until it is wished."""
        until = time.monotonic() + seconds
        while not self._wished and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, STEP))


def on_signals() -> Stop:
    """Return a wish to stop that SIGTERM and SIGINT set; the second of them ends the process at once."""
    stop = Stop()

    def handle(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return stop
