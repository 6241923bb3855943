"""What tantivy's files say of themselves, read without it: checksums, and how much in them is dead."""

from __future__ import annotations

import json
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

from indexer.embedded import files
from indexer.errors import DamagedView

FOOTER = struct.Struct("<II")
MAGIC = 1337
"""How every file of tantivy ends: a JSON object with the CRC-32 of what stands before it, its length, this number."""

LOCK = ".tantivy-meta.lock"


def verify(folder: Path) -> None:
    """Check every segment file against the checksum in its footer; raises DamagedView."""
    try:
        names = [segment["segment_id"].replace("-", "") for segment in segments(folder)]
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedView(f"{folder / 'meta.json'} is damaged.") from error
    for name in names:
        paths = list(folder.glob(f"{name}.*"))
        if not paths or not all(is_whole(path) for path in paths):
            raise DamagedView(f"A file of the word segment {name} in {folder} is missing or damaged.")


def can_lock(folder: Path) -> bool:
    """Return whether the lock file can be made, or opened, that tantivy wants from readers too."""
    lock = folder / LOCK
    return os.access(lock if lock.exists() else folder, os.W_OK)


def open_to_readers(folder: Path) -> None:
    """Let who may look into ``folder`` read those files of tantivy's that it makes for its own user alone."""
    mode = folder.stat().st_mode & 0o666
    for name in ("meta.json", ".managed.json"):
        with suppress(PermissionError):  # another user wrote it
            (folder / name).chmod(mode)


def has_dead(folder: Path) -> bool:
    """Return whether there are texts that were taken out and still take up room; raises DamagedView."""
    return any(segment["deletes"] for segment in segments(folder))


def segments(folder: Path) -> list[Any]:
    """Return what the last commit says of its segments; raises DamagedView."""
    path = folder / "meta.json"
    try:
        return list(json.loads(path.read_bytes())["segments"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedView(f"{path} is damaged.") from error


def is_whole(path: Path) -> bool:
    """Return whether a file of tantivy is there and matches the checksum in its footer."""
    try:
        with path.open("rb") as file:
            end = file.seek(-FOOTER.size, os.SEEK_END)
            length, magic = FOOTER.unpack(file.read())
            body = file.seek(end - length)
            footer = file.read(length)
        return bool(magic == MAGIC and json.loads(footer)["crc"] == files.checksum(path, body))
    except (OSError, struct.error, ValueError, KeyError, TypeError):
        return False
