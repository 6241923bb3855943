"""Articles, passages and stories: what answers come from."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from pydantic import BaseModel, Field

from indexer import Article, StoredArticle, StoredPassage
from service.stories import Story


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
    valid_from: datetime = Field(description="When this version came to be true: published, updated, or else indexed.")
    valid_to: datetime | None = Field(description="When the next version did; null where there is none.")
    status: str
    correction: str | None = Field(description="What the publisher corrected.")
    corrected_at: datetime | None
    paywalled: bool = Field(description="Readers have to pay, so the text may be only a part.")
    date_source: str | None = Field(description="Where the date was read.")
    date_confidence: str | None = Field(description="`low` where the date is doubtful.")

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
            "valid_from": stored.valid_from,
            "valid_to": stored.valid_to,
            "status": article.status,
            "correction": article.correction,
            "corrected_at": stored.corrected_at,
            "paywalled": article.paywalled,
            "date_source": article.date_source,
            "date_confidence": article.date_confidence,
        }


def sha256_of(text: str) -> str:
    """Return the SHA-256 of ``text`` in UTF-8, as 64 hex digits in lower case."""
    return sha256(text.encode()).hexdigest()


class SpanOut(BaseModel):
    """A slice of an article's body, in code points: ``text == body[char_start:char_end]``."""

    id: str = Field(description="The passage's id; it never comes to mean another text.")
    text: str
    hash: str = Field(description="SHA-256 of `text` in UTF-8, 64 hex digits; `/passages/{id}?verify=` checks it.")
    char_start: int
    char_end: int

    @classmethod
    def span(cls, found: StoredPassage) -> dict[str, Any]:
        """Return the fields of ``found``."""
        passage = found.passage
        return {
            "id": passage.id,
            "text": passage.text,
            "hash": sha256_of(passage.text),
            "char_start": passage.start,
            "char_end": passage.end,
        }

    @classmethod
    def bare(cls, found: StoredPassage) -> SpanOut:
        """Return ``found`` without its article."""
        return SpanOut(**cls.span(found))


class VerificationOut(BaseModel):
    """Whether a citation still holds."""

    verified: bool = Field(description="The text under this id is exactly the one with this hash.")
    current: bool = Field(description="Its words still stand in the article's current version.")

    @classmethod
    def of(cls, found: StoredPassage, hash_: str, current: Article) -> Self:
        """Return what is true of ``found``, whose article reads like ``current`` now."""
        text = found.passage.text
        return cls(verified=sha256_of(text) == hash_, current=text in current.body)


class PassageOut(SpanOut, ArticleOut):
    """A passage with the article it stands in."""

    position: int = Field(description="Which passage of its article this is, from 0.")
    before: list[SpanOut] = Field([], description="The passages before it, where asked for.")
    after: list[SpanOut] = Field([], description="The passages after it, where asked for.")
    verification: VerificationOut | None = Field(None, description="Where `verify` was given.")

    @classmethod
    def of(
        cls,
        found: StoredPassage,
        before: list[StoredPassage],
        after: list[StoredPassage],
        verification: VerificationOut | None = None,
    ) -> Self:
        """Return ``found`` with its neighbours, and with what came of verifying it."""
        return cls(
            **cls.span(found),
            **cls.values(found.source),
            position=found.position,
            before=[SpanOut.bare(one) for one in before],
            after=[SpanOut.bare(one) for one in after],
            verification=verification,
        )


class FullArticleOut(ArticleOut):
    """An article with its text and how it was cut into passages."""

    body: str
    passages: list[SpanOut]

    @classmethod
    def of(cls, stored: StoredArticle, passages: list[StoredPassage]) -> Self:
        """Return ``stored`` with its passages."""
        return cls(**cls.values(stored), body=stored.article.body, passages=[SpanOut.bare(one) for one in passages])


class CopyOut(BaseModel):
    """Another article with the same text."""

    article_id: str
    title: str
    url: str | None
    publisher: PublisherOut
    published_at: datetime | None

    @classmethod
    def of(cls, stored: StoredArticle) -> Self:
        """Return ``stored``."""
        article = stored.article
        return cls(
            article_id=article.id,
            title=article.title,
            url=article.url,
            publisher=PublisherOut(name=article.publisher, domain=article.domain),
            published_at=article.published_at,
        )


class ReportOut(CopyOut):
    """An article of a story, with where else its text ran."""

    also_published_by: list[CopyOut]


class StoryOut(BaseModel):
    """Articles that tell one event."""

    story_id: str
    title: str = Field(description="The headline of the first report.")
    first_published_at: datetime | None
    last_published_at: datetime | None
    publishers: list[str]
    timeline: list[ReportOut] = Field(description="Its reports, the earliest first; copies stand with the first one.")

    @classmethod
    def of(cls, story: Story) -> Self:
        """Return ``story``."""
        dates = [one.article.published_at for one in story.articles if one.article.published_at]
        names = (one.article.publisher or one.article.domain for one in story.articles)
        return cls(
            story_id=story.id,
            title=story.articles[0].article.title,
            first_published_at=min(dates, default=None),
            last_published_at=max(dates, default=None),
            publishers=list(dict.fromkeys(name for name in names if name)),
            timeline=[
                ReportOut(**CopyOut.of(first).model_dump(), also_published_by=[CopyOut.of(one) for one in others])
                for first, *others in story.reports
            ],
        )
