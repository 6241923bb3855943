"""The sentence of a passage that answers best."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import fsum, log

from indexer import Passage, sentence_places
from service.types import Span

WORD = re.compile(r"\w+")
STEM = 6
"""Letters of a word that count: endings change with grammar."""
AT_HAND = 4_000
"""Passages whose sentences are kept, in about 10 MB: questions about the news find the same ones again and again."""


def highlights(question: str, passages: Sequence[Passage], languages: Sequence[str | None]) -> list[Span]:
    """Return the best sentence of each passage: the one that shares most of the question's telling words.

    A word tells the more, the fewer of the sentences have it; of equal sentences the first is best.
    """
    asked = [f" {stem} " for stem in stems(question)]
    cut = [sentences(passage.text, language) for passage, language in zip(passages, languages, strict=True)]
    shared = [[[stem for stem in asked if stem in told] for _, told in own] for own in cut]
    total = sum(map(len, shared))
    having = Counter(stem for own in shared for found in own for stem in found)
    weights = {stem: log(1 + total / count) for stem, count in having.items()}
    places = (own[best(found, weights)][0] for own, found in zip(cut, shared, strict=True))
    return [span(passage, place) for passage, place in zip(passages, places, strict=True)]


def best(shared: Sequence[Sequence[str]], weights: Mapping[str, float]) -> int:
    """Return which of the sentences is the first whose share of the question weighs most."""
    sums = [fsum(weights[stem] for stem in found) for found in shared]  # one sum, in whatever order a set has them
    return sums.index(max(sums))


@lru_cache(AT_HAND)
def sentences(text: str, language: str | None) -> tuple[tuple[slice, str], ...]:
    """Return where the sentences of ``text`` stand, each with its stems, all of them between spaces."""
    return tuple((place, f" {' '.join(stems(text[place]))} ") for place in sentence_places(text, language))


def spans(passage: Passage, language: str | None) -> list[Span]:
    """Return the sentences of a passage, as slices of its article."""
    return [span(passage, place) for place, _ in sentences(passage.text, language)]


def span(passage: Passage, place: slice) -> Span:
    """Return a slice of a passage as one of its article."""
    return Span(passage.start + place.start, passage.start + place.stop)


def stems(text: str) -> set[str]:
    """Return the words of ``text`` without case and endings."""
    return {word[:STEM] for word in WORD.findall(text.casefold())}
