"""Files that a crash leaves whole, old or new, and that tell when they were damaged."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from indexer.errors import DamagedView, NotPermitted, StorageFull

FULL = (errno.ENOSPC, errno.EDQUOT)
"""A disk without room, and a quota that is used up."""
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
"""A file or folder of another user, and a file system that may only be read."""


def full(path: Path) -> StorageFull:
    """Return the error that says that ``path`` cannot grow."""
    return StorageFull(f"No room is left on the disk of {path.parent}: free some space, and do the same again.")


def refused(path: Path, reason: str) -> NotPermitted:
    """Return the error that says that ``path`` may not be read, or not be written."""
    return NotPermitted(
        f"{path}: {reason}. To search, a user must be able to read all there is in {path.parent}; to do anything else,"
        " also to write there."
    )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say in Dateline's words why ``path`` cannot be used. Raises StorageFull, NotPermitted."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise full(path) from error
        raise refused(path, os.strerror(error.errno)) if error.errno in REFUSED else error from error


def is_full(folder: Path, error: Exception | None = None) -> bool:
    """Return whether the disk of ``folder`` has too little room for anything, or ``error`` says so."""
    return f"(os error {errno.ENOSPC})" in str(error) or shutil.disk_usage(folder).free < 1_000_000


def write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write ``path`` in one step, durable on return; ``fill`` writes the content. Raises StorageFull, NotPermitted."""
    draft = path.with_name(f".{path.name}.draft")
    with explained(path):
        try:
            with draft.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder unless it is there. Raises StorageFull, NotPermitted."""
    with explained(path):
        path.mkdir(parents=True, exist_ok=True)


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401 (whatever JSON can hold)
    """Write ``content`` as one line of JSON and a second line that vouches for it."""
    line = json.dumps(content).encode()
    write(path, lambda file: file.write(line + b"\n%08x\n" % zlib.crc32(line)))


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Read what ``write_json`` wrote; raises DamagedView."""
    try:
        line, checksum, _ = path.read_bytes().split(b"\n")
    except (OSError, ValueError):
        raise DamagedView(f"{path} cannot be read.") from None
    if b"%08x" % zlib.crc32(line) != checksum:
        raise DamagedView(f"{path} is damaged: its checksum does not match.")
    return json.loads(line)


def checksum(path: Path, size: int) -> int:
    """Return the CRC-32 of the first ``size`` bytes of a file, without ever holding much of it."""
    found = 0
    with path.open("rb") as file:
        while part := file.read(min(size, 1 << 20)):
            found, size = zlib.crc32(part, found), size - len(part)
    return found


def identity(path: Path) -> tuple[int, int] | None:
    """Return what differs once another file stands in the place of this one; None where there is none."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; whatever vanishes meanwhile has none."""
    total = 0
    for one in (path, *path.rglob("*")):
        with suppress(OSError):
            total += one.stat().st_size if one.is_file() else 0
    return total


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable. Systems that cannot open a folder do this by themselves."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
