"""Zip and tar: every file in them is read by the reader of its own format, and none is written out under its name.

What unpacks to more than is sane is read only so far; encrypted files and archives in archives are refused.
"""

from __future__ import annotations

import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, BinaryIO, cast

from indexer.sources.budget import Budget, TooMuch, copied
from indexer.sources.source import LONGEST, Reader, Source, unpacked
from indexer.types import Arrival, Rejected

SUFFIXES = (".zip", ".tar", ".tgz")

_DAMAGE = (
    *(EOFError, NotImplementedError, OSError, OverflowError, RuntimeError, UnicodeDecodeError),
    *(lzma.LZMAError, struct.error, tarfile.TarError, zipfile.BadZipFile, zlib.error),
)
"""What the two modules raise for archives that are cut short, garbled or packed in a way they do not know."""

ReaderOf = Callable[[str], Reader | None]
"""The reader for a file of a name; None if it is not to be read."""


def read_zip(source: Source, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
    """Yield the articles of the files in a zip archive."""
    with copied(source) as file:  # its directory stands at its end, where no stream can begin
        budget = Budget(packed=file.seek(0, os.SEEK_END))
        yield from _guarded(source, _zip_members(source, cast(BinaryIO, file), budget, reader_of))


def read_tar(source: Source, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
    """Yield the articles of the files in a tar archive."""
    yield from _guarded(source, _tar_members(source, Budget(source.packed), reader_of))


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
    except TooMuch as error:
        yield Rejected(source.origin, str(error))
    except _DAMAGE as error:
        yield Rejected(source.origin, f"damaged archive, read no further: {error}")
    else:
        if empty:
            yield Rejected(source.origin, "an archive without a file in a known format")


def _zip_members(source: Source, file: BinaryIO, budget: Budget, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
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


def _tar_members(source: Source, budget: Budget, reader_of: ReaderOf) -> Iterator[Arrival | Rejected]:
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
    yield from reader(Source(_origin(source, name), identity, stream, source.packed))


def _origin(source: Source, name: str) -> str:
    return f"{source.origin}!{name.encode('utf-8', 'replace').decode()}"


class _Forward(io.RawIOBase):
    """A stream in which one can only go forward, in steps of a size that memory holds, and no further than the budget.

    That is all that reading a tar archive in its order takes.
    """

    def __init__(self, stream: io.BufferedIOBase, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._at = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST:
            raise TooMuch(f"holds a header of {size // 2**20:,} MB")
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
