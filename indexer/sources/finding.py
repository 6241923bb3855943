"""The paths a person names become inputs: files, folders, patterns and standard input.

- A folder gives every file below it in a known format, in the order of their names. Hidden files and folders are
  passed over, links to folders are not followed, and ``README*`` and ``LICENSE*`` are about the articles, not among
  them. The folder of an index is left out with all that is in it.
- A pattern gives what it matches, by the same rule. A path that exists is never taken for a pattern.
- ``-`` is standard input, in whatever format its content shows.
- A file that is named is read or rejected, whatever it is called.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.sources.reading import READERS, is_about_articles, suffix_of
from indexer.sources.source import Input
from indexer.types import Rejected

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found: each input once, the paths that cannot be read, and what was passed over.

    ``skipped`` are the files in folders that are no articles, ``indexes`` the folders of indexes.
    """

    inputs: tuple[Input, ...]
    rejected: tuple[Rejected, ...] = ()
    skipped: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes on the disk of all inputs together."""
        return sum(item.size for item in self.inputs)


def find(paths: Sequence[str]) -> Findings:
    """Find the inputs that ``paths`` name, in their order; a file reached twice is found once."""
    inputs: dict[str, Input] = {}
    rejected: list[Rejected] = []
    skipped: dict[str, None] = {}
    indexes: dict[str, None] = {}
    for item in (found for path in paths for found in _expand(path)):
        match item:
            case Input():
                inputs.setdefault(item.identity, item)
            case Rejected():
                rejected.append(item)
            case Path():
                (indexes if item.is_dir() else skipped)[printable(item)] = None
    return Findings(tuple(inputs.values()), tuple(rejected), tuple(skipped), tuple(indexes))


def is_index(names: Collection[str]) -> bool:
    """Whether a folder that holds these ``names`` is that of an index, whose files are no articles."""
    return "articles.db" in names and any(name.startswith(("vectors-", "words-", "writer.")) for name in names)


def printable(path: Path | str) -> str:
    """``path`` as text that can always be written out, also where its bytes are no text."""
    return os.fsencode(path).decode("utf-8", "replace")


def _expand(name: str) -> Iterator[Input | Rejected | Path]:
    """Yield what one path stands for; a bare path is a file to skip, or the folder of an index."""
    path = Path(name)
    if name == STANDARD_INPUT:
        yield Input(STANDARD_INPUT)
    elif os.path.lexists(name):
        yield from _below(path) if path.is_dir() else (_named(path),)
    elif any(mark in name for mark in "*?["):
        yield from _matching(path)
    else:
        address = "; of addresses, only those that begin with http:// or https:// are fetched" if ":/" in name else ""
        yield Rejected(printable(name), f"there is no such file or folder{address}")


def _named(path: Path) -> Input | Rejected:
    """The file at ``path``, which must be one that can be read."""
    origin = printable(path)
    suffix = suffix_of(path.name)
    try:
        status = path.stat()
    except OSError as error:
        return Rejected(origin, f"cannot be read: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return Rejected(origin, "is neither a file nor a folder; pipe it to - instead")
    if suffix is None:
        return Rejected(
            origin, f"unknown format; known are {', '.join(sorted(READERS))}, each also with .gz, .bz2 or .xz"
        )
    return Input(origin, path, suffix, status.st_size)


def _below(folder: Path) -> Iterator[Input | Rejected | Path]:
    """Yield the files of ``folder`` and of the folders in it, sorted."""
    unreadable: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=unreadable.append):
        if is_index(folders + files):
            folders.clear()
            yield Path(here)
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield _among_others(Path(here, name))
    for error in unreadable:
        yield Rejected(printable(error.filename), f"cannot be read: {error.strerror}")


def _matching(pattern: Path) -> Iterator[Input | Rejected | Path]:
    """Yield the files that ``pattern`` matches and those in the folders it matches, sorted."""
    origin = printable(pattern)
    try:
        paths = sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
    except (OSError, ValueError, NotImplementedError) as error:
        yield Rejected(origin, f"cannot be used as a pattern: {error}")
        return
    visible = [path for path in paths if not _hidden_below(pattern, path)]
    if not visible:
        yield Rejected(origin, "no file matches")
    for path in visible:
        yield from _below(path) if path.is_dir() else (_among_others(path),)


def _hidden_below(pattern: Path, path: Path) -> bool:
    """Whether ``path`` or a folder on the way to it is hidden and not itself named by ``pattern``."""
    return any(part.startswith(".") and part not in pattern.parts for part in path.parts)


def _among_others(path: Path) -> Input | Rejected | Path:
    """A file nobody named by itself: an input if it can be an article, else a path to skip."""
    if suffix_of(path.name) is None or is_about_articles(path.name):
        return path
    return _named(path)
