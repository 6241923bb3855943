"""What filters ask of articles, as columns in memory: one row a version, appended to and never changed.

What a version becomes later, past or under other limits, is kept beside the rows with its sequence number, so that a
state of the index sees exactly what had happened by then.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import numpy as np

from indexer.embedded.changed import Change
from indexer.embedded.criteria import NEVER, Mask, Seconds, conditions, dated, holds, visible
from indexer.types import Filter

NO_VERSION = 0
"""The key of no version, whose row no filter admits. What was removed before the columns were read has no other row."""


class Source(Protocol):
    """Where the rows come from."""

    def sequence_number(self) -> int:
        """Number of the newest change."""

    def touched(self, since: int, until: int) -> Iterable[Change]:
        """Yield the versions that are new or whose times are, in order of their keys."""


@dataclass(frozen=True, slots=True)
class Times:
    """When versions are to be seen, in seconds since 1970, one row a version key."""

    opens: Seconds
    closes: Seconds
    published: Seconds
    indexed: Seconds
    ends: Seconds
    replaced: Seconds

    def admitted(self, where: Filter) -> Mask:
        """Return which versions readers may see who ask as ``where`` says, within its range of dates."""
        mask: Mask = np.ones(len(self.opens), dtype=bool)
        for either in (*visible(where), *dated(where)):
            mask &= holds(either, lambda field: getattr(self, field))
        return mask


class Columns:
    """Turns filters into masks over version keys."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = Lock()
        self._seen = 0
        self._opens, self._closes, self._published, self._indexed = (array("q") for _ in range(4))
        self._postings: dict[tuple[str, str], array[int]] = defaultdict(lambda: array("q"))
        self._changed, self._changed_at = array("q"), array("q")
        self._new_opens, self._new_closes, self._ends, self._replaced = (array("q") for _ in range(4))
        self._extend(NEVER, NEVER, NEVER, NEVER)  # of NO_VERSION

    def __len__(self) -> int:
        """Return one more than the highest version key seen."""
        return len(self._opens)

    def catch_up(self) -> None:
        """Read what has changed since."""
        with self._lock:
            last = self._source.sequence_number()
            later = []
            for change in self._source.touched(self._seen, last):
                if change.key >= len(self):
                    self._append(change)
                if change.times.ends < NEVER and change.sequence_number <= last:
                    later.append(change)
            for change in sorted(later, key=lambda one: one.sequence_number):
                self._amend(change)
            self._seen = last

    def at(self, sequence_number: int) -> ColumnState:
        """Return the columns as they were at ``sequence_number``."""
        with self._lock:
            opens, closes, published, indexed = (
                np.array(column) for column in (self._opens, self._closes, self._published, self._indexed)
            )
            ends, replaced = np.full((2, len(self)), NEVER)
            changed = np.array(self._changed[: bisect_right(self._changed_at, sequence_number)], dtype=np.int64)
            for column, values in (
                (opens, self._new_opens),
                (closes, self._new_closes),
                (ends, self._ends),
                (replaced, self._replaced),
            ):
                column[changed] = values[: len(changed)]
            return ColumnState(self, Times(opens, closes, published, indexed, ends, replaced))

    def having(self, field: str, values: Iterable[str], rows: int) -> Mask:
        """Return which of the first ``rows`` versions have one of ``values`` in ``field``."""
        found = np.zeros(rows, dtype=bool)
        with self._lock:
            for value in values:
                versions = self._postings.get((field, value), array("q"))
                found[versions[: bisect_left(versions, rows)]] = True
        return found

    def _append(self, change: Change) -> None:
        while len(self) < change.key:  # keys of versions that are no longer stored
            self._extend(NEVER, NEVER, NEVER, NEVER)
        times = change.times
        self._extend(times.opens, times.closes, times.published, times.indexed)
        for term in change.terms:
            self._postings[term].append(change.key)

    def _extend(self, opens: int, closes: int, published: int, indexed: int) -> None:
        self._opens.append(opens)
        self._closes.append(closes)
        self._published.append(published)
        self._indexed.append(indexed)

    def _amend(self, change: Change) -> None:
        self._changed.append(change.key)
        self._changed_at.append(change.sequence_number)
        self._new_opens.append(change.times.opens)
        self._new_closes.append(change.times.closes)
        self._ends.append(change.times.ends)
        self._replaced.append(change.times.replaced)


class ColumnState:
    """The columns at one sequence number; versions that came later may have rows, but no passages."""

    def __init__(self, columns: Columns, times: Times) -> None:
        self._columns = columns
        self._times = times

    def admitted(self, where: Filter) -> Mask:
        """Return which version keys ``where`` admits."""
        mask = self._times.admitted(where)
        for condition in conditions(where):
            having = self._columns.having(condition.field, condition.values, len(mask))
            mask &= having if condition.wanted else ~having
        return mask
