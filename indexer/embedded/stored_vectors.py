"""Vectors that are read from disk where they are asked for."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

Stored = NDArray[np.float16]
"""Vectors as they are on disk."""
Places = NDArray[np.int64]
"""Where in a segment vectors stand, counted from 0."""


class StoredVectors:
    """The vectors of a segment as they stand in its file, which may be deleted meanwhile.

    They are not mapped into memory: a map takes in 16 pages for every vector, and all of these count as held.
    """

    def __init__(self, path: Path) -> None:
        self._start, (_, self._dimension) = member(path, "vectors.npy")
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def at(self, places: Places) -> Stored:
        """Return the vectors at ``places``; those that follow each other are read at once."""
        width = 2 * self._dimension
        first = np.flatnonzero(np.diff(places, prepend=-2) != 1)
        counts = np.diff(first, append=len(places)) * width
        starts = places[first] * width + self._start
        runs = zip(counts.tolist(), starts.tolist(), strict=True)
        read = b"".join(os.pread(self._file, count, start) for count, start in runs)
        return np.frombuffer(read, dtype=np.float16).reshape(-1, self._dimension)


def member(path: Path, name: str) -> tuple[int, tuple[int, ...]]:
    """Return where the numbers of an array begin that stands in a ``.npz`` as it is, and the array's shape."""
    with ZipFile(path) as archive:
        found = archive.getinfo(name)
        with archive.open(found) as file:
            np.lib.format.read_magic(file)
            shape, _, _ = np.lib.format.read_array_header_1_0(file)
            header = file.tell()
    with path.open("rb") as file:
        file.seek(found.header_offset + 26)
        lengths = np.frombuffer(file.read(4), dtype="<u2")  # in the local header (APPNOTE 4.3.7)
    return found.header_offset + 30 + int(lengths.sum()) + header, shape
