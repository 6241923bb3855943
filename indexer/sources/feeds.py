"""Feeds in XML: RSS 0.9x to 2.0, RDF and Atom, with content:encoded, Dublin Core, Media RSS and iTunes."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from indexer.errors import BadInput
from indexer.sources.dates import moment
from indexer.sources.items import Item, arrive
from indexer.sources.source import Source
from indexer.types import Arrival, Rejected

LONGEST = 16 * 2**20
"""Bytes of a feed, which is read as a whole and takes some ten times as much memory."""

_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400, "monthly": 30 * 86400, "yearly": 365 * 86400}

_MONTHS = (
    *("jan january janv janvier ene enero gen gennaio januar", "feb february fev févr fév febrero febbraio februar"),
    *("mar march mars marzo mär märz março", "apr april avr avril abr abril aprile", "may mai mayo mag maggio maio"),
    *("jun june juin junio giu giugno juni junho", "jul july juil juillet julio lug luglio juli julho"),
    *("aug august août aout ago agosto", "sep sept september septembre septiembre set settembre setembro"),
    *("oct october octobre octubre ott ottobre okt oktober out outubro", "nov november novembre noviembre novembro"),
    *("dec december déc décembre dic diciembre dicembre dez dezember dezembro",),
)
_ENGLISH = {name: names.split()[0].title() for names in _MONTHS for name in names.split()}
_RFC_822 = re.compile(r"\s*(?:[^\W\d_]{2,12}\.?,?\s+)?(\d{1,2})\s+([^\W\d_]{3,12})\.?\s+(\d{4}\b.{0,20})")


class EmptyFeed(BadInput):
    """A feed is as it should be, but lists nothing at the moment."""


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a feed."""
    try:
        found = items(source.stream.read(LONGEST + 1))
    except BadInput as error:
        yield Rejected(source.origin, str(error))
        return
    for number, item in enumerate(found, start=1):
        yield arrive(item, source.origin, number)


def items(data: bytes) -> tuple[Item, ...]:
    """What the feed ``data`` says about each of its articles; at least one. Raises BadInput."""
    parsed = _parsed(data)
    if not parsed.entries and parsed.version:
        raise (BadInput if parsed.bozo else EmptyFeed)("a feed without an item")
    if not parsed.entries:
        raise BadInput("a broken feed: no item was found")
    return tuple(_item(entry, parsed.feed) for entry in parsed.entries)


def pause(data: bytes) -> float:
    """Seconds after which the feed ``data`` wants to be asked again; 0 where it does not say. Raises BadInput."""
    feed = _parsed(data).feed
    minutes = str(feed.get("ttl") or "").strip()
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower(), 0)
    times = str(feed.get("sy_updatefrequency") or "").strip()
    often = int(times[:6]) if times.isdecimal() else 1
    return max(60.0 * int(minutes[:6]) if minutes.isdecimal() else 0.0, period / max(1, often))


def _parsed(data: bytes) -> Any:  # noqa: ANN401 (feedparser ships no types)
    if len(data) > LONGEST:
        raise BadInput(f"a feed larger than {LONGEST // 2**20} MB")
    import feedparser  # here, as a service reads no feeds, and is ready sooner without

    try:
        return feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise BadInput(f"a broken feed: {type(error).__name__}") from error  # whatever its parser trips over


def _item(entry: Any, feed: Any) -> Item:  # noqa: ANN401 (feedparser ships no types)
    contents = [one.get("value") or "" for one in entry.get("content", ())]
    body = max(contents, key=len, default="")
    summary = entry.get("summary") or ""
    published, updated = _date(entry, "published"), _date(entry, "updated")
    return Item(
        title=entry.get("title") or "",
        body=body,
        summary="" if summary in contents else summary,  # the parser repeats a content as summary where there is none
        url=_link(entry),
        guid=entry.get("id") or "",
        publisher=_publisher(entry, feed),
        authors=tuple(_without_address(one.get("name") or "") for one in entry.get("authors", ())),
        categories=tuple(_categories(entry)),
        language=_language(entry, feed),
        published_at=published or updated,
        updated_at=updated if published and updated != published else "",
        expires_at=_date(entry, "expired"),
    )


def _link(entry: Any) -> str:  # noqa: ANN401
    """Where an item can be read: its first alternate, unless that leads there by way of a counter."""
    alternates = (link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate")
    return entry.get("feedburner_origlink") or next(filter(None, alternates), None) or entry.get("link") or ""


def _publisher(entry: Any, feed: Any) -> str:  # noqa: ANN401
    """Who published an item: its source, what Dublin Core says, or the title of the feed."""
    named = ((entry.get("source") or {}).get("title"), entry.get("publisher"), feed.get("title"))
    return next((name for name in named if name and "@" not in name), "")


def _language(entry: Any, feed: Any) -> str:  # noqa: ANN401
    stated = [(entry.get("content") or [{}])[0].get("language"), entry.get("language"), feed.get("language")]
    return next((language for language in stated if language), "")


def _categories(entry: Any) -> Iterator[str]:  # noqa: ANN401
    for tag in entry.get("tags", ()):
        term = tag.get("term") or ""
        yield from (tag.get("label") or term).split(",") if "," in term else (tag.get("label") or term,)


def _without_address(name: str) -> str:
    """A name without the mail address that RSS puts before or behind it."""
    return " ".join(word for word in name.split() if "@" not in word).strip("()<>") if "@" in name else name


def _date(entry: Any, field: str) -> str:  # noqa: ANN401
    """A date in ISO 8601; empty where there is none that can be read, for news without a date is still news."""
    written, parsed = dict.get(entry, field) or "", dict.get(entry, f"{field}_parsed")
    for reading in (written, _in_english(written)):
        try:
            moment(reading)
        except ValueError:
            continue
        return reading
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC).isoformat() if parsed else ""
    except (OverflowError, OSError, ValueError):
        return ""


def _in_english(written: str) -> str:
    """A date as RFC 822 has it, its months in another language, with English ones."""
    match = _RFC_822.match(written)
    return f"{match[1]} {_ENGLISH.get(match[2].lower(), '')} {match[3]}" if match else ""
