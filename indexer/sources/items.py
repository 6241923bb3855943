"""One item of a feed becomes an article, whatever the feed is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from indexer.cleaning import same
from indexer.errors import BadInput
from indexer.sources import trees
from indexer.sources.fields import digest, to_article
from indexer.sources.urls import tidy
from indexer.types import Arrival, Rejected

SHORTEST_TEXT = 25
"""Characters that stand outside the links of a text which is more than a list of them."""

_MARKUP = re.compile(r"<[A-Za-z!/]|&#?\w{1,32};")
_CLOSING_TAG = re.compile(r"</[A-Za-z]+[1-6]?>")


@dataclass(frozen=True, slots=True)
class Item:
    """What a feed says about one article. ``body`` and ``summary`` may be HTML; what is not said is empty."""

    title: str = ""
    body: str = ""
    summary: str = ""
    url: str = ""
    guid: str = ""
    publisher: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str = ""
    published_at: str = ""
    updated_at: str = ""
    expires_at: str = ""


def arrive(item: Item, origin: str, number: int, line: int | None = None) -> Arrival | Rejected:
    """Return the article of ``item``, the ``number``-th of the feed at ``origin``.

    Where a feed brings only a summary, that is the body as well as the summary: so an article with two equal texts is
    known to be but a part of what stands at its address. An item with less than that is rejected.
    """
    title, url = " ".join(plain(item.title).split()), tidy(item.url)
    body, summary = said(item.body, title), said(item.summary, title)
    values = {
        "title": title,
        "body": body or summary,
        "summary": summary,
        "url": url,
        "publisher": " ".join(plain(item.publisher).split()),
        "authors": list(item.authors),
        "categories": list(item.categories),
        "language": item.language,
        "published_at": item.published_at,
        "updated_at": item.updated_at,
        "expires_at": item.expires_at,
        "date_source": "feed" if item.published_at else None,
    }
    try:
        if not values["body"]:
            more = f"; the article may be at its address: dateline add {url}" if url else ""
            raise BadInput(f"only a headline, no text{more}" if title else "has neither a headline nor a text")
        return Arrival(to_article(values, digest("feed", item.guid) if item.guid else None), origin, line)
    except BadInput as error:
        named = f"item {number} ({title[:60]})" if title else f"item {number}"
        return Rejected(origin, f"{named}: {error}", line)


def said(markup: str, title: str) -> str:
    """The text of ``markup``; empty if it says nothing but the headline, or is mostly links to other places."""
    root = _tree(markup)
    if root is None:
        return "" if same(markup) == same(title) else markup.strip()
    text, outside = trees.prose(root), " ".join(_outside_links(root).split())
    linked = len(outside) < max(SHORTEST_TEXT, len(text) / 3) and next(root.iter("a"), None) is not None
    return "" if linked or same(text) == same(title) else text


def plain(markup: str) -> str:
    """``markup`` as text."""
    root = _tree(markup)
    return markup.strip() if root is None else trees.prose(root)


def _tree(markup: str) -> trees.Element | None:
    """The tree of ``markup``, also if it was escaped twice; None if it is plain text."""
    root = trees.parse_html(markup) if _MARKUP.search(markup) else None
    escaped = "" if root is None else "".join(root.itertext())
    return trees.parse_html(escaped) if _CLOSING_TAG.search(escaped) else root


def _outside_links(root: trees.Element) -> str:
    """The text of ``root`` that no link is made of."""
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            pieces.append(node.tail or "")
        elif trees.name_of(node) in ("a", "script", "style"):
            walk.skip_subtree()
        else:
            pieces.append(node.text or "")
    return " ".join(pieces)
