"""The sentence of a passage that answers best."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import fsum, log

from indexer import Passage, sentence_places
from service.types import Span

WORD = re.compile(r"\w+")
STEM = 6
"""Letters of a word that count: endings change with grammar."""


def highlights(question: str, passages: Sequence[Passage], languages: Sequence[str | None]) -> list[Span]:
    """Return the best sentence of each passage: the one that shares most of the question's telling words.

    A word tells the more, the fewer of the sentences have it; of equal sentences the first is best.
    """
    asked = finder(stems(question))
    cut = [spans(passage, language) for passage, language in zip(passages, languages, strict=True)]
    shared = [
        [set(asked.findall(text.casefold())) for text in texts(passage, own)]
        for passage, own in zip(passages, cut, strict=True)
    ]
    total = sum(map(len, shared))
    having = Counter(stem for own in shared for found in own for stem in found)
    weights = {stem: log(1 + total / count) for stem, count in having.items()}
    return [best(*each, weights) for each in zip(cut, shared, strict=True)]


def best(sentences: Sequence[Span], shared: Sequence[set[str]], weights: Mapping[str, float]) -> Span:
    """Return the first of the sentences whose share of the question weighs most."""
    told = [fsum(weights[stem] for stem in found) for found in shared]  # one sum, in whatever order a set has them
    return sentences[told.index(max(told))]


def spans(passage: Passage, language: str | None) -> list[Span]:
    """Return the sentences of a passage, as slices of its article."""
    start = passage.start
    return [Span(start + one.start, start + one.stop) for one in sentence_places(passage.text, language)]


def texts(passage: Passage, sentences: Sequence[Span]) -> list[str]:
    """Return the words of these sentences of a passage."""
    return [passage.text[one.start - passage.start : one.end - passage.start] for one in sentences]


def stems(text: str) -> set[str]:
    """Return the words of ``text`` without case and endings."""
    return {word[:STEM] for word in WORD.findall(text.casefold())}


def finder(asked: set[str]) -> re.Pattern[str]:
    """Return what finds those of the stems that are ``asked`` for in a text without case, much faster than all."""
    found = "|".join(stem if len(stem) == STEM else rf"{stem}\b" for stem in sorted(asked))
    return re.compile(rf"\b(?:{found})" if found else r"(?!)")
