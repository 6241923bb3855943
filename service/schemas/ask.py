"""Answers in sentences: what may be asked, what is answered, and the events of a stream."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from service.answering import (
    MOST_SENTENCES,
    NOT_HERE,
    PLENTY,
    SURE_ENOUGH,
    Answered,
    Asked,
    Citation,
    Cited,
    Mode,
    Part,
    Removed,
    Said,
    Source,
)
from service.schemas.answers import FreshnessOut, UnderstoodOut
from service.schemas.asked import EXAMPLE_QUESTION, QuestionIn
from service.schemas.sources import ArticleOut, PublisherOut, SpanOut, sha256_of

MOST_READ = 20


class AskIn(QuestionIn):
    """A question to be answered in sentences. Several questions in one are searched apart."""

    model_config = ConfigDict(json_schema_extra={"example": {"q": EXAMPLE_QUESTION}})

    mode: Mode = Field(
        "extractive", description="Sentences of the articles, word for word; or `written` by the configured model."
    )
    stream: bool = Field(False, description="Answer in server-sent events, as the answer comes into being.")
    sentences: int = Field(
        3, ge=1, le=MOST_SENTENCES, description="How many sentences an extractive answer has for each part at most."
    )
    limit: int = Field(PLENTY, ge=1, le=MOST_READ, description="How many passages are read for each part.")
    min_confidence: float = Field(
        SURE_ENOUGH, ge=0, le=1, description="A part whose `confidence` is below this is `no_answer`."
    )

    def asked(self, now: datetime) -> Asked:
        """Return what is asked for, asked ``now`` unless it names an earlier moment."""
        return Asked(self.query(now), self.sentences)


class PartOut(BaseModel):
    """One of the questions that were asked."""

    text: str
    confidence: float = Field(description="The probability that anything in these articles answers it, from 0 to 1.")
    no_answer: bool = Field(description="Nothing in these articles answers it.")
    understood: UnderstoodOut | None = Field(description="Its time words.")

    @classmethod
    def of(cls, part: Part) -> Self:
        """Return ``part``."""
        time = part.understood
        return cls(
            text=part.question.text,
            confidence=round(part.confidence, 4),
            no_answer=part.no_answer,
            understood=UnderstoodOut(text=time.text, start=time.start, end=time.end, filtered=part.filtered)
            if time
            else None,
        )


class SourceOut(SpanOut, ArticleOut):
    """A passage that may be cited, with its article."""

    number: int = Field(description="What citations call it, from 1.")

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return ``source``."""
        return cls(number=source.number, **cls.span(source.found), **cls.values(source.found.source))


class CitationOut(BaseModel):
    """Words of an article: `text == body[char_start:char_end]`, in code points."""

    source: int = Field(description="The number of the passage.")
    passage_id: str
    article_id: str
    version: int = Field(description="The version of the article that says so: `/articles/{id}?version=` has its text.")
    title: str
    publisher: PublisherOut
    url: str | None
    published_at: datetime | None
    text: str
    char_start: int
    char_end: int
    hash: str = Field(description="SHA-256 of the passage's text; `/passages/{id}?verify=` checks it.")

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """Return ``citation``."""
        passage, stored = citation.source.found.passage, citation.source.found.source
        article = stored.article
        return cls(
            source=citation.source.number,
            passage_id=passage.id,
            article_id=article.id,
            version=stored.version,
            title=article.title,
            publisher=PublisherOut(name=article.publisher, domain=article.domain),
            url=article.url,
            published_at=article.published_at,
            text=citation.text,
            char_start=citation.span.start,
            char_end=citation.span.end,
            hash=sha256_of(passage.text),
        )


class SentenceOut(BaseModel):
    """A sentence of the answer."""

    text: str
    parts: list[int] = Field(description="Which of `parts` it answers, from 0.")
    score: float | None = Field(description="Of an extractive sentence, from 0 to 1; higher is better.")
    supported: bool = Field(description="Whether its citations bear it.")
    doubt: str | None = Field(description="Why it is not supported.")
    citations: list[CitationOut]

    @classmethod
    def of(cls, said: Said, cited: list[Cited]) -> Self:
        """Return ``said`` with its citations."""
        return cls(
            text=said.text,
            parts=list(said.parts),
            score=said.score,
            supported=said.supported,
            doubt=said.doubt,
            citations=[CitationOut.of(one.citation) for one in cited],
        )


class RemovedOut(BaseModel):
    """A citation that was taken out as it does not hold."""

    sentence: int = Field(description="Which of `sentences` had it, from 0.")
    source: int
    quote: str
    reason: str

    @classmethod
    def of(cls, removed: Removed) -> Self:
        """Return ``removed``."""
        return cls(sentence=removed.sentence, source=removed.number, quote=removed.quote, reason=removed.reason)


class AskedOut(BaseModel):
    """An answer in sentences, each with the words that bear it."""

    query: str
    as_of: datetime = Field(description="The moment the question was asked at.")
    mode: Mode
    answer: str = Field(description="All sentences in one text, with the numbers of their sources.")
    no_answer: bool = Field(description="It is not in these articles.")
    parts: list[PartOut]
    sentences: list[SentenceOut] = Field(description="Of each part the best first.")
    sources: list[SourceOut]
    removed: list[RemovedOut] = Field(description="Citations that a language model made and that do not hold.")
    took_ms: float
    index: FreshnessOut
    warnings: list[str]

    @classmethod
    def of(cls, ask: AskIn, asked: Asked, answered: Answered, took_ms: float) -> Self:
        """Return ``answered``."""
        cited = [[one for one in answered.cited if one.sentence == place] for place in range(len(answered.said))]
        sentences = [SentenceOut.of(said, own) for said, own in zip(answered.said, cited, strict=True)]
        return cls(
            query=asked.query.text,
            as_of=asked.query.as_of,
            mode=ask.mode,
            answer=NOT_HERE if answered.no_answer else " ".join(numbered(one) for one in sentences),
            no_answer=answered.no_answer,
            parts=[PartOut.of(part) for part in answered.opening.parts],
            sentences=sentences,
            sources=[SourceOut.of(source) for source in answered.opening.sources],
            removed=[RemovedOut.of(one) for one in answered.removed],
            took_ms=round(took_ms, 1),
            index=FreshnessOut.of(answered.opening.freshness),
            warnings=list(answered.warnings),
        )


def numbered(sentence: SentenceOut) -> str:
    """Return a sentence followed by the numbers of its sources."""
    numbers = dict.fromkeys(citation.source for citation in sentence.citations)
    return " ".join([sentence.text, "".join(f"[{number}]" for number in numbers)]).rstrip()
