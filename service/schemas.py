"""The JSON of the native API: what may be asked, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from indexer import Article, Freshness, StoredArticle, StoredPassage
from service.types import FURTHEST_OFFSET, LONGEST_QUESTION, MOST_HITS, Answer, GroupBy, Hit, Query

EXAMPLE_QUESTION = "Why was the harbour bridge closed?"


def starting(value: object) -> object:
    """Read a date as the first second of its day, in UTC; anything else is left to pydantic."""
    return at(value, time.min)


def ending(value: object) -> object:
    """Read a date as the last second of its day, in UTC; anything else is left to pydantic."""
    return at(value, time(23, 59, 59))


def at(value: object, hour: time) -> object:
    """Read ``2025-08-21`` as that day at ``hour``, and a time without a zone as UTC."""
    if not isinstance(value, str):
        return value
    try:
        if len(value) == len("2025-08-21"):
            return datetime.combine(date.fromisoformat(value), hour, UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a date; write 2025-08-21 or 2025-08-21T14:05:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


From = Annotated[datetime, BeforeValidator(starting)]
To = Annotated[datetime, BeforeValidator(ending)]


class SearchIn(BaseModel):
    """A question with its filters. In a URL, a list is the same name again: ``publishers=A&publishers=B``."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"q": EXAMPLE_QUESTION, "limit": 3}})

    q: str = Field(description="The question, in everyday words.", min_length=1, max_length=LONGEST_QUESTION)
    limit: int = Field(10, ge=1, le=MOST_HITS, description="How many hits.")
    offset: int = Field(0, ge=0, le=FURTHEST_OFFSET, description="How many hits to pass over, for further pages.")
    group_by: GroupBy = Field("article", description="One hit an article, its best passage; or every passage.")
    as_of: To | None = Field(
        None, description="The moment the question is asked, by default now. Nothing published later is an answer."
    )
    published_from: From | None = Field(None, description="Published then or later: a date, or a time with its zone.")
    published_to: To | None = Field(None, description="Published then or earlier; a date includes its whole day.")
    publishers: list[str] = Field([], description="Only these publishers, by name or domain.")
    exclude_publishers: list[str] = Field([], description="None of these publishers, by name or domain.")
    authors: list[str] = Field([], description="By at least one of these authors.")
    categories: list[str] = Field([], description="In at least one of these categories.")
    languages: list[str] = Field([], description="In one of these languages; `en` includes `en-GB`.")
    article_ids: list[str] = Field([], description="Only from these articles.")

    def query(self, now: datetime) -> Query:
        """Return the question, asked ``now`` unless it names an earlier moment: nobody sees behind an embargo."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.model_dump(exclude={"q", "as_of"}).items()
        }
        return Query(text=self.q, as_of=min(self.as_of or now, now), **values)


class PublisherOut(BaseModel):
    """Who published an article."""

    name: str | None = Field(examples=["Harbour Gazette"])
    domain: str | None = Field(examples=["harbourgazette.example"])


class ArticleOut(BaseModel):
    """An article as it stands in the index, without its text."""

    article_id: str
    version: int = Field(description="Counts the states this article has had, from 1.")
    title: str
    summary: str | None
    url: str | None
    publisher: PublisherOut
    authors: list[str]
    categories: list[str]
    language: str | None
    published_at: datetime | None
    updated_at: datetime | None
    indexed_at: datetime
    status: str
    correction: str | None

    @classmethod
    def values(cls, stored: StoredArticle) -> dict[str, Any]:
        """Return the fields of ``stored``."""
        article: Article = stored.article
        return {
            "article_id": article.id,
            "version": stored.version,
            "title": article.title,
            "summary": article.summary,
            "url": article.url,
            "publisher": PublisherOut(name=article.publisher, domain=article.domain),
            "authors": list(article.authors),
            "categories": list(article.categories),
            "language": article.language,
            "published_at": article.published_at,
            "updated_at": article.updated_at,
            "indexed_at": stored.indexed_at,
            "status": article.status,
            "correction": article.correction,
        }


class SpanOut(BaseModel):
    """A slice of an article's body, in code points: ``text == body[char_start:char_end]``."""

    id: str = Field(description="The passage's id; it never comes to mean another text.")
    text: str
    char_start: int
    char_end: int

    @classmethod
    def span(cls, found: StoredPassage) -> dict[str, Any]:
        """Return the fields of ``found``."""
        passage = found.passage
        return {"id": passage.id, "text": passage.text, "char_start": passage.start, "char_end": passage.end}

    @classmethod
    def bare(cls, found: StoredPassage) -> SpanOut:
        """Return ``found`` without its article."""
        return SpanOut(**cls.span(found))


