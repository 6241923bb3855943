"""Doing things in processes of their own, which cost little: they are forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

FORK = multiprocessing.get_context("fork")

PATIENCE = 120.0
"""Seconds after which a process is taken to hang."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: with a ``value``, with an ``error``, or ``killed``."""

    value: Any = None
    error: str | None = None
    killed: bool = False


def run(task: Callable[..., Any], *arguments: object, kill_after: float | None = None) -> Ended:
    """Do ``task`` in a new process, kill it after so many seconds if that is asked for, and say how it ended."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=answer, args=(theirs, task, arguments))
    process.start()
    theirs.close()
    try:
        ours.recv()  # it has begun
        if not ours.poll(PATIENCE if kill_after is None else kill_after):
            process.kill()
            return Ended(killed=True) if kill_after is not None else Ended(error=f"hung for {PATIENCE:.0f} s")
        return ours.recv()  # type: ignore[no-any-return]
    except EOFError:
        return Ended(killed=True)
    finally:
        process.join()
        ours.close()


def answer(pipe: Connection, task: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    """Be that process."""
    pipe.send("begun")
    try:
        ended = Ended(task(*arguments))
    except Exception:  # whatever goes wrong there is to be told here
        ended = Ended(error=traceback.format_exc(limit=-1).strip())
    pipe.send(ended)


def seconds(task: Callable[..., Any], *arguments: object) -> float:
    """Return how long ``task`` takes in a new process, from its begin to its end."""
    return float(run(timed, task, arguments).value)


def timed(task: Callable[..., Any], arguments: tuple[object, ...]) -> float:
    """Do ``task`` and return how long it took."""
    start = time.perf_counter()
    task(*arguments)
    return time.perf_counter() - start
