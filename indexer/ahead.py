"""Working ahead: the next item is made while the last one is being used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")


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

    # A daemon, as what it waits for may never come: nobody has to wait for it when the program ends.
    Thread(target=work, name="ahead", daemon=True).start()
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
