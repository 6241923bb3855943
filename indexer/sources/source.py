"""Where articles are read from: an input as it was found, and the same opened as a source for a reader."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import logging
import lzma
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from indexer.types import Arrival, Rejected

LONGEST = 64 * 2**20
"""Bytes that are read as one piece at most: a line of a file of lines, any other file as a whole."""

Stream = io.BufferedReader | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile

PACKED = (".gz", ".bz2", ".xz")
"""Suffixes that any file may have besides its own."""

Advance = Callable[[int], object]
"""Told how many bytes more have been taken from the disk, before any are unpacked."""


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Input:
    """Something to read: a file, or standard input when ``path`` is None.

    ``suffix`` is a key of ``READERS``, or None where only the content can tell. ``size`` is in bytes as they lie on
    the disk, and 0 for standard input. ``known_as`` is the path that a file which was moved still goes by.
    """

    origin: str
    path: Path | None = None
    suffix: str | None = None
    size: int = 0
    known_as: str = ""

    @property
    def identity(self) -> str:
        """The one absolute path this file has however it was named; empty for standard input."""
        return self.known_as or (os.path.realpath(self.path) if self.path else "")


@dataclass(frozen=True, slots=True)
class Source:
    """An opened input: ``stream`` gives its bytes unpacked, ``origin`` is what messages call it.

    ``packed`` are the bytes on the disk that it, or the archive it is in, comes from; 0 where that is not known.
    """

    origin: str
    identity: str
    stream: Stream
    packed: int = 0

    @property
    def article_id(self) -> str | None:
        """Id for the article of a file that holds just one, made of the file's name and its whole path.

        Files of the same name in two folders get two ids; the same file gets the same one every time. None for
        standard input, which has no name.
        """
        if not self.identity:
            return None
        digest = hashlib.sha256(os.fsencode(self.identity)).hexdigest()[:8]
        stem = PurePath(bare_name(PurePath(self.identity).name)).stem
        return "".join(c if c.isprintable() else "_" for c in stem) + "-" + digest


Reader = Callable[[Source], Iterator[Arrival | Rejected]]
"""Yields what a source holds, in order and without holding more than it must.

A reader never raises for what it reads: content that is no article is yielded as ``Rejected``, and reading goes on.
Errors of the disk and of unpacking it leaves to ``read``.
"""


def unpacked(raw: BinaryIO, advance: Advance) -> Stream:
    """Return a buffered stream over ``raw``, unpacked if it is gzip, bzip2 or xz, whatever its name says."""
    stream: io.BufferedReader = io.BufferedReader(_Counted(raw, advance), buffer_size=2**16)
    begins = stream.peek(6)
    if begins.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=stream)
    if begins.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    return lzma.LZMAFile(stream) if begins.startswith(b"\xfd7zXZ\0") else stream


def bare_name(name: str) -> str:
    """``name`` without the suffix that says how the file is packed."""
    packed = next((suffix for suffix in PACKED if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(packed)]


class _Counted(io.RawIOBase):
    """Reads through to another stream and says how far it has come."""

    def __init__(self, raw: BinaryIO, advance: Advance) -> None:
        self._raw = raw
        self._advance = advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a raw stream is given memoryviews only
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self._advance(len(data))
        return len(data)


def fault(error: Exception) -> str:
    """Return what to say of an article that something nobody thought of stopped; it must not stop the others too."""
    log.error("An article could not be read.", exc_info=error)
    return f"a fault in Dateline ({type(error).__name__}: {error})"
