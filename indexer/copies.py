"""Copies: the same text run by several publishers, or captured twice, found without comparing all with all.

A text is the set of its shingles: every run of five words. Two texts are copies when they share at least half of the
shingles of both. What is worth comparing is found through bands of minimum hashes (Broder, "On the resemblance and
containment of documents", 1997): texts with much in common share a band, others hardly ever do. An index keeps the
bands of every article, and nothing else; the comparison itself is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexer.wording import WORD, is_notice, names

COPY = 0.5
"""Resemblance from which two texts are copies. Cut, updated and re-edited copies lie above, other texts far below."""

SHINGLE = 5
"""Words in a shingle."""

SHORTEST = 20
"""Words below which a text is one shingle, headline and all: only the very same text is its copy."""

SHARED_NAMES = 0.7
"""Share of the names and numbers of one text that a copy has too; two reports from one template have few."""

FEW_NAMES = 2
"""Names and numbers that may always differ: a headline was changed, a figure updated."""

BANDS, ROWS = 24, 3
"""Bands of an article, and hashes in a band: at a resemblance of 0.5, 96 of 100 pairs share a band, at 0.6 all but 3
in 1,000, at 0.05 also 3 in 1,000."""

CANDIDATES = 20
"""Articles worth comparing with a new one: those that share most bands with it."""

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What two texts are compared by: the hashes of their shingles, sorted and each once, and their names.

    ``headline`` is what must be the same as well where the body says nothing of it: captured in place of different
    articles, one notice makes no copies of them.
    """

    shingles: Hashes
    names: frozenset[str]
    headline: tuple[str, ...] = ()

    def bands(self) -> tuple[int, ...]:
        """Numbers of 64 bits with sign, the same on every machine, to look for copies by; none for an empty text."""
        if not self.shingles.size:
            return ()
        lowest = np.array([(factor * self.shingles + term).min() for factor, term in _PERMUTATIONS])
        # The same hashes mean something else in another band, and a notice something else under another headline.
        places = np.arange(BANDS, dtype=np.uint64) + np.uint64(BANDS * crc32(" ".join(self.headline).encode()))
        return tuple(_mixed(np.column_stack([places, lowest.reshape(BANDS, ROWS)])).view(np.int64).tolist())


def fingerprint(title: str, body: str) -> Fingerprint:
    """Return what tells copies of an article from other articles."""
    headline, words = WORD.findall(title), WORD.findall(body)
    every = headline + words
    if len(words) >= SHORTEST:
        shingles = np.unique(_mixed(np.lib.stride_tricks.sliding_window_view(_hashes(words), SHINGLE)))
    else:
        shingles = _mixed(_hashes(every)[None, :]) if every else np.empty(0, dtype=np.uint64)
    untold = tuple(word.casefold() for word in headline) if is_notice(headline, words) else ()
    return Fingerprint(shingles, names(every), untold)


def resemblance(one: Fingerprint, other: Fingerprint) -> float:
    """Return how much of both texts is common to both, from 0 to 1: the Jaccard index of their shingles."""
    shared = np.intersect1d(one.shingles, other.shingles, assume_unique=True).size
    total = one.shingles.size + other.shingles.size - shared
    return shared / total if total else 0.0


def copies(one: Fingerprint, other: Fingerprint) -> bool:
    """Return whether both are the same text, give or take what editors change."""
    fewer, more = sorted((one.names, other.names), key=len)
    if one.headline != other.headline or len(fewer - more) > max(FEW_NAMES, (1 - SHARED_NAMES) * len(fewer)):
        return False
    return resemblance(one, other) >= COPY


@dataclass(frozen=True, slots=True)
class Grouping:
    """The group an article joins, and the groups that become part of it, because the article is a copy of both."""

    group: int
    merged: frozenset[int]


def grouping(own: int, groups: Iterable[int]) -> Grouping:
    """Return where an article belongs that would be the group ``own`` alone and is a copy of members of ``groups``.

    The lowest number stays. With numbers in order of arrival a group keeps its first article's, and whatever order
    articles arrive in, the same of them end up together.
    """
    every = {own, *groups}
    group = min(every)
    return Grouping(group, frozenset(every - {group, own}))


def _hashes(words: list[str]) -> Hashes:
    """One hash a word; case does not count."""
    known = {word: crc32(word.casefold().encode()) for word in set(words)}
    return np.fromiter(map(known.__getitem__, words), dtype=np.uint64, count=len(words))


def _mixed(rows: Hashes) -> Hashes:
    """One hash a row, in which each column and its place count (the finisher is SplitMix64's)."""
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for column in rows.T:
        mixed = (mixed + column + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed


_SEEDS = np.arange(2 * BANDS * ROWS, dtype=np.uint64)[:, None]
_PERMUTATIONS = [(factor | np.uint64(1), term) for factor, term in _mixed(_SEEDS).reshape(-1, 2)]
"""Ways to order all shingles, each as good as at random: an odd factor and a term, modulo 2 to the 64."""
