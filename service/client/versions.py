"""What the service answers about the versions of an article."""

from __future__ import annotations

from service.client.records import Record, Source


class Change(Record):
    """A field that an article's new version has changed."""

    field: str
    before: str | tuple[str, ...] | bool | None
    after: str | tuple[str, ...] | bool | None


class ChangedSentence(Record):
    """A sentence that came into the body of an article, or went."""

    text: str
    char_start: int
    char_end: int


class Version(Source):
    """A version of an article, with what changed from the one before."""

    changes: tuple[Change, ...]
    added: tuple[ChangedSentence, ...]
    removed: tuple[ChangedSentence, ...]


class Versions(Record):
    """Every version of an article, the first one first."""

    article_id: str
    versions: tuple[Version, ...]
