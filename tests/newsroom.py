"""What an index should hold and show, said as plainly as possible: no store, no views, only lists of what was heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fakes import CHUNKING

from indexer.chunking import chunk
from indexer.types import Article


@dataclass(frozen=True)
class Told:
    """A version of an article: what it says, since when that is true, and when the index heard it."""

    article: Article
    number: int
    since: datetime
    heard: datetime
    passages: tuple[str, ...]

    @property
    def published(self):
        return self.article.published_at or self.since

    @property
    def withdrawn(self):
        return self.article.status == "withdrawn"


def expired(one, moment):
    return one.article.expires_at is not None and one.article.expires_at <= moment


def embargoed(one, moment):
    return one.article.embargo_until is not None and moment < one.article.embargo_until


@dataclass
class Newsroom:
    """Every article that is in the index with all that was told of it, the newest last."""

    told: dict[str, tuple[Told, ...]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    changes: int = 0

    def frozen(self):
        """What somebody knows who does not look again."""
        return Newsroom(dict(self.told), dict(self.numbers), self.changes)

    def hear(self, article, now):
        """An article arrives. What is known already, or in a later version, changes nothing."""
        before = self.told.get(article.id, ())
        if before and (before[-1].article == article or is_older(article, before[-1].article)):
            return
        self.changes += 1
        number = self.numbers[article.id] = self.numbers.get(article.id, 0) + 1
        passages = tuple(passage.text for passage in chunk(article, CHUNKING))
        self.told[article.id] = (*before, Told(article, number, begins(article, before, now), now, passages))

    def forget(self, ids):
        """Articles are removed, with their past; one that comes back has none."""
        for one in dict.fromkeys(ids):
            if self.told.pop(one, None):
                self.changes += 1

    def expired(self, now):
        """Ids of what may be swept."""
        return sorted(one for one, versions in self.told.items() if expired(versions[-1], now))

    def found(self, as_of, now, known_at=None):
        """The versions that a question as of then finds, asked now."""
        each = (found(versions, as_of, now, known_at) for versions in self.told.values())
        return {(one.article.id, one.number): one for one in each if one}

    def shown(self, now):
        """The articles that can be read now, in their newest version, by id."""
        return {
            one: versions[-1] for one, versions in sorted(self.told.items()) if readable(versions[-1], versions, now)
        }

    def taken_back(self, now):
        """Ids of the articles of which readers are told that they were withdrawn."""
        return {
            one
            for one, versions in self.told.items()
            if versions[-1].withdrawn and versions[-1].published <= now and not embargoed(versions[-1], now)
        }


def is_older(article, known):
    """Whether what is known says of itself that it was changed after ``article`` was written."""
    written = article.updated_at or article.published_at
    return known.updated_at is not None and written is not None and written < known.updated_at


def begins(article, before, now):
    """Since when it is true: the first since publication, a later one since it was updated if that can be, else now."""
    if not before:
        return article.published_at or now
    last = before[-1]
    latest = max(last.since, last.article.updated_at or last.since)
    updated = article.updated_at
    return updated if updated is not None and latest < updated <= now else now


def found(versions, as_of, now, known_at=None):
    """The one that was the newest true at ``as_of``, or the newest heard by ``known_at``, if readers may see it."""
    if known_at is None:
        candidates = [one for one in versions if one.since <= as_of]
    else:
        candidates = [one for one in versions if one.heard <= known_at]
    if not candidates:
        return None
    one = candidates[-1]
    return one if one.since <= as_of and readable(one, versions, as_of, now) else None


def readable(one, versions, as_of, now=None):
    """Whether a version may be seen: nothing withdrawn, expired by now, under embargo or not published yet.

    What holds of the newest version, holds of all before it as well.
    """
    limits: Iterable[Told] = (one, versions[-1])
    if one.published > as_of:
        return False
    return not any(
        limit.withdrawn or embargoed(limit, as_of) or expired(limit, max(as_of, now or as_of)) for limit in limits
    )
