"""One writer at a time, over all processes."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout

from indexer.embedded.files import explained
from indexer.errors import IndexLocked


@contextmanager
def exclusive(folder: Path, wait: float) -> Iterator[None]:
    """Hold the write lock of ``folder``; raises IndexLocked, naming the holder, after ``wait`` seconds.

    Whoever waits for it holds the place of the next one: so one who writes again and again keeps nobody out. The
    operating system frees both when their process ends, however it ends. Raises NotPermitted.
    """
    holder, deadline = folder / "writer.json", monotonic() + wait
    lock = FileLock(folder / "writer.lock")
    try:
        with explained(folder / "writer.lock"), FileLock(folder / "next.lock").acquire(timeout=wait):
            lock.acquire(timeout=max(0, deadline - monotonic()))
    except Timeout:
        raise IndexLocked(
            f"The index in {folder} is being written by {describe(holder)}. Try again when that is done."
        ) from None
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(OSError):  # on a full disk the lock holds all the same, without a name
            holder.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        yield
    finally:
        lock.release()


def describe(holder: Path) -> str:
    """Say who wrote ``holder``; it may be half written, or gone."""
    try:
        facts = json.loads(holder.read_text())
        return f"process {facts['pid']} on {facts['host']} since {facts['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Try to be the only one, over all processes, that holds ``path``, and yield whether that is so.

    Raises NotPermitted.
    """
    lock = FileLock(path)
    try:
        with explained(path):
            lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
