"""What filters ask of articles, as columns in memory: one row a version, appended to and never changed."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from indexer.embedded.criteria import NEVER, closing, conditions, seconds, terms
from indexer.stored import StoredArticle
from indexer.types import Filter

Mask = NDArray[np.bool_]

Source = Callable[[int], Iterable[tuple[int, StoredArticle]]]
"""Given a version key, yields every later version with its key, in order of the keys."""


class Columns:
    """Turns a filter into a mask over version keys."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = Lock()
        self._opens = array("q")
        self._closes = array("q")
        self._published = array("q")
        self._postings: dict[tuple[str, str], array[int]] = defaultdict(lambda: array("q"))

    def __len__(self) -> int:
        """Return one more than the highest version key seen."""
        return len(self._opens)

    def catch_up(self) -> None:
        """Read the versions that have come since."""
        with self._lock:
            for key, stored in self._source(len(self) - 1):
                self._append(key, stored)

    def admitted(self, where: Filter) -> Mask:
        """Return which version keys ``where`` admits, shape ``(len(self),)``."""
        with self._lock:
            rows = len(self)
            mask = (np.array(self._opens) <= seconds(where.as_of)) & (np.array(self._closes) > closing(where))
            published = np.array(self._published)
            if where.published_from is not None:
                mask &= (published >= seconds(where.published_from)) & (published < NEVER)
            if where.published_to is not None:
                mask &= published <= seconds(where.published_to)
            for condition in conditions(where):
                having = np.zeros(rows, dtype=bool)
                for value in condition.values:
                    having[self._postings.get((condition.field, value), array("q"))] = True
                mask &= having if condition.wanted else ~having
            return mask

    def _append(self, key: int, stored: StoredArticle) -> None:
        while len(self) < key:  # keys of versions that are no longer stored
            self._extend(NEVER, NEVER, NEVER)
        self._extend(seconds(stored.opens), seconds(stored.closes), seconds(stored.article.published_at))
        for term in set(terms(stored.article)):
            self._postings[term].append(key)

    def _extend(self, opens: int, closes: int, published: int) -> None:
        self._opens.append(opens)
        self._closes.append(closes)
        self._published.append(published)
