"""What a filter compares, the same for every view of this engine: an article's terms, and times as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from indexer.types import Article, Condition, Filter

FIELDS = ("publisher", "author", "category", "language", "article")

NEVER = 2**62
"""Later than any time, in seconds since 1970, and small enough for every column type."""


def seconds(moment: datetime | None) -> int:
    """Return whole seconds since 1970; earlier times are negative, and no time at all is later than any."""
    return NEVER if moment is None else int(moment.timestamp())


def closing(where: Filter) -> int:
    """Return the time at which an article must not be closed: what has expired is gone, whenever one asks as of."""
    return seconds(max(where.as_of, datetime.now(UTC)))


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
