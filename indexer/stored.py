"""Articles and passages as a store holds them, and on their way in and out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    """A version of an article as the store holds it; versions count from 1.

    ``valid_from`` is when this state came to be true: the first when the article was published, a later one when its
    publisher says it was updated, or else when it was indexed. A version that is no longer the newest was true until
    ``valid_to`` and is known to be past since ``replaced_at``.
    """

    article: Article
    version: int
    digest: str
    indexed_at: datetime
    valid_from: datetime
    valid_to: datetime | None = None
    replaced_at: datetime | None = None

    @property
    def published(self) -> datetime:
        """When readers may first see the article in any version, as far as this one knows."""
        published = self.article.published_at or self.valid_from
        return max(published, self.article.embargo_until or published)

    @property
    def opens(self) -> datetime:
        """When readers may first see this version."""
        return max(self.published, self.valid_from)

    @property
    def closes(self) -> datetime | None:
        """When readers may no longer see the article; None for never."""
        return self.published if self.article.status == "withdrawn" else self.article.expires_at

    @property
    def corrected_at(self) -> datetime | None:
        """When the article came to be corrected; None where it was not."""
        return (self.article.updated_at or self.valid_from) if self.article.status == "corrected" else None

    def closed(self, as_of: datetime) -> bool:
        """Return whether readers may no longer see the article. What has expired by now is gone whenever they ask."""
        return self.closes is not None and max(as_of, datetime.now(UTC)) >= self.closes

    def shown(self, now: datetime) -> bool:
        """Return whether readers may see the article, whatever its version."""
        return self.published <= now and not self.closed(now)

    def as_known(self, at: datetime | None) -> StoredArticle:
        """Return this version without what was learned after ``at``: that it is past."""
        if at is None or self.replaced_at is None or self.replaced_at <= at:
            return self
        return replace(self, valid_to=None, replaced_at=None)

    def visible(self, as_of: datetime) -> bool:
        """Return whether this version is what readers see who ask as of then."""
        return self.opens <= as_of and (self.valid_to is None or as_of < self.valid_to) and not self.closed(as_of)


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
    version_key: int
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

    ``removed`` are passages, ``retired`` the versions of articles that they were passages of. What is ``added`` may
    be there already: a version that has become past comes again with the times that it was true.
    """

    sequence_number: int
    removed: Keys
    retired: Keys
    added: Sequence[Addition]
