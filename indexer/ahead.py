"""Doing several things of a chain at once, each item as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

LEAVES_WITHIN = 1.0
"""Seconds to wait, when nobody wants the next item any more, for the thread that makes it."""


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield ``items`` as soon as they are there; a thread of its own makes the next one meanwhile, and only that.

    What making an item raises is raised in its place, after all that came before it.
    """
    source, wanted, made = iter(items), SimpleQueue[bool](), SimpleQueue[Future[Item]]()

    def work() -> None:
        while wanted.get():
            coming = Future[Item]()
            try:
                coming.set_result(next(source))
            except BaseException as error:  # whatever it is, it belongs to whoever asked
                coming.set_exception(error)
            made.put(coming)

    worker = Thread(target=work, name="ahead", daemon=True)  # as what it waits for may never come
    worker.start()
    wanted.put(True)
    try:
        while True:
            coming = made.get()
            wanted.put(True)
            try:
                item = coming.result()
            except StopIteration:
                return
            yield item
    finally:
        wanted.put(False)
        worker.join(LEAVES_WITHIN)


def behind(use: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what ``use`` makes of each item, in a thread of its own while the next item is being made here.

    What has been begun is finished, also where making the next item raises.
    """
    with ThreadPoolExecutor(1, "behind") as side:
        using: Future[Result] | None = None
        for item in items:
            if using:
                yield using.result()
            using = side.submit(use, item)
        if using:
            yield using.result()
