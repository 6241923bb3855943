"""Article -> passages: as many whole sentences as fit, with exact offsets into the body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sentencex

from indexer.types import Article, Chunking, Passage

LONGEST = 2_000
"""Characters after which a sentence is cut at a space: text without sentence ends is no sentence."""

UNSPACED = r"\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters of scripts that put no spaces between words."""

WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]{{1,16}}")
"""What counts as a word; a very long one counts for several, as it does for a model."""

LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Offsets of a sentence in the body, without the white space around it, and its length in words."""

    start: int
    end: int
    words: int


def chunk(article: Article, chunking: Chunking) -> tuple[Passage, ...]:
    """Cut ``article`` into passages that together hold every sentence of its body.

    A passage is longer than ``chunking.words`` words only where a single sentence is. Each begins with the last
    ``chunking.overlap`` sentences of the one before, as far as they leave room for something new.
    """
    return tuple(
        Passage(article.id, first.start, last.end, article.body[first.start : last.end])
        for first, last in spans(list(sentences(article.body, article.language)), chunking)
    )


def spans(found: list[Sentence], chunking: Chunking) -> Iterator[tuple[Sentence, Sentence]]:
    """Yield the first and last sentence of every passage."""
    start = end = 0
    while end < len(found):
        words = sum(sentence.words for sentence in found[start:end])
        while start < end and words + found[end].words > chunking.words:
            words -= found[start].words
            start += 1
        while end < len(found) and (end == start or words + found[end].words <= chunking.words):
            words += found[end].words
            end += 1
        yield found[start], found[end - 1]
        start = max(start + 1, end - chunking.overlap)


def sentences(body: str, language: str | None = None) -> Iterator[Sentence]:
    """Yield the sentences of ``body`` in order. Lines end a sentence: they are paragraphs."""
    for one in sentence_places(body, language):
        yield Sentence(one.start, one.stop, len(WORD.findall(body, one.start, one.stop)))


def sentence_places(body: str, language: str | None = None) -> Iterator[slice]:
    """Yield where the sentences of ``body`` stand, in order, for whom their lengths do not matter."""
    for line in LINE.finditer(body):
        for piece in pieces(line.group(), (language or "en").split("-")[0]):
            text = line.group()[piece]
            inner = text.strip()
            if inner:
                start = line.start() + piece.start + len(text) - len(text.lstrip())
                yield slice(start, start + len(inner))


def pieces(line: str, language: str) -> Iterator[slice]:
    """Yield slices that cover ``line``: its sentences, those that are far too long cut at spaces."""
    start = 0
    for boundary in sentencex.get_sentence_boundaries(language, line):
        end = start + len(boundary["text"])
        while end - start > LONGEST:
            space = line.rfind(" ", start + 1, start + LONGEST)
            cut = space if space > 0 else start + LONGEST
            yield slice(start, cut)
            start = cut
        yield slice(start, end)
        start = end
