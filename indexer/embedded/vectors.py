"""Nearest passages by meaning: FAISS segments that are never changed once written.

On disk: ``<sequence number>.json`` names the segments of one state and is written last. A segment, ``<name>.npz``,
holds vectors (float16) and, row by row, the passage key and the version key they stand for. States that are no longer
the newest stay readable for a while, for whoever is just opening them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4
from zipfile import BadZipFile

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.embedded import files
from indexer.embedded.columns import NO_VERSION, Columns, ColumnState, Mask
from indexer.errors import DamagedView
from indexer.stored import Addition, Changes
from indexer.types import Filter, Keys, Matches, Scores, Vector, Vectors

KEEP_SECONDS = 60.0
GROWTH = 2
"""A segment is merged into the next one once that is more than a half of its size: so there are few, and each row is
copied a logarithmic number of times."""
COPIED = 65_536
"""Vectors copied at a time when segments are merged."""

Stored = NDArray[np.float16]
"""Vectors as they are on disk."""
Rows = NDArray[np.int64]
"""Passage key and version key of every vector, shape ``(rows, 2)``, passage keys rising."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Vectors with what they stand for."""

    name: str
    index: faiss.Index
    rows: Rows

    @property
    def keys(self) -> Keys:
        """The passage keys, rising."""
        keys: Keys = self.rows[:, 0]
        return keys

    def vectors(self, places: NDArray[np.int64]) -> Vectors:
        """Return the vectors at ``places``."""
        found: Vectors = self.index.reconstruct_batch(places)
        return found


@dataclass(frozen=True, slots=True)
class State:
    """What one sequence number consists of. ``removed`` are keys that stand in a segment but no longer count."""

    sequence_number: int
    segments: tuple[Segment, ...]
    removed: Keys


