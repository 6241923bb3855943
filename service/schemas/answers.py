"""What is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from indexer import Freshness
from service.explaining import Step, explain
from service.schemas.sources import ArticleOut, CopyOut, SpanOut
from service.types import FURTHEST_OFFSET, Answer, Hit


class ScoresOut(BaseModel):
    """What the score is made of: `score = fused * recency * period`, mixed with `rerank` where there is one."""

    vector: float = Field(description="Cosine of question and passage.")
    words: float = Field(description="BM25 of the passage, as a share of the best candidate's.")
    article_words: float = Field(description="BM25 of the whole article, as a share of the best candidate's.")
    fused: float = Field(description="All three in one, from 0 to 1.")
    recency: float = Field(description="Factor for the article's age, up to 1.")
    period: float = Field(description="Factor for being outside the time the question names, up to 1.")
    rerank: float | None = Field(
        description="What the cross-encoder makes of it, from 0 to 1; 0 where it did not get to it."
    )


class HighlightOut(BaseModel):
    """A slice of the article's body, in code points."""

    text: str
    char_start: int
    char_end: int


class StepOut(BaseModel):
    """One step of a score: what it is, in words, and the points it gives or takes."""

    part: str
    points: float
    because: str

    @classmethod
    def of(cls, step: Step) -> Self:
        """Return ``step``."""
        return cls(part=step.part, points=step.points, because=step.because)


class HitOut(SpanOut, ArticleOut):
    """A passage that answers, with its exact source."""

    position: int = Field(description="Which passage of its article this is, from 0.")
    score: float = Field(description="From 0 to 1, higher is better.")
    scores: ScoresOut
    highlights: list[HighlightOut] = Field(description="The sentence that answers best.")
    story_id: str = Field(description="Articles that tell the same event have the same; see `/stories/{id}`.")
    also_published_by: list[CopyOut] = Field(description="Articles with the same text, folded into this hit.")
    explanation: list[StepOut] = Field([], description="On request: steps whose points add up to the score.")

    @classmethod
    def of(cls, hit: Hit, explained: bool = False) -> Self:
        """Return ``hit``."""
        start, end = hit.highlight.start, hit.highlight.end
        text = hit.found.source.article.body[start:end]
        return cls(
            **cls.span(hit.found),
            **cls.values(hit.found.source),
            position=hit.found.position,
            score=hit.score,
            scores=ScoresOut.model_validate(hit.parts, from_attributes=True),
            highlights=[HighlightOut(text=text, char_start=start, char_end=end)],
            story_id=hit.story,
            also_published_by=[CopyOut.of(copy.source) for copy in hit.copies],
            explanation=[StepOut.of(step) for step in explain(hit)] if explained else [],
        )


class UnderstoodOut(BaseModel):
    """What the time words of the question were taken to mean."""

    text: str = Field(description="The words.", examples=["last week"])
    start: datetime | None
    end: datetime | None
    filtered: bool = Field(
        description="Whether only this time was searched, and a while after it in which news of it is still told;"
        " otherwise it is a preference."
    )


class FreshnessOut(BaseModel):
    """How new the index was that answered."""

    sequence_number: int = Field(description="Rises with every change; equal numbers mean the same index.")
    indexed_at: datetime | None = Field(description="When the last change was made.")
    newest_article_at: datetime | None
    articles: int
    passages: int

    @classmethod
    def of(cls, freshness: Freshness) -> Self:
        """Return ``freshness``."""
        return cls.model_validate(freshness, from_attributes=True)


class AnswerOut(BaseModel):
    """Hits, best first."""

    query: str
    as_of: datetime = Field(description="The moment the question was asked at.")
    results: list[HitOut]
    offset: int
    total: int = Field(description="How many were ranked; the results are one page of them.")
    next_offset: int | None = Field(description="The offset of the next page; null where there is none.")
    took_ms: float
    index: FreshnessOut
    understood: UnderstoodOut | None = Field(description="Its time words; `parse_time=false` ignores them.")
    recency_weight: float = Field(description="The share of a score that age could take: 0 where age did not count.")
    confidence: float = Field(description="The probability that anything here answers, from 0 to 1.")
    no_answer: bool = Field(description="Nothing found is good enough: `confidence` is below `min_confidence`.")
    warnings: list[str] = Field(description="What a reader should know: an empty index, filters that leave nothing.")

    @classmethod
    def of(cls, answer: Answer, took_ms: float, explained: bool = False) -> Self:
        """Return ``answer``."""
        query, time = answer.query, answer.understood
        seen = query.offset + len(answer.hits)
        further = answer.hits and seen < answer.total and seen <= FURTHEST_OFFSET
        return cls(
            query=query.text,
            as_of=query.as_of,
            results=[HitOut.of(hit, explained) for hit in answer.hits],
            offset=query.offset,
            total=answer.total,
            next_offset=seen if further else None,
            took_ms=round(took_ms, 1),
            index=FreshnessOut.of(answer.freshness),
            understood=UnderstoodOut(text=time.text, start=time.start, end=time.end, filtered=answer.filtered)
            if time
            else None,
            recency_weight=answer.recency_weight,
            confidence=round(answer.confidence, 4),
            no_answer=answer.no_answer,
            warnings=list(answer.warnings),
        )
