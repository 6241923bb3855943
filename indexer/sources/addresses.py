"""Lists of addresses - sitemaps and OPML - which hold no articles but say where some are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from indexer.errors import BadInput
from indexer.sources import trees
from indexer.sources.source import Source
from indexer.types import Arrival, Rejected

Kind = Literal["page", "list"]

_WHAT = {
    "urlset": "a sitemap, which lists the addresses of articles and holds none",
    "sitemapindex": "a sitemap index, which lists sitemaps and holds no article",
    "opml": "an OPML file, which lists feeds and holds no article",
}


@dataclass(frozen=True, slots=True)
class Address:
    """A web address that a list names, and whether a page or another list (a feed, a sitemap) is to be found there."""

    url: str
    kind: Kind


def refuse(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield why a list of addresses is no article, and what to do with it."""
    try:
        root = trees.read_root(source)
    except BadInput as error:
        yield Rejected(source.origin, str(error), getattr(error, "line", None))
        return
    listed = addresses(root)
    what = _WHAT.get(trees.name_of(root), "a list of addresses")
    example = listed[0].url if listed else "URL"
    how = f"add its own address or one that is in it: dateline add {example[:200]}"
    reason = f"is {what}; to fetch what it lists, {how}"
    yield Rejected(source.origin, reason)


def addresses(root: trees.Element) -> tuple[Address, ...]:
    """What a sitemap, a sitemap index or an OPML document lists; nothing for any other document.

    What a sitemap says changed last comes first; the rest is in order.
    """
    match trees.name_of(root):
        case "urlset":
            found = [Address(trees.line_at(node, "loc"), "page") for node in _newest_first(root, "url")]
        case "sitemapindex":
            found = [Address(trees.line_at(node, "loc"), "list") for node in _newest_first(root, "sitemap")]
        case "opml":
            found = [Address((node.get("xmlUrl") or "").strip(), "list") for node in root.iter("outline")]
        case _:
            found = []
    return tuple(address for address in dict.fromkeys(found) if address.url)


def _newest_first(root: trees.Element, name: str) -> list[trees.Element]:
    return sorted(trees.find_all(root, name), key=_changed, reverse=True)


def _changed(node: trees.Element) -> str:
    """When what ``node`` lists was published or changed, in a form that sorts as text."""
    return trees.line_at(node, "news/publication_date") or trees.line_at(node, "lastmod")
