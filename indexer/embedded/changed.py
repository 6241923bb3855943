"""What filters ask of a version that is new, or whose times are, read from its row without making an article of it.

An index of a million passages has a hundred thousand versions, which are all read before it can answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from indexer.embedded.criteria import NEVER, seconds, terms
from indexer.embedded.database import Row
from indexer.showing import line
from indexer.types import Article

COLUMNS = (
    "v.key, v.removed, newest.added, v.article_id, v.published_at, v.valid_from, v.valid_to, v.indexed_at, ended.at,"
    " v.record, newest.record"
)
"""What ``read`` takes, selected from ``STATES``."""

shown = lru_cache(maxsize=10_000)(line)
"""Names of publishers, authors and categories as they are shown: there are far fewer than articles."""


@dataclass(frozen=True, slots=True)
class Times:
    """When a version is to be seen, in seconds since 1970."""

    opens: int
    closes: int
    published: int
    indexed: int
    ends: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Change:
    """A version that is new at a sequence number, or whose times are."""

    sequence_number: int
    key: int
    times: Times
    terms: frozenset[tuple[str, str]]


def read(row: Row, since: int, until: int) -> Change:
    """Read the columns of ``COLUMNS``, for a version that has changed in this part of the log."""
    key, removed, added, article_id, published, valid_from, valid_to, indexed, replaced, record, newest = row
    # a writer may have gone on past ``until`` since; then limits are known now, rather than never
    number = removed if removed is not None and removed > since else min(added or since, until)
    own = json.loads(record)
    limits = [own, json.loads(newest)] if newest else [own]
    first = max([valid_from if published is None else published, *moments("embargo_until", limits)])
    is_withdrawn = any(one.get("status") == "withdrawn" for one in limits)
    times = Times(
        opens=max(first, valid_from),
        closes=first if is_withdrawn else min(moments("expires_at", limits), default=NEVER),
        published=NEVER if published is None else published,
        indexed=indexed,
        ends=NEVER if valid_to is None else valid_to,
        replaced=NEVER if replaced is None else replaced,
    )
    return Change(number, key, times, frozenset(terms(labels(article_id, own))))


def moments(field: str, records: list[dict[str, Any]]) -> Iterator[int]:
    """Yield the times that ``records`` have in ``field``."""
    return (seconds(datetime.fromisoformat(one[field])) for one in records if field in one)


def labels(article_id: str, record: dict[str, Any]) -> Article:
    """Return an article of which only that is set by which it can be found."""
    publisher, language, url = record.get("publisher"), record.get("language"), record.get("url")
    return Article(
        article_id,
        title="",
        body="",
        url=url and line(url),
        publisher=publisher and shown(publisher),
        authors=tuple(map(shown, record.get("authors", ()))),
        categories=tuple(map(shown, record.get("categories", ()))),
        language=language and shown(language),
    )
