"""JSON-LD: what a page says about its article in the words of schema.org."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from indexer.sources import trees

Node = Mapping[str, object]

_KINDS = frozenset(("BlogPosting", "LiveBlogPosting", "Report"))
_DEEPEST = 12
_MOST = 5000
"""Nodes of a page that are looked at."""


@dataclass(frozen=True, slots=True)
class Described:
    """An article as JSON-LD describes it; what is not said is empty."""

    headline: str = ""
    body: str = ""
    summary: str = ""
    url: str = ""
    publisher: str = ""
    authors: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    language: str = ""
    published_at: str = ""
    updated_at: str = ""
    expires_at: str = ""
    correction: str = ""
    paywalled: bool = False


def described(root: trees.Element) -> Described | None:
    """What a page's JSON-LD says about the first article in it; None if it speaks of no article."""
    nodes = [node for script in root.iter("script") for node in _nodes(_document(script))]
    article = next((node for node in nodes if _is_article(node)), None)
    if article is None:
        return None
    named = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    return Described(
        headline=_text(article, "headline") or _text(article, "name"),
        body=_text(article, "articleBody"),
        summary=_text(article, "description"),
        url=_text(article, "url") or next(_names(article.get("mainEntityOfPage"), {}, "@id"), ""),
        publisher=next(_names(article.get("publisher"), named), ""),
        authors=tuple(_names(article.get("author") or article.get("creator"), named)),
        section=tuple(_names(article.get("articleSection"), named)),
        keywords=tuple(word for words in _names(article.get("keywords"), named) for word in words.split(",")),
        language=next(_names(article.get("inLanguage"), named), ""),
        published_at=_text(article, "datePublished"),
        updated_at=_text(article, "dateModified"),
        expires_at=_text(article, "expires"),
        correction=" ".join(_names(article.get("correction"), named, "text")),
        paywalled=any(_denied(part) for part in (article, *_nodes(article.get("hasPart")))),
    )


def _document(script: trees.Element) -> object:
    """What a script element holds, if it is JSON-LD that can be read; comments around it are taken off."""
    if "ld+json" not in (script.get("type") or "").lower():
        return None
    text = (script.text or "").strip().removeprefix("<!--").removeprefix("//<![CDATA[").removeprefix("<![CDATA[")
    text = text.strip().removesuffix("-->").removesuffix("//]]>").removesuffix("]]>").strip().rstrip(";")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(document: object) -> Iterator[Node]:
    """Every object in ``document``, outer ones first, as far as anybody nests them."""
    layer = [document]
    seen = 0
    for _ in range(_DEEPEST):
        below: list[object] = []
        for value in layer:
            if isinstance(value, dict):
                yield value
                seen += 1
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            if seen >= _MOST:
                return
        layer = below


def _is_article(node: Node) -> bool:
    kinds = node.get("@type")
    each = kinds if isinstance(kinds, list) else [kinds]
    names = {str(kind).rpartition("/")[2] for kind in each}
    return any(name.endswith("Article") or name in _KINDS for name in names) and bool(
        node.keys() & {"headline", "name", "articleBody", "datePublished"}
    )


def _text(node: Node, name: str) -> str:
    return next(_names(node.get(name), {}), "")


def _names(value: object, named: Mapping[str, Node], key: str = "name") -> Iterator[str]:
    """The texts that ``value`` holds, itself or under ``key``; an object that only refers to another is looked up."""
    for one in value if isinstance(value, list) else [value]:
        node = named.get(str(one["@id"]), one) if isinstance(one, dict) and key not in one and "@id" in one else one
        text = node.get(key) if isinstance(node, dict) else node
        if isinstance(text, list) and text:
            text = text[0]
        if isinstance(text, str) and text.strip():
            yield unescape(text).strip()  # many publishers write their entities here too


def _denied(node: Node) -> bool:
    """Whether ``node`` says that it is not for everybody to read."""
    return str(node.get("isAccessibleForFree", True)).rpartition("/")[2].lower() == "false"
