"""What watched folders hold at one moment, by the rules by which ``add`` reads a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.sources import is_index
from indexer.sources.reading import is_about_articles, suffix_of

UNFINISHED = frozenset(("tmp", "temp", "part", "partial", "filepart", "download", "crdownload", "swp", "bak"))
"""What stands in the name of a file that a download or an editor has not finished, before the suffix of its format."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file may have changed without opening it."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """Note ``status``."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may hold articles."""

    path: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Scan:
    """The files in some folders by their names; in the same way what could not be looked into, with the reason."""

    folders: tuple[str, ...]
    files: Mapping[str, Found]
    closed: Mapping[str, str]

    def lacks(self, name: str) -> bool:
        """Return whether there was such a file in these folders and is none now, for certain."""
        if name in self.files or not any(within(name, name_of(folder)) for folder in self.folders):
            return False
        return not any(within(name, folder) for folder in self.closed)


def name_of(path: str) -> str:
    """``path`` as a text that can be stored, also where its bytes are no text; another path has another name."""
    return path.encode("utf-8", "backslashreplace").decode()


def within(name: str, folder: str) -> bool:
    """Return whether ``name`` is ``folder`` or lies in it."""
    return name == folder or name.startswith(folder.rstrip(os.sep) + os.sep)


def may_hold_articles(name: str) -> bool:
    """Return whether a file of this name is in a known format, and neither hidden nor temporary."""
    if name.startswith((".", "~", "#")) or is_about_articles(name) or suffix_of(name) is None:
        return False
    return UNFINISHED.isdisjoint(name.lower().split(".")[1:])


def scan(folders: Sequence[str]) -> Scan:
    """Look through ``folders``, real paths, and all folders in them but hidden ones, links and those of indexes."""
    files: dict[str, Found] = {}
    closed: dict[str, str] = {}
    for folder in folders:
        for found in _below(folder, closed):
            files[name_of(found.path)] = found
    return Scan(tuple(folders), files, closed)


def _below(folder: str, closed: dict[str, str]) -> Iterator[Found]:
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        entries = _entries(here, here == folder, closed)
        if is_index([entry.name for entry in entries]):
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    waiting.append(entry.path)
            elif may_hold_articles(entry.name):
                yield from _stamped(entry, closed)


def _entries(folder: str, named: bool, closed: dict[str, str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        if named:  # any other may go at any time
            closed[name_of(folder)] = "there is no such folder"
    except OSError as error:
        closed[name_of(folder)] = f"cannot be looked into: {error.strerror}"
    return []


def _stamped(entry: os.DirEntry[str], closed: dict[str, str]) -> Iterator[Found]:
    try:
        if entry.is_file():
            yield Found(entry.path, Stamp.of(entry.stat()))
    except FileNotFoundError:
        return
    except OSError as error:
        closed[name_of(entry.path)] = f"cannot be read: {error.strerror}"
