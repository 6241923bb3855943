"""Nearest passages by meaning: a view made of segments that are never changed once written.

On disk: ``<sequence number>.json`` names the segments of one state, with their checksums, and is written last. States
that are no longer the newest stay readable for a while, for whoever is just opening them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from indexer.embedded import files, segments
from indexer.embedded.columns import NO_VERSION, Columns, ColumnState
from indexer.embedded.criteria import Mask
from indexer.embedded.segments import PART, Rows, Segment, Selection
from indexer.embedded.stored_vectors import Stored
from indexer.errors import DamagedView
from indexer.stored import Addition, Changes
from indexer.types import Filter, Keys, Matches, Scores, Vector

KEEP_SECONDS = 60.0
GROWTH = 2
"""A segment is merged into the next one once that is more than a half of its size: so there are few, and each row is
copied a logarithmic number of times."""


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
            kept = (self._write(state.sequence_number, vectors, rows),) if len(rows) else ()
            self._name(State(state.sequence_number, kept, state.removed[:0]))
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
        found = tuple(self._segment(name, checksum) for name, checksum in content["segments"].items())
        self._loaded = {segment.name: segment for segment in found}
        return State(number, found, np.array(content["removed"], dtype=np.int64))

    def _segment(self, name: str, checksum: int) -> Segment:
        """Return a segment, reading it if it is new here."""
        return self._loaded[name] if name in self._loaded else segments.load(self._folder, name, checksum)

    def _grown(self, state: State, added: Sequence[Addition]) -> State:
        """Return ``state`` with ``added`` in it, in a new segment that takes in the small ones before it."""
        kept = list(state.segments)
        vectors = np.array([one.vector for one in added], dtype=np.float16).reshape(len(added), self._dimension)
        rows = np.array([(one.key, one.version_key) for one in added], dtype=np.int64).reshape(len(added), 2)
        mostly_dead = len(state.removed) * 4 > sum(len(segment.rows) for segment in kept)
        while kept and not kept[-1].probes and (mostly_dead or (added and len(kept[-1].rows) <= GROWTH * len(rows))):
            old = kept.pop()
            live = np.flatnonzero(~np.isin(old.keys, state.removed))
            vectors = np.concatenate([old.vectors(live).astype(np.float16), vectors])
            rows = np.concatenate([old.rows[live], rows])
        if len(rows):
            kept.append(self._write(state.sequence_number, vectors, rows))
        there = [segment.places(state.removed) >= 0 for segment in kept]
        removed = state.removed[np.any(there, axis=0)] if kept else state.removed[:0]
        return State(state.sequence_number, tuple(kept), removed)

    def _write(self, sequence_number: int, vectors: Stored, rows: Rows) -> Segment:
        """Put a segment on disk and return it as it stands there."""
        name = f"segment-{sequence_number}-{uuid4().hex[:8]}"
        checksum = segments.save(self._folder, name, vectors, rows)
        self._loaded[name] = segment = segments.load(self._folder, name, checksum)
        return segment

    def _publish(self, state: State) -> None:
        self._name(state)
        self._sweep()

    def _name(self, state: State) -> None:
        named = {segment.name: segment.checksum for segment in state.segments}
        content = {"segments": named, "removed": state.removed.tolist()}
        files.write_json(self._folder / f"{state.sequence_number}.json", content)

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
        for path in [*self._folder.glob("*.npz"), *self._folder.glob("*.ivf")]:
            if path.stem not in named:
                path.unlink()
        for path in self._folder.glob(".*.draft"):
            path.unlink()


@dataclass(frozen=True, slots=True)
class Admitted:
    """Which rows of each segment a filter admits, and the versions that it was worked out from."""

    versions: Mask
    rows: tuple[Selection, ...]


class VectorSnapshot:
    """The vectors at one sequence number. Scores are cosines."""

    def __init__(self, state: State, columns: ColumnState) -> None:
        self._segments = state.segments
        self._versions = [versions(segment, state.removed) for segment in state.segments]
        self._columns = columns
        self._last: Admitted | None = None
        self.sequence_number = state.sequence_number

    def nearest(self, query: Vector, k: int, where: Filter) -> Matches:
        """Return the best ``k`` passages that ``where`` admits, or all of them if they are fewer."""
        admitted = self._admitted(where)
        found = [one.nearest(query, k, rows) for one, rows in zip(self._segments, admitted.rows, strict=True)]
        keys = np.concatenate([match.keys for match in found]) if found else np.empty(0, dtype=np.int64)
        scores = np.concatenate([match.scores for match in found]) if found else np.empty(0, dtype=np.float32)
        best = np.argsort(-scores, kind="stable")[:k]
        return Matches(keys[best], scores[best])

    def _admitted(self, where: Filter) -> Admitted:
        """Return what ``where`` admits; most questions admit what the last one did, as time alone changes little."""
        found, last = self._columns.admitted(where), self._last
        if last is not None and np.array_equal(last.versions, found):
            return last
        self._last = last = Admitted(found, tuple(found[of_row] for of_row in self._versions))
        return last

    def keys(self) -> Keys:
        """Return the key of every passage, rising."""
        pairs = zip(self._segments, self._versions, strict=True)
        found = [segment.keys[of_row != NO_VERSION] for segment, of_row in pairs]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    def scores(self, query: Vector, keys: Keys) -> Scores:
        """Return the cosine of each of ``keys`` with ``query``; 0 for a key that is not here."""
        scores: Scores = np.zeros(len(keys), dtype=np.float32)
        for segment in self._segments:
            places = segment.places(keys)
            here = places >= 0
            scores[here] = segment.vectors(places[here]) @ query
        return scores


def vectors_folder(folder: Path, embeddings: str) -> Path:
    """Return where the vector view of a table of embeddings stands."""
    return folder / embeddings.replace("embeddings_", "vectors-")


def versions(segment: Segment, removed: Keys) -> NDArray[np.int64]:
    """Return the version of every row of ``segment``, or none for what no longer counts."""
    of_row: NDArray[np.int64] = segment.rows[:, 1]
    places = segment.places(removed)
    if np.any(places >= 0):
        of_row = of_row.copy()
        of_row[places[places >= 0]] = NO_VERSION
    return of_row


def unknown(state: State, added: Sequence[Addition]) -> list[Addition]:
    """Return those of ``added`` that no segment has: a version that has become past is there already."""
    keys = np.array([one.key for one in added], dtype=np.int64)
    new = np.ones(len(keys), dtype=bool)
    for segment in state.segments:
        new &= segment.places(keys) < 0
    return [one for one, is_new in zip(added, new, strict=True) if is_new]


def merged(state: State, dimension: int) -> tuple[Stored, Rows]:
    """Return what counts of all segments as one segment keeps it, a part at a time: vectors are half as large there."""
    live = [np.flatnonzero(versions(segment, state.removed) != NO_VERSION) for segment in state.segments]
    rows = np.concatenate([segment.rows[places] for segment, places in zip(state.segments, live, strict=True)])
    vectors, end = np.empty((len(rows), dimension), dtype=np.float16), 0
    for segment, places in zip(state.segments, live, strict=True):
        for start in range(0, len(places), PART):
            part = places[start : start + PART]
            vectors[end : end + len(part)] = segment.vectors(part)
            end += len(part)
    return vectors, rows
