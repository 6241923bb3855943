"""Named values become an article: what the fields are called in the data of others, and how each is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args
from urllib.parse import urlsplit

from indexer.cleaning import title_from
from indexer.errors import BadInput
from indexer.sources.dates import LATEST_YEAR, Dated, dated
from indexer.types import Article, Confidence, Status

FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("id", "_id", "@id"),
    "title": ("title", "headline"),
    "body": ("body", "text", "articleBody", "content"),
    "summary": ("summary", "description", "abstract", "standfirst"),
    "url": ("url", "link", "mainEntityOfPage"),
    "publisher": ("publisher", "source", "site"),
    "authors": ("authors", "author", "byline", "creator"),
    "categories": ("categories", "category", "articleSection", "section", "keywords", "tags"),
    "language": ("language", "lang", "inLanguage"),
    "published_at": ("published_at", "publishedAt", "datePublished", "published", "pubDate", "date"),
    "updated_at": ("updated_at", "updatedAt", "dateModified", "updated", "modified"),
    "status": ("status",),
    "correction": ("correction",),
    "embargo_until": ("embargo_until", "embargoUntil", "embargoed"),
    "expires_at": ("expires_at", "expiresAt", "expires"),
    "paywalled": ("paywalled",),
    "date_source": ("date_source",),
    "date_confidence": ("date_confidence",),
}
"""What each field of an article is called: by us, BEIR, NewsAPI, schema.org and others. The first that holds something
counts; names inside an object called ``metadata`` count after those beside it."""

LONGEST_ID = 512

_SHOWN = 80
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LATEST_EXPIRY = 9998
_BY = re.compile(r"\A\s*by\s+", re.IGNORECASE)
_BETWEEN_PEOPLE = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|und|et|&)\s+")
_BETWEEN_TERMS = re.compile(r"\s*[,;]\s*")


WITHDRAWN = "Withdrawn."
"""The body of an article that is taken back without one."""


def to_article(values: Mapping[str, object], own_id: str | None = None) -> Article:
    """Return the article that ``values`` describe.

    Its id is the one given, else made of its URL, else ``own_id``, else made of publisher, title and date, or body
    where it has no date: what may be another article takes the place of none. Raises BadInput naming the field where
    something is missing or is not what it should be. What takes an article back needs no body.
    """
    record = Record(values)
    status = record.status()
    body = record.text("body") or (WITHDRAWN if status == "withdrawn" else None)
    if body is None:
        raise BadInput(f"body: missing; it is expected under one of the names {', '.join(FIELDS['body'])}")
    title = record.text("title") or title_from(body)
    url = record.url()
    publisher = record.name("publisher", "name")
    published = record.dated("published_at")
    published_at = published.moment if published else None
    date_source = record.date_source(published)
    return Article(
        id=record.id() or (digest(url) if url else own_id) or digest(publisher, title, published_at or body),
        title=title,
        body=body,
        summary=record.text("summary"),
        url=url,
        publisher=publisher,
        authors=record.names("authors", people),
        categories=record.names("categories", _BETWEEN_TERMS.split),
        language=(record.name("language", "name") or "").replace("_", "-") or None,
        published_at=published_at,
        updated_at=record.time("updated_at") or record.corrected_at(),
        status=status,
        correction=record.name("correction", "text"),
        embargo_until=record.time("embargo_until"),
        expires_at=record.time("expires_at", latest_year=_LATEST_EXPIRY),
        paywalled=record.flag("paywalled"),
        date_source=date_source,
        date_confidence=record.confidence() or ("high" if date_source else None),
    )


def digest(*parts: object) -> str:
    """Sixteen hex digits that are the same for the same parts."""
    content = "\0".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def people(names: str) -> Iterable[str]:
    """Take a byline apart where it plainly names several people, each by two to four words; else leave it whole."""
    whole = _BY.sub("", names).strip()
    if ";" in whole:
        return (name.strip() for name in whole.split(";"))
    several = _BETWEEN_PEOPLE.split(whole)
    plain = all(2 <= len(name.split()) <= 4 for name in several)
    return several if plain else [whole]


@dataclass(frozen=True, slots=True)
class Record:
    """Named values, read as the fields of an article; what is not there reads as None or as empty."""

    values: Mapping[str, object]

    def find(self, field: str) -> tuple[str, object] | None:
        """The name under which something is given for ``field``, and what that is."""
        metadata = self.values.get("metadata")
        for values in (self.values, metadata if isinstance(metadata, dict) else {}):
            for name in FIELDS[field]:
                value = values.get(name)
                if _holds_something(value):
                    return name, value
        return None

    def text(self, field: str) -> str | None:
        """A text as it stands."""
        name, value = self.find(field) or (field, None)
        if value is None or isinstance(value, str):
            return value
        raise _wrong(name, value, "text")

    def name(self, field: str, key: str) -> str | None:
        """A text, or the one that an object holds under ``key``."""
        name, value = self.find(field) or (field, None)
        return None if value is None else _named(name, value, key)

    def names(self, field: str, split: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
        """Several texts or objects with a name; a single text is taken apart by ``split``."""
        name, value = self.find(field) or (field, [])
        if isinstance(value, str):
            return tuple(filter(None, split(" ".join(value.split()))))
        each = value if isinstance(value, list) else [value]
        return tuple(_named(name, one, "name").strip() for one in each if one not in (None, ""))

    def time(self, field: str, latest_year: int = LATEST_YEAR) -> datetime | None:
        """A moment in UTC."""
        found = self.dated(field, latest_year)
        return found.moment if found else None

    def corrected_at(self) -> datetime | None:
        """When a correction that is an object says that it was made."""
        value = self.values.get("correction")
        return Record({"updated_at": value.get("at")}).time("updated_at") if isinstance(value, dict) else None

    def date_source(self, published: Dated | None) -> str | None:
        """Where the date of publication was read from, if nothing else is given the name it stood under."""
        name = self.name("date_source", "name") or (self.find("published_at") or (None,))[0]
        return f"{name} ({published.lacking})" if published and published.lacking else name

    def confidence(self) -> Confidence | None:
        """How sure the date of publication is, where that is given."""
        return cast(Confidence | None, self._one_of("date_confidence", get_args(Confidence)))

    def dated(self, field: str, latest_year: int = LATEST_YEAR) -> Dated | None:
        """A moment in UTC, with what its text left open."""
        name, value = self.find(field) or (field, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _wrong(name, value, "a date")
        try:
            return dated(value, latest_year)
        except ValueError as error:
            raise BadInput(f"{name}: {error}") from error

    def flag(self, field: str) -> bool:
        """True or false; false where nothing is said."""
        name, value = self.find(field) or (field, False)
        told = _FLAGS.get(value.strip().casefold()) if isinstance(value, str) else value
        if isinstance(told, bool):
            return told
        raise _wrong(name, value, "true or false")

    def id(self) -> str | None:
        """An id that can be written anywhere, as it was given."""
        name, value = self.find("id") or ("id", None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _wrong(name, value, "text or a whole number")
        identity = str(value).strip()
        if len(identity) > LONGEST_ID:
            raise BadInput(f"{name}: {len(identity)} characters long; at most {LONGEST_ID} are allowed")
        if not identity.isprintable():
            raise BadInput(f"{name}: {identity[:_SHOWN]!r} holds characters that cannot be printed")
        return identity

    def url(self) -> str | None:
        """An absolute web address."""
        name, value = self.find("url") or ("url", None)
        if value is None:
            return None
        address = _named(name, value, "@id").strip()
        try:
            parts = urlsplit(address)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable():
            raise BadInput(f"{name}: {address[:_SHOWN]!r} is not an absolute http or https address")
        return address

    def status(self) -> Status:
        """Usable unless another status is given."""
        return cast(Status, self._one_of("status", get_args(Status)) or "usable")

    def _one_of(self, field: str, allowed: tuple[str, ...]) -> str | None:
        name, value = self.find(field) or (field, None)
        if value is None:
            return None
        if isinstance(value, str) and value in allowed:
            return value
        shown = f"{value[:_SHOWN]!r}" if isinstance(value, str) else _kind(value)
        raise BadInput(f"{name}: {shown} is unknown; it is one of {', '.join(allowed)}")


def _holds_something(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def _named(name: str, value: object, key: str) -> str:
    held = value.get(key) if isinstance(value, dict) else value
    if isinstance(held, str):
        return held
    found = f"an object without {key}" if isinstance(value, dict) else _kind(value)
    raise BadInput(f"{name}: {found} where text or an object with {key} is expected")


def _wrong(name: str, value: object, expected: str) -> BadInput:
    return BadInput(f"{name}: {_kind(value)} where {expected} is expected")


def _kind(value: object) -> str:
    """What ``value`` is called in JSON."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), type(value).__name__)
