"""A score in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.ranking import ARTICLE, VECTOR, WORDS
from service.types import Hit


@dataclass(frozen=True, slots=True)
class Step:
    """What gives or takes points, how many, and why."""

    part: str
    points: float
    because: str


def explain(hit: Hit) -> list[Step]:
    """Return the steps of a score; their points add up to it."""
    return [step for step in steps(hit) if step.points or step.part in ("vector", "words")]


def steps(hit: Hit) -> Iterator[Step]:
    """Yield every step."""
    parts = hit.parts
    yield Step("vector", VECTOR * parts.vector, f"{VECTOR} x the cosine of question and passage, {parts.vector:.3f}")
    for name, share, value, what in (
        ("words", WORDS, parts.words, "passage"),
        ("article_words", ARTICLE, parts.article_words, "whole article"),
    ):
        yield Step(name, share * value, f"{share} x its {what}'s BM25, {value:.3f} of the best candidate's")
    aged = parts.fused * parts.recency
    published = hit.found.source.article.published_at
    age = f"published {published:%Y-%m-%d}" if published else "without a date"
    yield Step("recency", aged - parts.fused, f"x {parts.recency:.3f}, as it was {age}")
    placed = aged * parts.period
    yield Step("period", placed - aged, f"x {parts.period:.3f}, for not being of the time that the question names")
    if parts.rerank is not None:
        yield Step("rerank", hit.score - placed, f"mixed in halves with the reranker's {parts.rerank:.3f}")
