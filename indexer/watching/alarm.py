"""Being told that something happens in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic

from watchfiles import Change, watch

from indexer.stopping import Stop

TICK = 1.0
"""Seconds after which a watcher is given a turn although nothing happened."""

RENEWAL = 60.0
"""Seconds after which the system is asked anew, for a folder may have been replaced or mounted meanwhile."""


def ticks(folders: Sequence[str], wanted: Callable[[str], bool], stop: Stop, poll: float | None) -> Iterator[bool]:
    """Yield True when it is time to look, and False about every second besides, until ``stop``.

    It is time when something happens to a path that is ``wanted``, every minute at the latest, and every ``poll``
    seconds instead of all this where that is given, for network drives, on which the system notices nothing.
    """
    while not stop.is_set():
        yield True
        if poll is not None:
            yield from _silence(stop, poll)
            continue
        begun = monotonic()
        try:
            yield from _told(folders, wanted, stop)
        except (OSError, RuntimeError):  # a folder is not there, or the system watches enough already
            yield from _silence(stop, RENEWAL - (monotonic() - begun))


def _told(folders: Sequence[str], wanted: Callable[[str], bool], stop: Stop) -> Iterator[bool]:
    def admits(_: Change, path: str) -> bool:
        return wanted(path)

    until = monotonic() + RENEWAL
    there = [folder for folder in folders if Path(folder).is_dir()]
    for changes in watch(
        *there,
        watch_filter=admits,
        stop_event=stop,
        debounce=400,
        rust_timeout=int(TICK * 1000),
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    ):
        yield bool(changes)
        if monotonic() >= until:
            return


def _silence(stop: Stop, seconds: float) -> Iterator[bool]:
    until = monotonic() + seconds
    while not stop.is_set() and (left := until - monotonic()) > 0:
        stop.wait(min(left, TICK))
        yield False
