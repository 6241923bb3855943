"""The sentences that answer, word for word: no language model is needed, and nothing can be made up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from service.answering.asking import Asked
from service.answering.events import Citation, Cited, Done, Event, Said, Source, Sources
from service.answering.kinds import kind
from service.answering.parts import Question
from service.answering.reading import Reading, read
from service.answering.telling import telling
from service.highlights import WORD, spans, stems
from service.search import Searcher
from service.types import Hit, Span

MEANING, WORDS, PASSAGE, OFFERED, WHOLE = 0.25, 0.20, 0.30, 0.15, 0.10
"""Shares of a sentence's score: how close it is in meaning, the telling words it shares with the question, its
passage's score, what it offers of the kind that is asked for, and whether it is a whole sentence at all.

Fitted on one half of 120 questions about the news; the other half is answered as well (benchmarks/answers.py)."""

EMBEDDED = 12
"""Sentences, the best by all but meaning, whose meaning is looked at; more changes no answer and takes longer."""

FEWEST_WORDS = 6
"""Words of a whole sentence; shorter ones are captions, bylines and interjections."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with the one before it in its passage."""

    hit: Hit
    span: Span
    before: str

    @property
    def text(self) -> str:
        """The words."""
        return self.hit.found.source.article.body[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score in 0..1."""

    candidate: Candidate
    score: float


def extract(searcher: Searcher, asked: Asked) -> Iterator[Event]:
    """Answer in sentences of the articles, the best of each part first; every quote is a slice of its article."""
    reading = read(searcher, asked.query)
    chosen = [
        (place, one)
        for place, (part, hits) in enumerate(zip(reading.parts, reading.hits, strict=True))
        for one in best(searcher, part.question, hits)[: asked.sentences]
    ]
    sources = cited_sources(reading, [one for _, one in chosen])
    yield Sources(reading.parts, tuple(sources.values()), reading.freshness, reading.warnings)
    for number, (place, one) in enumerate(chosen):
        yield Said(one.candidate.text, (place,), score=one.score)
        yield Cited(number, Citation(sources[one.candidate.hit.found.key], one.candidate.span))
    yield Done(no_answer=not chosen)


def cited_sources(reading: Reading, chosen: Sequence[Scored]) -> dict[int, Source]:
    """Number the passages that ``chosen`` stand in, by key."""
    found = {one.candidate.hit.found.key: one.candidate.hit.found for one in chosen}
    return {key: Source(number, passage) for number, (key, passage) in enumerate(found.items(), 1)}


def best(searcher: Searcher, question: Question, hits: Sequence[Hit]) -> list[Scored]:
    """Return the sentences of ``hits``, best first; the same words only once."""
    found = candidates(hits)
    if not found:
        return []
    plain = without_meaning(question, found)
    order = sorted(range(len(found)), key=lambda place: -plain[place])[:EMBEDDED]
    close = searcher.relevance(question.searched, [f"{found[place].before} {found[place].text}" for place in order])
    scored = [
        Scored(found[place], plain[place] + MEANING * float(np.clip(near, 0.0, 1.0)))
        for place, near in zip(order, close, strict=True)
    ]
    return sorted(scored, key=lambda one: -one.score)


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Return every sentence of ``hits`` once: passages overlap, and reports repeat each other."""
    found: dict[str, Candidate] = {}
    for hit in hits:
        passage, article = hit.found.passage, hit.found.source.article
        before = ""
        for span in spans(passage, article.language):
            one = Candidate(hit, span, before)
            before = one.text
            found.setdefault(" ".join(WORD.findall(before.casefold())), one)
    found.pop("", None)
    return list(found.values())


def without_meaning(question: Question, found: Sequence[Candidate]) -> list[float]:
    """Score sentences by everything that costs no embedding."""
    texts = [stems(one.text) for one in found]
    weights = telling(question, texts)
    total = sum(weights.values()) or 1.0
    asks = kind(question.focus)
    return [
        WORDS * sum(weights[stem] for stem in text & weights.keys()) / total
        + PASSAGE * one.hit.score
        + OFFERED * asks.offered(one.text, question.searched)
        + WHOLE * (len(one.text.split()) >= FEWEST_WORDS)
        for one, text in zip(found, texts, strict=True)
    ]
