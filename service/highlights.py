"""The sentence of a passage that answers best."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log

from indexer import Passage, sentences
from service.types import Span

WORD = re.compile(r"\w+")
STEM = 6
"""Letters of a word that count: endings change with grammar."""


def highlights(question: str, passages: Sequence[Passage], languages: Sequence[str | None]) -> list[Span]:
    """Return the best sentence of each passage: the one that shares most of the question's telling words.

    A word tells the more, the fewer of the sentences have it; of equal sentences the first is best.
    """
    cut = [list(spans(passage, language)) for passage, language in zip(passages, languages, strict=True)]
    texts = [
        [stems(passage.text[span.start - passage.start : span.end - passage.start]) for span in own]
        for passage, own in zip(passages, cut, strict=True)
    ]
    asked = stems(question)
    total = sum(map(len, texts))
    having = Counter(stem for own in texts for text in own for stem in text & asked)
    weights = {stem: log(1 + total / count) for stem, count in having.items()}

    def told(text: set[str]) -> float:
        return sum(weights[stem] for stem in text & asked)

    return [
        max(zip(own, told_by, strict=True), key=lambda pair: pair[1])[0]
        for own, told_by in ((own, [told(text) for text in words]) for own, words in zip(cut, texts, strict=True))
    ]


def spans(passage: Passage, language: str | None) -> list[Span]:
    """Return the sentences of a passage, as slices of its article."""
    return [Span(passage.start + one.start, passage.start + one.end) for one in sentences(passage.text, language)]


def stems(text: str) -> set[str]:
    """Return the words of ``text`` without case and endings."""
    return {word[:STEM] for word in WORD.findall(text.casefold())}
