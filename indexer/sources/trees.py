"""XML and HTML become trees, safely, and trees become text.

Nothing is fetched, no entity of the document's own is expanded, and what is nested or written beyond the parser's
limits is refused: so no document can take much more memory than its own size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import TypeVar

from lxml import etree

from indexer.errors import BadInput
from indexer.sources.source import LONGEST, Source

Element = etree._Element
Node = TypeVar("Node", bound=etree._Element)

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_UTF16 = re.compile(rb"\A(<\?xml[^>]{0,80}encoding=.)utf-?16(?:le|be)?", re.IGNORECASE)
"""The declared encoding of what has been decoded already."""

_POSITION = re.compile(r", line \d+, column \d+.*", re.DOTALL)

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "block", "body", "body.content", "body.head", "caption", "dd", "div")
    + ("dl", "dt", "figcaption", "fn", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hedline", "hl1", "hl2")
    + (
        "hr",
        "html",
        "li",
        "main",
        "nitf",
        "nitf-table",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "th",
        "tr",
    )
    + ("ul",)
)
"""Elements that begin and end a paragraph."""

_CELLS = frozenset(("td", "th"))
_UNREAD = frozenset(
    ("button", "figure", "form", "head", "iframe", "media", "media-caption", "noscript", "script", "style", "svg")
    + ("template",)
)
"""Elements whose text is no part of the story: a figure's caption tells of the picture."""


class BrokenXml(BadInput):
    """Bytes that are not XML, or not such as is read, from ``line`` on."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


def parse(data: bytes) -> Element:
    """Return the root of an XML document. Raises BrokenXml."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    begun = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        root = etree.fromstring(_UTF16.sub(rb"\1utf-8", begun, count=1) if begun.startswith(b"<?xml") else data, parser)
    except etree.XMLSyntaxError as error:
        deep = "depth" in error.msg
        raise BrokenXml(
            "nested too deeply" if deep else f"broken XML: {_POSITION.sub('', error.msg)}", error.lineno
        ) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(declared.iterentities()):
        raise BrokenXml("declares XML entities of its own, which are never expanded; write them out")
    return _without_entities(root)


def read_root(source: Source) -> Element:
    """Return the root of the XML document that ``source`` holds. Raises BadInput."""
    data = source.stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise BadInput(f"larger than {LONGEST // 2**20} MB; split it")
    return parse(data)


def parse_html(text: str) -> Element | None:
    """Return the root of a piece of HTML, however it is written; None where nothing is in it."""
    parser = etree.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def name_of(element: Element) -> str:
    """The name of ``element`` without its namespace; empty for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def empty(name: str) -> Element:
    """An element in which nothing is found, in place of one that is missing."""
    return etree.Element(name)


def find(element: Element, path: str) -> Element | None:
    """The first element below ``element`` at a path of names, whatever their namespaces."""
    return next(find_all(element, path), None)


def find_all(element: Element, path: str) -> Iterator[Element]:
    """Every element below ``element`` at a path of names, whatever their namespaces, in order."""
    steps = "/".join(step if step in ("", ".", "*") else f"{{*}}{step}" for step in path.split("/"))
    return element.iterfind(steps)


def line(element: Element | None) -> str:
    """The text of ``element`` on one line."""
    return "" if element is None else " ".join("".join(element.itertext("*", etree.Entity)).split())


def sized(root: Node) -> Iterator[tuple[Node, int]]:
    """Every element of ``root``, those in it first, and how many characters it has but for white space.

    This looks at each text once, however deep it is nested.
    """
    sizes = [0]
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            sizes.append(_size(node.text))
            continue
        size = 0
        if event == "end":
            size = sizes.pop()
            yield node, size
        sizes[-1] += size + _size(node.tail)


def _size(text: str | None) -> int:
    return sum(map(len, text.split())) if text else 0


def line_at(element: Element, path: str) -> str:
    """The text at a path of names on one line; empty if there is none."""
    return line(find(element, path))


def prose(element: Element) -> str:
    """The text of ``element``: a line for each line, an empty line between two paragraphs."""
    pieces: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        name = name_of(node)
        if event == "start":
            if name in _UNREAD and node is not element:
                walk.skip_subtree()
            else:
                pieces += ("\n" if name == "br" else _mark(name), _inline(node.text))
        else:
            pieces += (_mark(name), _inline(node.tail if node is not element else None))
    return _lines("".join(pieces))


def _mark(name: str) -> str:
    """What stands in the text where an element begins or ends."""
    if name in _CELLS:
        return "\t"
    return "\n\n" if name in _BLOCKS else ""


def _inline(text: str | None) -> str:
    """Text between two tags, in which any white space is one space."""
    if not text:
        return ""
    joined = " ".join(text.split())
    return f"{' ' if text[0].isspace() else ''}{joined}{' ' if joined and text[-1].isspace() else ''}"


def _lines(text: str) -> str:
    lines = (" ".join(one.split()) for one in text.split("\n"))
    kept: list[str] = []
    for one in lines:
        if one or (kept and kept[-1]):
            kept.append(one)
    return "\n".join(kept).strip("\n")


def _without_entities(root: Element) -> Element:
    """Write the characters that HTML's named entities stand for, which NITF and XHTML may use, into the text itself."""
    for entity in list(root.iter(etree.Entity)):
        parent, before = entity.getparent(), entity.getprevious()
        written = html5.get(str(entity.text).removeprefix("&"), "") + (entity.tail or "")
        entity.tail = None
        if parent is None:
            continue
        if before is None:
            parent.text = (parent.text or "") + written
        else:
            before.tail = (before.tail or "") + written
        parent.remove(entity)
    return root
