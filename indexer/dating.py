"""Dates of publication that cannot be believed are kept from deciding what is found, and said to be in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from indexer.types import Article

SKEW = timedelta(days=1)
"""How far ahead of now a date may lie and be right: clocks differ, and zones that were not stated."""

PLANNED = timedelta(days=31)
"""How far ahead articles are planned; an embargo, which is stated, may end later than that."""

_NEVER_SET = datetime(1970, 1, 1, tzinfo=UTC)


def doubted(article: Article, now: datetime) -> Article:
    """Return ``article`` as it is if it may have been published when it says, seen from ``now``.

    What lies up to a month ahead is kept as a date in doubt: the article is found from then on, as one that was planned
    for it. What lies farther ahead is damage, and so is the first second of 1970: the time of the last change stands in
    for it if that is past, else the article has no date and counts as published when it was indexed.
    """
    published = article.published_at
    if published is None or (published != _NEVER_SET and published <= now + SKEW):
        return article
    if published != _NEVER_SET and published <= now + PLANNED:
        return replace(article, date_confidence="low")
    past = article.updated_at is not None and _NEVER_SET < article.updated_at <= now + SKEW
    why = "was never set" if published == _NEVER_SET else "lies too far ahead"
    stands_in = ", so updated_at stands in for it" if past else ""
    return replace(
        article,
        published_at=article.updated_at if past else None,
        date_source=f"{article.date_source or 'published_at'}: {published:%Y-%m-%d} {why}{stands_in}",
        date_confidence="low",
    )
