"""JSON: a document that holds one article or a list of them, or a file of lines that are each a document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

from indexer.errors import BadInput
from indexer.sources import json_feed, ninjs
from indexer.sources.encoding import decode, utf8, whole
from indexer.sources.fields import Record, to_article
from indexer.sources.source import LONGEST, Source, Stream
from indexer.types import Arrival, Rejected

LISTS = ("articles", "@graph", "items", "results", "data", "docs")
"""Names under which an object that is not itself an article may list articles."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format written in JSON: how a document of it is told from others, and the reader of one, given its line."""

    recognises: Callable[[dict[str, object]], bool]
    read: Callable[[dict[str, object], Source, int | None], Iterator[Arrival | Rejected]]


DIALECTS = (Dialect(json_feed.recognises, json_feed.read), Dialect(ninjs.recognises, ninjs.read))
"""The formats that are read in their own way; the first that recognises a document reads it, else its fields do."""


class _BrokenJson(BadInput):
    """Text that is not JSON from ``line`` on."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"broken JSON: {reason}")
        self.line = line


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a document, or of each line where the first line is an object by itself."""
    stream = utf8(source.stream)
    first = stream.readline(LONGEST)
    line = first.strip().removeprefix(b"\xef\xbb\xbf")
    if line.startswith(b"{") and line.endswith(b"}") and stream.peek(1):
        yield from _lines(source, chain((first,), _pieces(stream)))
        return
    try:
        document = _parse(whole(stream, begun=first))
    except _BrokenJson as error:
        yield Rejected(source.origin, str(error), error.line)
    except BadInput as error:
        yield Rejected(source.origin, str(error))
    else:
        yield from _articles(document, source, source.article_id)


def read_lines(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a file of lines, each of which is read or rejected by itself."""
    return _lines(source, _pieces(utf8(source.stream)))


def _lines(source: Source, pieces: Iterable[bytes]) -> Iterator[Arrival | Rejected]:
    written = False
    for number, piece in enumerate(pieces, start=1):
        if not piece.strip():
            continue
        written = True
        try:
            document = _parse_line(piece)
        except BadInput as error:
            yield Rejected(source.origin, str(error), number)
        else:
            yield from _articles(document, source, line=number)
    if not written:
        yield Rejected(source.origin, "is empty")


def _pieces(stream: Stream) -> Iterator[bytes]:
    """Yield the lines of ``stream``; of one that is too long, only as much as shows that it is."""
    while piece := stream.readline(LONGEST + 1):
        yield piece
        too_long = len(piece) > LONGEST
        while too_long and piece and not piece.endswith(b"\n"):
            piece = stream.readline(LONGEST)


def _parse_line(piece: bytes) -> object:
    if len(piece) > LONGEST:
        raise BadInput(f"the line is longer than {LONGEST // 2**20} MB")
    return _parse(decode(piece.strip()))


def _parse(text: str) -> object:
    """Return the document in ``text``; what is not a number (NaN) counts as nothing."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        raise _BrokenJson(f"{error.msg.removesuffix(' at')}, column {error.colno}", error.lineno) from error
    except RecursionError as error:
        raise _BrokenJson("nested too deeply", 1) from error
    except ValueError as error:
        raise _BrokenJson("a number has too many digits", 1) from error


def _articles(
    document: object, source: Source, own_id: str | None = None, line: int | None = None
) -> Iterator[Arrival | Rejected]:
    """Yield the article that ``document`` is, or each of those it lists."""
    listed = None if _dialect(document) else _listed(document)
    for number, record in enumerate([document] if listed is None else listed, start=1):
        place = "" if listed is None else f"article {number}: "
        if dialect := _dialect(record):
            for result in dialect.read(cast(dict[str, object], record), source, line):
                yield replace(result, reason=place + result.reason) if isinstance(result, Rejected) else result
            continue
        try:
            if not isinstance(record, dict):
                raise BadInput("not an object")
            yield Arrival(to_article(record, own_id if listed is None else None), source.origin, line)
        except BadInput as error:
            yield Rejected(source.origin, f"{place}{error}", line)


def _dialect(document: object) -> Dialect | None:
    """The format of its own that ``document`` is in, if any."""
    if not isinstance(document, dict):
        return None
    return next((dialect for dialect in DIALECTS if dialect.recognises(document)), None)


def _listed(document: object) -> list[object] | None:
    """What ``document`` lists; None if it lists nothing and is to be an article itself."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict) or Record(document).find("body"):
        return None
    for name in LISTS:
        listed = document.get(name)
        if isinstance(listed, list):
            return [node for node in listed if name != "@graph" or _may_be_article(node)]
    return None


def _may_be_article(node: object) -> bool:
    """Whether a node of a schema.org graph, which also describes sites, people and pictures, is an article."""
    return isinstance(node, dict) and ("articleBody" in node or "Article" in str(node.get("@type")))