class PassageOut(SpanOut, ArticleOut):
    """A passage with the article it stands in."""

    position: int = Field(description="Which passage of its article this is, from 0.")
    before: list[SpanOut] = Field([], description="The passages before it, where asked for.")
    after: list[SpanOut] = Field([], description="The passages after it, where asked for.")

    @classmethod
    def of(cls, found: StoredPassage, before: list[StoredPassage], after: list[StoredPassage]) -> Self:
        """Return ``found`` with its neighbours."""
        return cls(
            **cls.span(found),
            **cls.values(found.source),
            position=found.position,
            before=[SpanOut.bare(one) for one in before],
            after=[SpanOut.bare(one) for one in after],
        )


class FullArticleOut(ArticleOut):
    """An article with its text and how it was cut into passages."""

    body: str
    passages: list[SpanOut]

    @classmethod
    def of(cls, stored: StoredArticle, passages: list[StoredPassage]) -> Self:
        """Return ``stored`` with its passages."""
        return cls(**cls.values(stored), body=stored.article.body, passages=[SpanOut.bare(one) for one in passages])


class ScoresOut(BaseModel):
    """What the score is made of."""

    vector: float = Field(description="Cosine of question and passage.")
    words: float = Field(description="BM25 of the question's words in headline and passage.")
    fused: float = Field(description="Both in one, from 0 to 1.")


class HitOut(SpanOut, ArticleOut):
    """A passage that answers, with its exact source."""

    position: int = Field(description="Which passage of its article this is, from 0.")
    score: float = Field(description="From 0 to 1, higher is better.")
    scores: ScoresOut

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Return ``hit``."""
        parts = hit.parts
        return cls(
            **cls.span(hit.found),
            **cls.values(hit.found.source),
            position=hit.found.position,
            score=hit.score,
            scores=ScoresOut(vector=parts.vector, words=parts.words, fused=parts.fused),
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
    warnings: list[str] = Field(description="What a reader should know: an empty index, filters that leave nothing.")

    @classmethod
    def of(cls, answer: Answer, took_ms: float) -> Self:
        """Return ``answer``."""
        query = answer.query
        seen = query.offset + len(answer.hits)
        further = answer.hits and seen < answer.total and seen <= FURTHEST_OFFSET
        return cls(
            query=query.text,
            as_of=query.as_of,
            results=[HitOut.of(hit) for hit in answer.hits],
            offset=query.offset,
            total=answer.total,
            next_offset=seen if further else None,
            took_ms=round(took_ms, 1),
            index=FreshnessOut.of(answer.freshness),
            warnings=list(answer.warnings),
        )


class ErrorOut(BaseModel):
    """One thing that is wrong with a request."""

    field: str
    message: str


class ProblemOut(BaseModel):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["limit: Input should be less than or equal to 100"])
    instance: str = Field(examples=["/search"])
    request_id: str
    errors: list[ErrorOut] = Field([], description="Where several things are wrong: each of them.")


def errors_of(found: Sequence[Any]) -> list[ErrorOut]:
    """Name the field and what is wrong with it, for each of pydantic's findings."""
    return [
        ErrorOut(
            field=".".join(str(part) for part in one["loc"] if part not in ("query", "body", "path")) or "body",
            message=one["msg"].removeprefix("Value error, "),
        )
        for one in found
    ]
