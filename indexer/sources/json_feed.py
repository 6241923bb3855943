"""JSON Feed, versions 1 and 1.1."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from indexer.sources.dates import moment
from indexer.sources.items import Item, arrive
from indexer.sources.source import Source
from indexer.types import Arrival, Rejected


def recognises(document: dict[str, object]) -> bool:
    """Whether ``document`` says that it is a JSON Feed."""
    return str(document.get("version")).startswith(("https://jsonfeed.org/version/", "http://jsonfeed.org/version/"))


def read(document: dict[str, object], source: Source, line: int | None = None) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a feed."""
    found = items(document)
    if not found:
        yield Rejected(source.origin, "a feed without an item", line)
    for number, item in enumerate(found, start=1):
        yield arrive(item, source.origin, number, line)


def items(document: dict[str, object]) -> tuple[Item, ...]:
    """What a feed says about each of its articles; what is no object says nothing."""
    return tuple(_item(entry if isinstance(entry, dict) else {}, document) for entry in _list(document, "items"))


def _item(entry: dict[str, object], feed: dict[str, object]) -> Item:
    published, updated = _date(entry, "date_published"), _date(entry, "date_modified")
    identity = entry.get("id")
    guid = str(identity) if isinstance(identity, str | int) else ""
    return Item(
        title=_text(entry, "title"),
        body=_text(entry, "content_html") or escape(_text(entry, "content_text")).replace("\n", "<br>"),
        summary=_text(entry, "summary"),
        url=_text(entry, "url") or _text(entry, "external_url") or guid,
        guid=guid,
        publisher=_text(feed, "title"),
        authors=_authors(entry) or _authors(feed),
        categories=tuple(tag for tag in _list(entry, "tags") if isinstance(tag, str)),
        language=_text(entry, "language") or _text(feed, "language"),
        published_at=published or updated,
        updated_at=updated if published and updated != published else "",
    )


def _authors(values: dict[str, object]) -> tuple[str, ...]:
    """Names of ``authors``, or of the one ``author`` of version 1."""
    people = _list(values, "authors") or [values.get("author")]
    return tuple(filter(None, (_text(one, "name") for one in people if isinstance(one, dict))))


def _date(entry: dict[str, object], name: str) -> str:
    """A date as it is written; empty where there is none that can be read."""
    written = _text(entry, name)
    try:
        moment(written)
    except ValueError:
        return ""
    return written


def _text(values: dict[str, object], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _list(values: dict[str, object], name: str) -> list[object]:
    value = values.get(name)
    return value if isinstance(value, list) else []
