"""What a file holds, read only while it stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from indexer import sources
from indexer.sources.reading import suffix_of
from indexer.types import Arrival, Rejected
from indexer.watching.scanning import Found, Stamp

HELD = 4 * 2**20
"""Bytes of a file up to which its articles are held in memory; a larger one is read twice instead."""


class Unsettled(Exception):
    """A file changed, or went, while it was read."""


def sha256_of(found: Found) -> str:
    """Return the SHA-256 of a file. Raises Unsettled, and OSError where it cannot be read."""
    with Path(found.path).open("rb") as file:
        told = hashlib.file_digest(file, "sha256").hexdigest()
    check(found)
    return told


def check(found: Found) -> None:
    """Raise Unsettled if a file is no longer as it was found."""
    try:
        now = Stamp.of(Path(found.path).stat())
    except FileNotFoundError:
        raise Unsettled from None
    if now != found.stamp:
        raise Unsettled


@dataclass(slots=True)
class Contents:
    """The articles of one file, and what is not one.

    ``ids`` are the articles', ``whole`` says whether nothing in the file was rejected. Both are known from the start,
    so that what is going to be in the index can be noted before it is.
    """

    found: Found
    known_as: str
    ids: dict[str, None] = field(default_factory=dict)
    whole: bool = True
    _held: list[Arrival | Rejected] | None = None

    @classmethod
    def of(cls, found: Found, known_as: str) -> Contents:
        """Read a file. Raises Unsettled."""
        contents = cls(found, known_as)
        if found.stamp.size <= HELD:
            contents._held = list(contents._read())
        else:
            for _ in contents._read():
                pass
        check(found)
        return contents

    def each(self, go_on: Callable[[], bool]) -> Iterator[Arrival | Rejected]:
        """Yield what is in the file for as long as ``go_on``. Raises Unsettled at the end if it changed meanwhile."""
        for item in self._read() if self._held is None else self._held:
            if not go_on():
                return
            yield item
        if self._held is None:
            check(self.found)

    def _read(self) -> Iterator[Arrival | Rejected]:
        path = Path(self.found.path)
        named = sources.Input(sources.printable(path), path, suffix_of(path.name), self.found.stamp.size, self.known_as)
        for item in sources.read(named):
            if isinstance(item, Arrival):
                self.ids[item.article.id] = None
            else:
                self.whole = False
            yield item
