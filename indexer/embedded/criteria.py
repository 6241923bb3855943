"""What a filter compares, the same for every view of this engine: an article's terms, and times as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from indexer.types import Article, Condition, Filter

FIELDS = ("publisher", "author", "category", "language", "article")

Mask = NDArray[np.bool_]
Seconds = NDArray[np.int64]
Either = tuple["Span", ...]
"""Spans of which one is enough."""

NEVER = 2**62
"""Later than any time, in seconds since 1970, and small enough for every column type."""


def seconds(moment: datetime | None) -> int:
    """Return whole seconds since 1970; earlier times are negative, and no time at all is later than any."""
    return NEVER if moment is None else int(moment.timestamp())


def closing(where: Filter) -> int:
    """Return the time at which an article must not be closed: what has expired is gone, whenever one asks as of."""
    return seconds(max(where.as_of, datetime.now(UTC)))


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from ``first`` to ``last`` in a field."""

    field: str
    first: int = -NEVER
    last: int = NEVER

    def holds(self, numbers: Seconds) -> Mask:
        """Return which of ``numbers`` are within."""
        if self.last == NEVER:  # one look at a long column takes half as long as two
            return numbers >= self.first
        return numbers <= self.last if self.first == -NEVER else (numbers >= self.first) & (numbers <= self.last)


def visible(where: Filter) -> Iterator[Either]:
    """Yield what the times of a version satisfy that readers see who ask as ``where`` says.

    With ``known_at`` it is the one that was true at ``as_of`` by what was known then.
    """
    as_of = seconds(where.as_of)
    yield (Span("opens", last=as_of),)
    yield (Span("closes", first=closing(where) + 1),)
    if where.known_at is None:
        yield (Span("ends", first=as_of + 1),)
    else:
        known_at = seconds(where.known_at)
        yield (Span("indexed", last=known_at),)
        yield Span("ends", first=as_of + 1), Span("replaced", first=known_at + 1)


def dated(where: Filter) -> Iterator[Either]:
    """Yield the range of dates that ``where`` asks for, if it does."""
    if where.published_from or where.published_to:
        first = seconds(where.published_from) if where.published_from else -NEVER
        last = seconds(where.published_to) if where.published_to else NEVER - 1
        yield (Span("published", first, last),)


def holds(either: Either, numbers: Callable[[str], Seconds]) -> Mask:
    """Return where one of the spans holds the ``numbers`` of its field."""
    return reduce(np.logical_or, (one.holds(numbers(one.field)) for one in either))


def terms(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the (field, value) pairs an article can be found under."""
    yield "article", article.id
    for publisher in (article.publisher, article.domain):
        if publisher:
            yield "publisher", publisher.casefold()
    for author in article.authors:
        yield "author", author.casefold()
    for category in article.categories:
        yield "category", category.casefold()
    subtags = (article.language or "").casefold().split("-")
    for length in range(1, len(subtags) + 1):
        if subtags[0]:
            yield "language", "-".join(subtags[:length])


def conditions(where: Filter) -> Iterator[Condition]:
    """Yield what ``where`` asks of an article's terms."""
    for one in (
        Condition("article", where.article_ids),
        Condition("publisher", where.publishers),
        Condition("publisher", where.exclude_publishers, wanted=False),
        Condition("author", where.authors),
        Condition("category", where.categories),
        Condition("language", where.languages),
    ):
        if one.values:
            yield folded(one)
    yield from map(folded, where.conditions)


def folded(condition: Condition) -> Condition:
    """Return a condition as terms are written: all but ids without case."""
    if condition.field == "article":
        return condition
    return replace(condition, values=tuple(value.casefold() for value in condition.values))


def describes(where: Filter, article: Article) -> bool:
    """Return whether the terms of ``article`` are what ``where`` asks; times are not looked at."""
    found = set(terms(article))
    return all(any((one.field, value) in found for value in one.values) == one.wanted for one in conditions(where))
