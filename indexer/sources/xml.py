"""XML: the element a document begins with says which format it is, whatever the file is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.parsers import expat

from indexer.errors import BadInput
from indexer.sources import addresses, feeds, newsml, newsml1, nitf, pages
from indexer.sources.encoding import utf8
from indexer.sources.source import Reader, Source
from indexer.types import Arrival, Rejected

ROOTS: dict[str, Reader] = {
    "rss": feeds.read,
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF": feeds.read,
    "{http://www.w3.org/2005/Atom}feed": feeds.read,
    "{http://purl.org/atom/ns#}feed": feeds.read,
    "html": pages.read,
    "urlset": addresses.refuse,
    "sitemapindex": addresses.refuse,
    "opml": addresses.refuse,
    "nitf": nitf.read,
    "NewsML": newsml1.read,
    "newsItem": newsml.read,
    "newsMessage": newsml.read,
    **dict.fromkeys(newsml.NO_ARTICLES, newsml.read),
}
"""The reader of every kind of document, by its first element: ``{namespace}name``, or the name alone where it means
the same in every namespace."""

_LOOKED_AT = 2**16
_LONGEST_ENTITY = 8
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"'](?!utf-?16)([a-z0-9._-]{1,40})[\"']", re.IGNORECASE)
"""The encoding a document declares, but for UTF-16, from which it has been decoded when it comes here."""


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of an XML document, by the reader of its first element."""
    stream = utf8(source.stream)
    try:
        reader = _reader(stream.peek(_LOOKED_AT))
    except BadInput as error:
        yield Rejected(source.origin, str(error))
        return
    yield from reader(replace(source, stream=stream))


def _reader(head: bytes) -> Reader:
    """The reader of the document that begins with ``head``. Raises BadInput if there is none."""
    root = first_element(head)
    if root is None:
        raise BadInput("broken XML: no element begins in it")
    reader = reader_of(root)
    if reader is None:
        raise BadInput(f"XML of an unknown kind: its first element is {root[:200]}")
    return reader


def reader_of(root: str) -> Reader | None:
    """The reader of documents that begin with the element ``root``; None if there is none."""
    return ROOTS.get(root) or ROOTS.get(root.rpartition("}")[2])


def first_element(head: bytes) -> str | None:
    """The first element of the document that begins with ``head``, as ``{namespace}name``; None if there is none.

    Raises BadInput for a document that declares entities, unless they are but names for characters.
    """
    parser = expat.ParserCreate("utf-8", namespace_separator="}")
    parser.StartElementHandler = _begin
    parser.EntityDeclHandler = _declare
    try:
        parser.Parse(_text(head).lstrip().encode("utf-8", "replace"), False)
    except _Begun as begun:
        return f"{{{begun.name}" if "}" in begun.name else begun.name
    except expat.ExpatError:
        return None
    return None


class _Begun(Exception):
    """An element has begun; nothing behind it needs to be parsed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _begin(name: str, _attributes: object) -> None:
    raise _Begun(name)


def _declare(_name: str, _parameter: bool, value: str | None, *_elsewhere: object) -> None:
    if value is None or len(value) > _LONGEST_ENTITY or "&" in value:
        raise BadInput("declares XML entities of its own, which are never expanded; write them out")


def _text(head: bytes) -> str:
    """``head`` in the encoding it declares; what cannot be read in it is of no consequence to the names of elements."""
    declared = _DECLARED.match(head.lstrip(b"\xef\xbb\xbf \t\r\n"))
    try:
        return head.decode(declared[1].decode() if declared else "utf-8", "replace").lstrip("\ufeff")
    except (LookupError, ValueError):  # Python also knows encodings that are of no text
        return head.decode("utf-8", "replace").lstrip("\ufeff")
