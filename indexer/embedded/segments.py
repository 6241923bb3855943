"""Segments: vectors with what they stand for, never changed once written. The only module that imports faiss.

A segment is a file ``<name>.npz``: its vectors (float16) and, row by row, the passage key and the version key they
stand for. A small one is searched exactly. Beside a large one stands ``<name>.ivf``, an inverted file: every vector is
in the list of its nearest centre, and a search looks only into the lists nearest to the question (Sivic and Zisserman,
"Video Google", 2003). There it has four bits for two dimensions, by which many are compared at a time (product
quantisation; Andre et al., "Cache locality is not enough", 2015). The best of these are scored again with the vectors
as they are, which stay on disk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.embedded import files
from indexer.embedded.stored_vectors import Places, Stored, StoredVectors
from indexer.errors import DamagedView
from indexer.types import Keys, Matches, Vector, Vectors

INVERTED_FROM = 100_000
"""Vectors from which a segment has an inverted file; fewer are searched exactly in a few milliseconds."""
EXACT_UP_TO = 4_000
"""Vectors that a filter may leave of a large segment and they are still all compared, as a fiftieth of it may."""
DEPTH, LEAST = 4, 400
"""Times as many as are asked for come out of the lists, to be scored again; but at least so many."""
RECALL = 0.985
"""Share of the ten nearest that an inverted file has to find, measured when it is made."""
PART = 65_536
"""Vectors handled at a time where a segment is made."""
AT_ONCE = 2_048
"""Vectors compared at a time, so few that their memory is used again and need not come from the system."""
THREADS = faiss.omp_get_max_threads()
"""Threads that make an inverted file."""

Rows = NDArray[np.int64]
"""Passage key and version key of every vector, shape ``(rows, 2)``, passage keys rising."""
Selection = NDArray[np.bool_]
"""Which rows of a segment may be found."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Vectors with what they stand for. ``probes`` is how many lists are looked into; 0 where the search is exact."""

    name: str
    checksum: int
    rows: Rows
    index: faiss.Index
    stored: StoredVectors | None = None
    probes: int = 0

    @property
    def keys(self) -> Keys:
        """The passage keys, rising."""
        keys: Keys = self.rows[:, 0]
        return keys

    def vectors(self, places: Places) -> Vectors:
        """Return the vectors at ``places``."""
        if self.stored is not None:
            return self.stored.at(places).astype(np.float32)
        found: Vectors = self.index.reconstruct_batch(places)
        return found

    def places(self, keys: Keys) -> Places:
        """Return where each of ``keys`` stands; -1 for one that is not here."""
        found = np.searchsorted(self.keys, keys)
        here = self.keys[np.minimum(found, len(self.rows) - 1)] == keys
        return np.where(here, found, -1)

    def nearest(self, query: Vector, k: int, selected: Selection) -> Matches:
        """Return the best ``k`` of the ``selected`` rows, by cosine."""
        faiss.omp_set_num_threads(1)  # a search is so short that waiting for a second thread costs more than it saves
        count = int(np.count_nonzero(selected))
        k = min(k, count)
        if k == 0:
            return Matches(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        if not self.probes:
            return self._flat(query, k, selected)
        if count <= max(EXACT_UP_TO, len(self.rows) // 50):
            return self._best(query, k, np.flatnonzero(selected))
        found = self._listed(query, k, selected, count / len(self.rows))
        return self._best(query, k, found if len(found) >= k else np.flatnonzero(selected))

    def _flat(self, query: Vector, k: int, selected: Selection) -> Matches:
        parameters = None if selected.all() else faiss.SearchParameters(sel=bitmap(selected))
        scores, places = self.index.search(query[None], k, params=parameters)
        return Matches(self.keys[places[0]], scores[0])

    def _listed(self, query: Vector, k: int, selected: Selection, share: float) -> Places:
        """Return where the nearest may be; the fewer may be found, the further away from the question they are."""
        probes = min(self.index.nlist, int(np.ceil(self.probes / np.sqrt(share))))
        selector = None if share == 1 else bitmap(selected)
        parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        places: Places = self.index.search(query[None], max(DEPTH * k, LEAST), params=parameters)[1][0]
        return np.sort(places[places >= 0])

    def _best(self, query: Vector, k: int, places: Places) -> Matches:
        """Compare all vectors at ``places``, and return the best ``k``."""
        assert self.stored is not None
        best, scores = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE]
            found = halves(self.stored.at(part)).search(query[None], min(k, len(part)))
            scores, best = np.concatenate([scores, found[0][0]]), np.concatenate([best, part[found[1][0]]])
        order = np.argsort(-scores, kind="stable")[:k]
        return Matches(self.keys[best[order]], scores[order])


def bitmap(selected: Selection) -> faiss.IDSelector:
    """Return ``selected`` as FAISS takes it."""
    return faiss.IDSelectorBitmap(np.packbits(selected, bitorder="little"))


def save(folder: Path, name: str, vectors: Stored, rows: Rows) -> int:
    """Put a segment on disk, durable on return, and return its checksum. Raises StorageFull."""
    inverted: list[int] = []
    if len(rows) >= INVERTED_FROM:
        index, probes = invert(vectors)
        lists = folder / f"{name}.ivf"
        files.write(lists, lambda file: faiss.write_index(index, faiss.PyCallbackIOWriter(file.write)))
        size = lists.stat().st_size
        inverted = [probes, size, files.checksum(lists, size)]
    numbers = np.array(inverted, dtype=np.int64)
    path = folder / f"{name}.npz"
    files.write(path, lambda file: np.savez(file, rows=rows, inverted=numbers, vectors=vectors))
    return files.checksum(path, path.stat().st_size)


def load(folder: Path, name: str, checksum: int) -> Segment:
    """Return a segment, ready to be searched, after every byte of it has been checked; raises DamagedView."""
    path, lists = folder / f"{name}.npz", folder / f"{name}.ivf"
    try:
        check(path, path.stat().st_size, checksum)
        with path.open("rb") as file, np.load(file) as content:
            rows, inverted = content["rows"], content["inverted"].tolist()
            if not inverted:
                return Segment(name, checksum, rows, halves(content["vectors"]))
        probes, *expected = inverted
        check(lists, *expected)
        return Segment(name, checksum, rows, faiss.read_index(str(lists)), StoredVectors(path), probes)
    except (OSError, BadZipFile, KeyError, ValueError, EOFError, RuntimeError) as error:
        raise DamagedView(f"{path} is missing or damaged.") from error


def check(path: Path, size: int, checksum: int) -> None:
    """Raise DamagedView where a file is not of this size or has another checksum."""
    if path.stat().st_size != size or files.checksum(path, size) != checksum:
        raise DamagedView(f"{path} is damaged.")


def halves(vectors: Stored) -> faiss.Index:
    """Return an index that compares with every one of ``vectors``, in two bytes a dimension as they are on disk."""
    index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(vectors.view(np.uint8).ravel(), index.codes)
    index.ntotal = len(vectors)
    return index


def invert(vectors: Stored) -> tuple[faiss.IndexIVF, int]:
    """Return an inverted file of ``vectors``, and how many of its lists a search has to look into."""
    lists = int(2 * np.sqrt(len(vectors)))
    dimension = vectors.shape[1]
    centres, pieces = faiss.IndexFlatIP(dimension), dimension // math.gcd(dimension, 2)
    index = faiss.IndexIVFPQFastScan(centres, dimension, lists, pieces, 4, faiss.METRIC_INNER_PRODUCT)
    faiss.omp_set_num_threads(THREADS)
    index.cp.niter, index.cp.max_points_per_centroid = 8, 64
    draw = np.random.default_rng(len(vectors))
    sample = draw.choice(len(vectors), min(len(vectors), 64 * lists), replace=False)
    index.train(vectors[np.sort(sample)].astype(np.float32))
    for start in range(0, len(vectors), PART):
        index.add(vectors[start : start + PART].astype(np.float32))
    return index, fewest_probes(index, vectors, draw)


def fewest_probes(index: faiss.IndexIVF, vectors: Stored, draw: np.random.Generator) -> int:
    """Return how many lists have to be looked into for ``RECALL``.

    It is measured with means of four passages: as questions do, they lie between passages, and not beside one.
    """
    mixed = vectors[draw.integers(0, len(vectors), (100, 4))].astype(np.float32).sum(axis=1)
    questions = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    true = ten_nearest(questions, vectors)
    probes = 8
    while probes < index.nlist:
        parameters = faiss.SearchParametersIVF(nprobe=probes)
        _, found = index.search(questions, LEAST, params=parameters)
        if np.mean([np.isin(ten, places).mean() for ten, places in zip(true, found, strict=True)]) >= RECALL:
            return probes
        probes += max(8, probes // 4)
    return int(index.nlist)


def ten_nearest(questions: Vectors, vectors: Stored) -> Places:
    """Return where the ten nearest of each question are, by comparing it with all."""
    best, scores = np.empty((len(questions), 0), dtype=np.int64), np.empty((len(questions), 0), dtype=np.float32)
    for start in range(0, len(vectors), PART):
        part = questions @ vectors[start : start + PART].astype(np.float32).T
        near = np.argpartition(-part, min(9, part.shape[1] - 1), axis=1)[:, :10]
        best = np.hstack([best, near + start])
        scores = np.hstack([scores, np.take_along_axis(part, near, axis=1)])
        kept = np.argsort(-scores, axis=1)[:, :10]
        best, scores = np.take_along_axis(best, kept, axis=1), np.take_along_axis(scores, kept, axis=1)
    return best
