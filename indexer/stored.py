"""Articles and passages as a store holds them, and on their way in and out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from indexer.types import Article, Keys, Passage, Vector, Vectors


@dataclass(frozen=True, slots=True)
class Revision:
    """An article's new state, with its passages and one embedding a passage, ready to be stored.

    ``story`` is where it belongs if it is new; one that is known stays in its story.
    """

    article: Article
    digest: str
    passages: tuple[Passage, ...]
    vectors: Vectors
    story: str


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A version of an article as the store holds it; versions count from 1."""

    article: Article
    version: int
    digest: str
    indexed_at: datetime

    @property
    def opens(self) -> datetime:
        """When readers may first see it. Without a date it was published some time before it was indexed."""
        published = self.article.published_at or self.indexed_at
        return max(published, self.article.embargo_until or published)

    @property
    def closes(self) -> datetime | None:
        """When readers may no longer see it; None for never."""
        return self.opens if self.article.status == "withdrawn" else self.article.expires_at

    def visible(self, as_of: datetime) -> bool:
        """Return whether readers who ask as of then may see it. What has expired by now is gone for them too."""
        return self.opens <= as_of and (self.closes is None or max(as_of, datetime.now(UTC)) < self.closes)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage under its key, with the article it is a slice of; ``position`` counts from 0 within the article."""

    key: int
    passage: Passage
    position: int
    source: StoredArticle


@dataclass(frozen=True, slots=True)
class Candidate:
    """What ranking needs to know of a passage before its text is read. Copies of one text have ``copies`` in common."""

    key: int
    article_id: str
    published_at: datetime | None
    publisher: str | None
    story: str
    copies: int


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the articles that have ``copies`` in common."""

    copies: int
    source: StoredArticle


@dataclass(frozen=True, slots=True)
class Addition:
    """A passage on its way into a view."""

    key: int
    version_key: int
    text: str
    vector: Vector
    source: StoredArticle


@dataclass(frozen=True, slots=True)
class Changes:
    """One step of the log: after it a view stands at ``sequence_number``. Applying a step twice does no harm.

    ``removed`` are passages, ``retired`` the versions of articles that they were passages of.
    """

    sequence_number: int
    removed: Keys
    retired: Keys
    added: Sequence[Addition]
