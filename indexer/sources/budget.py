"""How much may come out of what is packed, and the copies on the disk that keep to it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from indexer.errors import BadInput
from indexer.sources.source import Source

MOST_UNPACKED = 8 * 2**30
"""Bytes that an archive may unpack to."""

MOST_MEMBERS = 1_000_000

HIGHEST_RATIO = 300
"""How many times its own size an archive may unpack to, once that is more than ``UNSUSPICIOUS``."""

UNSUSPICIOUS = 256 * 2**20


class TooMuch(BadInput):
    """More would be unpacked than is sane."""


@dataclass(slots=True)
class Budget:
    """How much more of an archive may be unpacked; ``packed`` is its size, or 0 where that is not known."""

    packed: int
    spent: int = 0
    members: int = 0

    def spend(self, count: int) -> None:
        """Note ``count`` bytes more. Raises TooMuch."""
        self.spent += count
        bomb = self.packed and self.spent > max(UNSUSPICIOUS, HIGHEST_RATIO * self.packed)
        if self.spent > MOST_UNPACKED or bomb:
            unpacked_to = f"unpacks to more than {self.spent // 2**20:,} MB"
            raise TooMuch(f"{unpacked_to}, read no further; unpack it and add what is in it")

    def count_member(self) -> None:
        """Note one file more. Raises TooMuch."""
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise TooMuch(f"holds more than {MOST_MEMBERS:,} files, read no further; unpack it and add the folder")


@contextmanager
def copied(source: Source) -> Iterator[IO[bytes]]:
    """Give a nameless copy of ``source`` on the disk, in which one can go to and fro. Raises TooMuch."""
    budget = Budget(source.packed)
    as_it_lies = isinstance(source.stream, io.BufferedReader)  # or counted already, by the archive that it is in
    with tempfile.TemporaryFile() as file:
        while piece := source.stream.read(2**20):
            if not as_it_lies:
                budget.spend(len(piece))
            file.write(piece)
        yield file
