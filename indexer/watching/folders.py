"""The folders that are watched, and when what they hold can be believed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from indexer.engine import Store
from indexer.errors import BadInput
from indexer.watching.scanning import Scan, name_of, scan, within

KIND = "watched folder"

_MISSING = "there is no such folder; make it first, or mount it"
_UNMOUNTED = (
    "is empty, and is not the folder that was watched before: is its drive not mounted? Nothing of it is removed."
    " If it is meant to be empty, put any file into it"
)


class Folders:
    """Some folders to watch, by their real paths; ``index``, the folder of the index, is none of them."""

    def __init__(self, folders: Sequence[Path], index: Path) -> None:
        self.paths = tuple(dict.fromkeys(os.path.realpath(folder) for folder in folders))
        self._index = os.path.realpath(index)
        for folder in self.paths:
            if not Path(folder).is_dir():
                slip = "is no folder; name the one it is in" if Path(folder).exists() else _MISSING
                raise BadInput(f"{name_of(folder)}: {slip}")
            if within(folder, self._index):
                raise BadInput(f"{name_of(folder)} lies in the folder of the index; name another one")

    def concern(self, path: str) -> bool:
        """Return whether a change to ``path`` may be one to what the folders hold."""
        return not Path(path).name.startswith(".") and not within(path, self._index)

    def look(self, store: Store) -> Scan:
        """Return what is there. A folder that seems not to be mounted counts as one that cannot be looked into.

        What a folder is known by is kept in ``store``.
        """
        found = scan(self.paths)
        known = store.bookmarks(KIND)
        now = {name_of(path): _inode(path) for path in self.paths if name_of(path) not in found.closed}
        unlike = {name: inode for name, inode in now.items() if inode and known.get(name) != inode}
        unmounted = {name: _UNMOUNTED for name in unlike if name in known and _is_empty(name, self.paths)}
        if news := {name: inode for name, inode in unlike.items() if name not in unmounted}:
            store.bookmark(KIND, news)
        return replace(found, closed={**found.closed, **unmounted})


def _inode(path: str) -> str:
    try:
        return str(Path(path).stat().st_ino)
    except OSError:
        return ""


def _is_empty(name: str, paths: Sequence[str]) -> bool:
    try:
        return not any(os.scandir(next(path for path in paths if name_of(path) == name)))
    except OSError:
        return True
