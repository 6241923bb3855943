"""Files that a crash leaves whole, old or new, and that tell when they were damaged."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from indexer.errors import DamagedView, StorageFull

FULL = (errno.ENOSPC, errno.EDQUOT)
"""A disk without room, and a quota that is used up."""


def full(path: Path) -> StorageFull:
    """Return the error that says that ``path`` cannot grow."""
    return StorageFull(
        f"No room is left on the disk of {path}. Whatever was not acknowledged is not kept; free some space and run the"
        " same command again: what is already in the index is skipped."
    )


def is_full(folder: Path, error: Exception | None = None) -> bool:
    """Return whether the disk of ``folder`` has too little room for anything, or ``error`` says so."""
    return f"(os error {errno.ENOSPC})" in str(error) or shutil.disk_usage(folder).free < 1_000_000


def write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write ``path`` in one step, durable on return; ``fill`` writes the content. Raises StorageFull."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise full(path) if error.errno in FULL else error from error
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder unless it is there. Raises StorageFull."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise full(path) if error.errno in FULL else error from error


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