class VectorView:
    """Follows the log with one new segment a batch, merging small ones as they become many."""

    def __init__(self, folder: Path, dimension: int, columns: Columns) -> None:
        self._folder = folder
        self._dimension = dimension
        self._columns = columns
        self._loaded: dict[str, Segment] = {}

    def snapshot(self, sequence_number: int | None = None) -> VectorSnapshot | None:
        """Return the newest state, or the one at ``sequence_number``; None where there is none. Raises DamagedView."""
        state = self._read(sequence_number)
        if state is None:
            return None
        self._columns.catch_up()
        return VectorSnapshot(state, self._columns.at(state.sequence_number))

    def sequence_number(self) -> int | None:
        """Return the number of the newest state; None where there is none. Raises DamagedView."""
        state = self._read()
        return state.sequence_number if state else None

    def published(self) -> object:
        """Return what differs after everything that is published."""
        newest = max(self._numbers(), default=None)
        return newest, files.identity(self._folder / f"{newest}.json")

    def apply(self, changes: Iterable[Changes]) -> None:
        """Take in ``changes`` and publish the state after them. Writer only."""
        files.make_folder(self._folder)
        state = self._read() or State(0, (), np.empty(0, dtype=np.int64))
        for step in changes:
            removed = np.union1d(state.removed, step.removed)
            state = State(step.sequence_number, state.segments, removed)
            state = self._grown(state, unknown(state, step.added))
        self._publish(state)

    def compact(self, _: Iterable[Changes], /) -> None:
        """Merge the segments of the newest state into one of what counts, and delete all others. Writer only."""
        state = self._read()
        if state is None:
            return
        if len(state.segments) > 1 or len(state.removed):
            vectors, rows = merged(state, self._dimension)
            names = [self._save(state.sequence_number, vectors, rows)] if len(rows) else []
            self._name(state.sequence_number, names, [])
        self._sweep(newest_only=True)

    def clear(self) -> None:
        """Delete every file of this view. Writer only."""
        self._loaded.clear()
        for path in self._folder.glob("*"):
            path.unlink()

    def _numbers(self) -> list[int]:
        """Sequence numbers of the states on disk, rising."""
        return sorted(int(path.stem) for path in self._folder.glob("*.json") if path.stem.isdigit())

    def _read(self, sequence_number: int | None = None) -> State | None:
        while True:
            numbers = self._numbers()
            number = sequence_number if sequence_number is not None else max(numbers, default=None)
            if number is None or number not in numbers:
                return None
            before = files.identity(self._folder / f"{number}.json")
            try:
                return self._load(number)
            except DamagedView:  # unless a writer has put another state in the place of this one
                if before is not None and files.identity(self._folder / f"{number}.json") == before:
                    raise

    def _load(self, number: int) -> State:
        content = files.read_json(self._folder / f"{number}.json")
        segments = tuple(self._segment(name) for name in content["segments"])
        self._loaded = {segment.name: segment for segment in segments}
        return State(number, segments, np.array(content["removed"], dtype=np.int64))

    def _segment(self, name: str) -> Segment:
        """Return a segment, reading it if it is new here. The archive format carries checksums of its own."""
        if name in self._loaded:
            return self._loaded[name]
        path = self._folder / f"{name}.npz"
        try:
            with path.open("rb") as file, np.load(file) as content:
                return made(name, content["vectors"], content["rows"])
        except (OSError, BadZipFile, KeyError, ValueError, EOFError, RuntimeError) as error:
            raise DamagedView(f"{path} is missing or damaged.") from error

    def _grown(self, state: State, added: Sequence[Addition]) -> State:
        """Return ``state`` with ``added`` in it, in a new segment that takes in the small ones before it."""
        segments = list(state.segments)
        vectors = np.array([one.vector for one in added], dtype=np.float32).reshape(len(added), self._dimension)
        rows = np.array([(one.key, one.version_key) for one in added], dtype=np.int64).reshape(len(added), 2)
        mostly_dead = len(state.removed) * 4 > sum(len(segment.rows) for segment in segments)
        while segments and (mostly_dead or (added and len(segments[-1].rows) <= GROWTH * len(rows))):
            old = segments.pop()
            live = np.flatnonzero(~np.isin(old.keys, state.removed))
            vectors = np.concatenate([old.vectors(live), vectors])
            rows = np.concatenate([old.rows[live], rows])
        if len(rows):
            stored = vectors.astype(np.float16)
            name = self._save(state.sequence_number, stored, rows)
            self._loaded[name] = made(name, stored, rows)
            segments.append(self._loaded[name])
        kept = np.concatenate([segment.keys for segment in segments]) if segments else state.removed[:0]
        return State(state.sequence_number, tuple(segments), state.removed[np.isin(state.removed, kept)])

    def _save(self, sequence_number: int, vectors: Stored, rows: Rows) -> str:
        """Put a segment on disk and return its name."""
        name = f"segment-{sequence_number}-{uuid4().hex[:8]}"
        files.write(self._folder / f"{name}.npz", lambda file: np.savez(file, vectors=vectors, rows=rows))
        return name

    def _publish(self, state: State) -> None:
        self._name(state.sequence_number, [segment.name for segment in state.segments], state.removed.tolist())
        self._sweep()

    def _name(self, sequence_number: int, segments: list[str], removed: list[int]) -> None:
        files.write_json(self._folder / f"{sequence_number}.json", {"segments": segments, "removed": removed})

    def _sweep(self, *, newest_only: bool = False) -> None:
        """Delete states nobody opens any more, segments no remaining state names, and what was never finished."""
        numbers = self._numbers()
        fresh = time.time() - KEEP_SECONDS
        named: set[str] = set()
        for number in numbers:
            path = self._folder / f"{number}.json"
            if number == numbers[-1] or not newest_only and (number == numbers[-2] or path.stat().st_mtime > fresh):
                named.update(files.read_json(path)["segments"])
            else:
                path.unlink()
        for path in self._folder.glob("*.npz"):
            if path.stem not in named:
                path.unlink()
        for path in self._folder.glob(".*.draft"):
            path.unlink()


