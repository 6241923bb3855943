"""HTML: one article a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from indexer.errors import BadInput
from indexer.sources.encoding import decode_as, utf8
from indexer.sources.fields import to_article
from indexer.sources.items import plain
from indexer.sources.page_facts import PageFacts, facts
from indexer.sources.page_text import is_wall, main_text, parse
from indexer.sources.source import Source, fault
from indexer.types import Arrival, Rejected

LONGEST = 16 * 2**20
"""Bytes of a page, all of which is in memory several times over."""

SHORTEST_TEXT = 250
"""Characters of text that make a page an article which does not say itself that it is one."""

_MOST_ELEMENTS = 30_000
"""Elements of a page, several times what the longest reports have; the time to find a text grows faster than they."""
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the article of a page."""
    yield arrive(utf8(source.stream).read(LONGEST + 1), source.origin, own_id=source.article_id)


def arrive(
    data: bytes, origin: str, *, own_id: str | None = None, address: str | None = None, charset: str | None = None
) -> Arrival | Rejected:
    """Return the article of the page ``data``; ``address`` and ``charset`` are those it was fetched with, if it was."""
    try:
        root = _parse(data, charset)
        told = facts(root, address)
        body = _body(root, told)
        return Arrival(to_article(_values(told, body), own_id), origin)
    except BadInput as error:
        return Rejected(origin, str(error))
    except Exception as error:
        return Rejected(origin, fault(error))


def _parse(data: bytes, charset: str | None) -> HtmlElement:
    if len(data) > LONGEST:
        raise BadInput(f"a page larger than {LONGEST // 2**20} MB")
    root = parse(_text(data, charset))
    if root is None:
        raise BadInput("no HTML")
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise BadInput(f"a page of more than {_MOST_ELEMENTS:,} elements")
    return root


def _text(data: bytes, charset: str | None) -> str:
    """``data`` in UTF-8 if it can be read so, else in the encoding named beside it or in it, else in Windows-1252."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(data[:4096])
    return decode_as(data, charset or (declared[1].decode() if declared else ""))


def _body(root: HtmlElement, told: PageFacts) -> str:
    """The text of the article: that on the page, or the one in its JSON-LD where the page shows not half of it."""
    stated = plain(told.stated_body)
    try:
        shown = main_text(root)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        shown = ""  # whatever the extractor trips over
    text = stated if len(stated) > 2 * len(shown) else shown
    if is_wall(text):
        raise BadInput("a notice about cookies or signing in stands where an article should be")
    if not text or (not told.is_article and len(text) < SHORTEST_TEXT):
        raise BadInput("no main text was found; it may be a front page or list, or be written by scripts")
    return text


def _values(told: PageFacts, body: str) -> dict[str, object]:
    published = told.published
    return {
        "title": told.title,
        "body": body,
        "summary": told.summary,
        "url": told.url,
        "publisher": told.publisher,
        "authors": list(told.authors),
        "categories": list(told.categories),
        "language": told.language,
        "published_at": published.written if published else None,
        "date_source": published.source if published else None,
        "date_confidence": published.confidence if published else None,
        "updated_at": told.updated_at,
        "expires_at": told.expires_at,
        "status": "corrected" if told.correction else None,
        "correction": told.correction,
        "paywalled": told.paywalled,
    }
