"""Searching for every part of a question, and what was found for all of them together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from indexer import Freshness
from service.answering.events import Part, Source
from service.answering.parts import split
from service.search import Searcher
from service.types import Answer, Hit, Query


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts of a question, and for each of them, in the same order, the passages that may answer it."""

    parts: tuple[Part, ...]
    hits: tuple[tuple[Hit, ...], ...]
    freshness: Freshness
    warnings: tuple[str, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every passage once, numbered in the order of the parts."""
        found = {hit.found.key: hit.found for hits in self.hits for hit in hits}
        return tuple(Source(number, passage) for number, passage in enumerate(found.values(), 1))


def read(searcher: Searcher, query: Query) -> Reading:
    """Search for each part of the question in the text of ``query``, apart, under its filters.

    A part that leans on the first one has an answer where that has: it says too little to be judged by itself.
    """
    questions = split(query.text)
    answers: list[Answer] = []
    for one in questions:
        least = 0.0 if one.leans and not answers[0].no_answer else query.min_confidence
        asked = replace(query, text=one.searched, group_by="passage", min_confidence=least)
        answers.append(searcher.search(asked))
    parts = tuple(
        Part(question, answer.confidence, answer.no_answer, answer.understood, answer.filtered)
        for question, answer in zip(questions, answers, strict=True)
    )
    warnings = tuple(dict.fromkeys(one for answer in answers for one in answer.warnings))
    return Reading(parts, tuple(answer.hits for answer in answers), answers[-1].freshness, warnings)