class VectorSnapshot:
    """The vectors at one sequence number. Scores are cosines."""

    def __init__(self, state: State, columns: ColumnState) -> None:
        self._segments = state.segments
        self._live = [~np.isin(segment.keys, state.removed) for segment in state.segments]
        self._versions = [
            np.where(live, segment.rows[:, 1], NO_VERSION)
            for segment, live in zip(state.segments, self._live, strict=True)
        ]
        self._columns = columns
        self.sequence_number = state.sequence_number

    def nearest(self, query: Vector, k: int, where: Filter) -> Matches:
        """Return the best ``k`` passages that ``where`` admits, or all of them if they are fewer."""
        admitted = self._columns.admitted(where)
        found = [
            search(segment, query, k, admitted[versions])
            for segment, versions in zip(self._segments, self._versions, strict=True)
        ]
        keys = np.concatenate([match.keys for match in found]) if found else np.empty(0, dtype=np.int64)
        scores = np.concatenate([match.scores for match in found]) if found else np.empty(0, dtype=np.float32)
        best = np.argsort(-scores, kind="stable")[:k]
        return Matches(keys[best], scores[best])

    def keys(self) -> Keys:
        """Return the key of every passage, rising."""
        found = [segment.keys[live] for segment, live in zip(self._segments, self._live, strict=True)]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    def scores(self, query: Vector, keys: Keys) -> Scores:
        """Return the cosine of each of ``keys`` with ``query``; 0 for a key that is not here."""
        scores: Scores = np.zeros(len(keys), dtype=np.float32)
        for segment in self._segments:
            places = np.searchsorted(segment.keys, keys)
            here = np.flatnonzero((places < len(segment.keys)) & (segment.keys[places % len(segment.keys)] == keys))
            scores[here] = segment.vectors(places[here]) @ query
        return scores


def vectors_folder(folder: Path, embeddings: str) -> Path:
    """Return where the vector view of a table of embeddings stands."""
    return folder / embeddings.replace("embeddings_", "vectors-")


def unknown(state: State, added: Sequence[Addition]) -> list[Addition]:
    """Return those of ``added`` that no segment has: a version that has become past is there already."""
    keys = np.array([one.key for one in added], dtype=np.int64)
    new = np.ones(len(keys), dtype=bool)
    for segment in state.segments:
        new &= ~np.isin(keys, segment.keys)
    return [one for one, is_new in zip(added, new, strict=True) if is_new]


def merged(state: State, dimension: int) -> tuple[Stored, Rows]:
    """Return what counts of all segments as one segment keeps it, a part at a time: vectors are half as large there."""
    live = [np.flatnonzero(~np.isin(segment.keys, state.removed)) for segment in state.segments]
    rows = np.concatenate([segment.rows[places] for segment, places in zip(state.segments, live, strict=True)])
    vectors, end = np.empty((len(rows), dimension), dtype=np.float16), 0
    for segment, places in zip(state.segments, live, strict=True):
        for start in range(0, len(places), COPIED):
            part = places[start : start + COPIED]
            vectors[end : end + len(part)] = segment.vectors(part)
            end += len(part)
    return vectors, rows


def made(name: str, vectors: Stored, rows: Rows) -> Segment:
    """Return a segment of what its file holds, ready to be searched exactly."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors.astype(np.float32))
    return Segment(name, index, rows)


def search(segment: Segment, query: Vector, k: int, selected: Mask) -> Matches:
    """Return the best ``k`` of the ``selected`` rows of one segment."""
    k = min(k, int(selected.sum()))
    if k == 0:
        return Matches(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    bitmap = np.packbits(selected, bitorder="little")
    parameters = None if selected.all() else faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
    scores, places = segment.index.search(query[None], k, params=parameters)
    return Matches(segment.keys[places[0]], scores[0])
