"""What a page says about its article, each fact from the most trustworthy place that has it.

In order of trust: JSON-LD, which is written for machines; OpenGraph and other meta elements; what stands in the page
itself (its language, its heading, its ``time`` element); its address. Only the address is asked for in another order:
``rel=canonical`` is what a publisher means by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from urllib.parse import urlsplit

from indexer.sources import json_ld, trees
from indexer.sources.dates import moment
from indexer.sources.json_ld import Described
from indexer.sources.urls import same_site, tidy
from indexer.types import Confidence

TITLE = ("og:title", "twitter:title", "dc.title", "headline")
SUMMARY = ("og:description", "description", "twitter:description", "dc.description")
PUBLISHER = ("og:site_name", "dc.publisher", "application-name")
AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl")
SECTION = ("article:section", "parsely-section", "section")
TAGS = ("article:tag", "news_keywords", "parsely-tags")
LANGUAGE = ("og:locale", "content-language", "dc.language")
PUBLISHED = (
    *("article:published_time", "article:published", "og:published_time", "datepublished", "parsely-pub-date"),
    *("sailthru.date", "pubdate", "published", "pdate", "publishdate", "publish-date"),
    *("publication_date", "dc.date.issued", "dcterms.created", "dc.date", "date"),
)
UPDATED = (
    *("article:modified_time", "article:modified", "og:updated_time", "datemodified", "lastmod", "last-modified"),
    "dcterms.modified",
)
EXPIRES = ("article:expiration_time",)
"""Names of meta elements for each fact, the most trustworthy first."""

_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/_.-]|\Z)")
_BY = re.compile(r"\A\s*by\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Published:
    """A date as it is written, where it was read and how sure that is."""

    written: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says about its article; what it does not say is empty. Dates are such as can be read."""

    title: str
    summary: str
    url: str | None
    publisher: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str
    published: Published | None
    updated_at: str
    expires_at: str
    correction: str
    paywalled: bool
    stated_body: str
    is_article: bool
    """Whether the page says itself that it is an article."""


def facts(root: trees.Element, address: str | None = None) -> PageFacts:
    """What the page ``root`` says; ``address`` is where it was fetched, if it was."""
    ld = json_ld.described(root)
    said, meta = ld or Described(), _meta(root)
    url = _address(root, said, meta, address)
    section = said.section or meta.all(SECTION)
    return PageFacts(
        title=said.headline or meta.first(TITLE) or _heading(root),
        summary=said.summary or meta.first(SUMMARY),
        url=url,
        publisher=said.publisher or meta.first(PUBLISHER),
        authors=_people(said.authors) or _people(meta.all(AUTHORS)),
        categories=(*section, *(said.keywords or tuple(_terms(meta.all(TAGS))))),
        language=said.language or root.get("lang") or meta.first(LANGUAGE),
        published=_published(root, said, meta, url),
        updated_at=next(_readable((said.updated_at, *meta.all(UPDATED))), ""),
        expires_at=next(_readable((said.expires_at, *meta.all(EXPIRES))), ""),
        correction=said.correction,
        paywalled=said.paywalled or meta.first(("article:content_tier",)).lower() == "locked",
        stated_body=said.body,
        is_article=ld is not None or meta.first(("og:type",)).lower() == "article",
    )


@dataclass(frozen=True, slots=True)
class _Meta:
    """The meta elements of a page: contents by name in lower case."""

    contents: dict[str, list[str]]

    def all(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The contents of the first of ``names`` that is there."""
        return next((tuple(self.contents[name]) for name in names if name in self.contents), ())

    def first(self, names: tuple[str, ...]) -> str:
        """The first content of the first of ``names`` that is there; else empty."""
        return next(iter(self.all(names)), "")


def _meta(root: trees.Element) -> _Meta:
    contents: dict[str, list[str]] = {}
    for node in root.iter("meta"):
        content = " ".join(unescape(node.get("content") or "").split())
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            for name in (node.get(attribute) or "").lower().split() if content else ():
                contents.setdefault(name, []).append(content)
    return _Meta(contents)


def _address(root: trees.Element, said: Described, meta: _Meta, address: str | None) -> str | None:
    """The address a publisher gives the article; for a fetched page only one of the same site, else where it was.

    So no page can pass for an article of somebody else. The front page of a site is not taken for an article's address.
    """
    canonical = [node.get("href") or "" for node in root.iter("link") if "canonical" in (node.get("rel") or "").split()]
    for named in (*canonical, meta.first(("og:url",)), said.url):
        url = tidy(named, address) if named else None
        if url and _names_a_page(url) and (not address or same_site(url, address)):
            return url
    return tidy(address) if address else None


def _names_a_page(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def _published(root: trees.Element, said: Described, meta: _Meta, url: str | None) -> Published | None:
    for written in _readable((said.published_at,)):
        return Published(written, "json-ld", "high")
    for name in PUBLISHED:
        for written in _readable(meta.contents.get(name, ())):
            return Published(written, "meta", "high")
    for written in _readable(_times(root)):
        return Published(written, "time", "low")
    match = _IN_ADDRESS.search(url or "")
    for written in _readable((_day(match),)) if match else ():
        return Published(written, "url", "low")
    return None


def _times(root: trees.Element) -> Iterator[str]:
    """The dates of ``time`` elements, first those that say they are the day of publication."""
    times = [node for node in root.iter("time") if node.get("datetime")]
    marked = [node for node in times if node.get("itemprop") == "datePublished" or node.get("pubdate") is not None]
    yield from (node.get("datetime") or "" for node in marked)
    if len(times) == 1:
        yield times[0].get("datetime") or ""


def _day(match: re.Match[str]) -> str:
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return ""


def _readable(written: tuple[str, ...] | list[str] | Iterator[str]) -> Iterator[str]:
    """Those of some dates that can be read."""
    for one in written:
        try:
            moment(one)
        except ValueError:
            continue
        yield one


def _heading(root: trees.Element) -> str:
    """The only first-level heading, else the title of the document."""
    headings = [line for line in map(trees.line, root.iter("h1")) if line]
    return headings[0] if len(headings) == 1 else trees.line(next(root.iter("title"), None))


def _people(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names without the word before them; addresses of profiles are no names."""
    return tuple(_BY.sub("", name) for name in names if "://" not in name and not name.startswith(("@", "/")))


def _terms(texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        yield from (term.strip() for term in text.split(","))
