"""Folders that are there whole or not at all, and are made again when they are damaged."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

logger = logging.getLogger(__name__)

Made = TypeVar("Made")


def default_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Where compiled models are kept unless told otherwise: the user's cache folder."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "dateline")


def read_or_make(
    folder: Path, read: Callable[[Path], Made], make: Callable[[], Made], write: Callable[[Made, Path], None]
) -> Made:
    """Read what ``folder`` keeps; where that fails make it, and keep it there if the disk allows."""
    if folder.is_dir():
        try:
            return read(folder)
        except Exception as error:  # whatever is wrong with a cache, making it again mends it
            logger.warning("%s is damaged and is made again: %s", folder, error)
    return make_and_keep(folder, make, write)


def make_and_keep(folder: Path, make: Callable[[], Made], write: Callable[[Made, Path], None]) -> Made:
    """Make what ``folder`` is to keep in place of what is there, and keep it if the disk allows."""
    made = make()
    try:
        _publish(folder, lambda draft: write(made, draft))
    except (OSError, RuntimeError) as error:  # openvino reports an unwritable disk as RuntimeError
        logger.warning("%s cannot be kept, so the next start will be as slow as this one: %s", folder, error)
    return made


def _publish(folder: Path, write: Callable[[Path], None]) -> None:
    """Write a folder aside, then put it in place in one step: readers see the old one, none, or the new one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder.parent) as aside:
        draft = Path(aside, "draft")
        draft.mkdir()
        write(draft)
        with suppress(FileNotFoundError):
            folder.rename(Path(aside, "replaced"))
        draft.rename(folder)
