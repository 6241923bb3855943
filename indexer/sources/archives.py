"""Zip and tar: every file in them is read by the reader of its own format, where it lies; nothing is written out.

What unpacks to more than is sane is refused, and so are encrypted files and archives in archives.
"""

from __future__ import annotations

import io
import lzma
import os
import shutil
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from indexer.errors import DatelineError
from indexer.sources.source import LONGEST, Reader, Source, unpacked
from indexer.types import Arrival, Rejected

MOST_UNPACKED = 8 * 2**30
"""Bytes that an archive may unpack to."""

MOST_MEMBERS = 1_000_000

HIGHEST_RATIO = 300
"""How many times its own size an archive may unpack to, once that is more than ``UNSUSPICIOUS``."""

UNSUSPICIOUS = 256 * 2**20

SUFFIXES = (".zip", ".tar", ".tgz")

_DAMAGE = (
    *(EOFError, NotImplementedError, OSError, OverflowError, RuntimeError, UnicodeDecodeError),
    *(lzma.LZMAError, struct.error, tarfile.TarError, zipfile.BadZipFile, zlib.error),
)
"""What the two modules raise for archives that are cut short, garbled or packed in a way they do not know."""

ReaderOf = Callable[[str], Reader | None]
"""The reader for a file of a name; None if it is not to be read."""


class _TooMuch(DatelineError):
    """An archive unpacks to more than is read."""


@dataclass(slots=True)
class _Budget:
    """How much more of an archive may be unpacked; ``packed`` is its size, or 0 where that is not known."""

    packed: int
    spent: int = 0
    members: int = 0

    def spend(self, count: int) -> None:
        self.spent += count
        bomb = self.packed and self.spent > max(UNSUSPICIOUS, HIGHEST_RATIO * self.packed)
        if self.spent > MOST_UNPACKED or bomb:
            unpacked_to = f"unpacks to more than {self.spent // 2**20:,} MB"
            raise _TooMuch(f"{unpacked_to}, read no further; unpack it and add the folder")

    def count_member(self) -> None:
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise _TooMuch(f"holds more than {MOST_MEMBERS:,} files, read no further; unpack it and add the folder")


def read_zip(source: Source, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
    """Yield the articles of the files in a zip archive."""
    with tempfile.TemporaryFile() as file:  # its directory stands at its end, where no stream can begin
        shutil.copyfileobj(source.stream, file)
        budget = _Budget(packed=file.tell())
        yield from _guarded(source, _zip_members(source, cast(BinaryIO, file), budget, reader_of))


def read_tar(source: Source, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
    """Yield the articles of the files in a tar archive."""
    file = Path(source.identity)
    packed = file.stat().st_size if file.is_file() else 0
    yield from _guarded(source, _tar_members(source, _Budget(packed), reader_of))


def refuse(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield why an archive in an archive is not read."""
    yield Rejected(source.origin, "an archive in an archive; unpack the outer one first")


def _guarded(source: Source, results: Iterator[Arrival | Rejected]) -> Iterator[Arrival | Rejected]:
    """Yield ``results``, and why they end early; where there are none, that."""
    empty = True
    try:
        for result in results:
            empty = False
            yield result
    except _TooMuch as error:
        yield Rejected(source.origin, str(error))
    except _DAMAGE as error:
        yield Rejected(source.origin, f"damaged archive, read no further: {error}")
    else:
        if empty:
            yield Rejected(source.origin, "an archive without a file in a known format")


def _zip_members(source: Source, file: BinaryIO, budget: _Budget, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            budget.count_member()
            reader = None if info.filename.endswith("/") else reader_of(info.filename)
            if reader is None:
                continue
            inner = _origin(source, info.filename)
            if info.flag_bits & 1:
                yield Rejected(inner, "is encrypted; unpack it first")
                continue
            try:
                with archive.open(info) as member:
                    yield from _member(source, info.filename, member, reader, budget.spend)
            except _DAMAGE as error:
                yield Rejected(inner, f"damaged, read no further: {error}")


def _tar_members(source: Source, budget: _Budget, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
    with tarfile.open(fileobj=cast(IO[bytes], _Forward(source.stream, budget)), mode="r:") as archive:
        while (info := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # they would pile up, and nothing else lets go of them
            budget.count_member()
            reader = reader_of(info.name) if info.isreg() else None
            member = archive.extractfile(info) if reader else None
            if reader and member:
                yield from _member(source, info.name, member, reader, lambda _count: None)


def _member(
    source: Source, name: str, member: IO[bytes], reader: Reader, spend: Callable[[int], object]
) -> Iterator[Arrival | Rejected]:
    stream = unpacked(cast(BinaryIO, member), spend)
    if not stream.peek(1):
        yield Rejected(_origin(source, name), "is empty")
        return
    identity = f"{source.identity}!/{name}" if source.identity else ""
    yield from reader(Source(_origin(source, name), identity, stream))


def _origin(source: Source, name: str) -> str:
    return f"{source.origin}!{name.encode('utf-8', 'replace').decode()}"


class _Forward(io.RawIOBase):
    """A stream in which one can only go forward, in steps of a size that memory holds, and no further than the budget.

    That is all that reading a tar archive in its order takes.
    """

    def __init__(self, stream: io.BufferedIOBase, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._at = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST:
            raise _TooMuch(f"holds a header of {size // 2**20:,} MB")
        data = self._stream.read(size)
        self._at += len(data)
        self._budget.spend(len(data))
        return data

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or place < self._at:
            raise tarfile.ReadError("its files do not lie in their order")
        while self._at < place and self.read(min(place - self._at, 2**20)):
            pass
        return self._at
