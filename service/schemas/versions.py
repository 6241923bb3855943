"""The versions of an article."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from indexer import Article
from service.schemas.sources import ArticleOut
from service.types import Span
from service.versions import Version


class ChangeOut(BaseModel):
    """A field that has changed."""

    field: str
    before: str | list[str] | bool | datetime | None
    after: str | list[str] | bool | datetime | None


class ChangedSentenceOut(BaseModel):
    """A slice of the body of a version, in code points."""

    text: str
    char_start: int
    char_end: int

    @classmethod
    def of(cls, body: str, span: Span) -> Self:
        """Return the sentence at ``span``."""
        return cls(text=body[span.start : span.end], char_start=span.start, char_end=span.end)


class VersionOut(ArticleOut):
    """A version with what changed from the one before."""

    changes: list[ChangeOut] = Field(description="Every field that changed but the body.")
    added: list[ChangedSentenceOut] = Field(
        description="Sentences that came into the body; offsets are of this version."
    )
    removed: list[ChangedSentenceOut] = Field(description="Sentences that went; offsets are of the version before.")

    @classmethod
    def of(cls, version: Version) -> Self:
        """Return ``version``."""
        stored, before = version.stored, version.before
        return cls(
            **cls.values(stored),
            changes=[change(name, before, stored.article) for name in version.changed if before and name != "body"],
            added=[ChangedSentenceOut.of(stored.article.body, span) for span in version.added],
            removed=[ChangedSentenceOut.of(before.body, span) for span in version.removed if before],
        )


class VersionsOut(BaseModel):
    """Every version of an article, the first one first."""

    article_id: str
    versions: list[VersionOut]


def change(name: str, before: Article, after: Article) -> ChangeOut:
    """Return how the field ``name`` changed."""
    return ChangeOut(field=name, before=value(before, name), after=value(after, name))


def value(article: Article, name: str) -> Any:  # noqa: ANN401 (whatever the field holds)
    """Return a field as JSON has it."""
    found = getattr(article, name)
    return list(found) if isinstance(found, tuple) else found
