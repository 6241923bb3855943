"""MBOX and single messages: newsletters, each message as one article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from indexer.errors import BadInput
from indexer.sources import trees
from indexer.sources.encoding import decode
from indexer.sources.fields import digest, to_article
from indexer.sources.source import LONGEST, Source
from indexer.types import Arrival, Article, Rejected

_BEGINS = b"From "
_QUOTED = re.compile(rb">+From ")
_TROUBLE = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the standard library's parser raises for messages that are not as they should be."""


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the article of every message of a mailbox."""
    if not source.stream.peek(len(_BEGINS)).startswith(_BEGINS):
        yield Rejected(source.origin, "not a mailbox: it does not begin with From and a space")
        return
    for line, message in _messages(source):
        yield _arrive(message, source, line)


def read_message(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the article of a message that stands by itself."""
    yield _arrive(source.stream.read(LONGEST + 1), source)


def _messages(source: Source) -> Iterator[tuple[int, bytes]]:
    """Yield every message with the line it begins on: each follows a line that begins with ``From`` after an empty one.

    Of a message that is too long only as much is kept as shows that it is.
    """
    begun, held, size, empty = 1, list[bytes](), 0, True
    number = 0
    while line := source.stream.readline(LONGEST):
        number += 1
        if empty and line.startswith(_BEGINS):
            if held:
                yield begun, b"".join(held)
            begun, held, size = number, [], 0
        elif size <= LONGEST:
            held.append(line[1:] if _QUOTED.match(line) else line)
            size += len(line)
        empty = not line.strip()
    if held:
        yield begun, b"".join(held)


def _arrive(data: bytes, source: Source, line: int | None = None) -> Arrival | Rejected:
    try:
        if len(data) > LONGEST:
            raise BadInput(f"a message larger than {LONGEST // 2**20} MB")
        return Arrival(_article(data), source.origin, line)
    except BadInput as error:
        return Rejected(source.origin, str(error), line)
    except _TROUBLE as error:
        return Rejected(source.origin, f"a message that cannot be read: {error}", line)


def _article(data: bytes) -> Article:
    message = message_from_bytes(data, policy=policy.default)
    if not any(message[name] for name in ("From", "Subject", "Date")):
        raise BadInput("not a message: none of From, Subject and Date stands at its head")
    body = _text(message, "html") or _text(message, "plain")
    if not body:
        raise BadInput("a message without text")
    name, address = parseaddr(_header(message, "From"))
    values = {
        "id": _header(message, "Message-ID").strip("<> "),
        "title": _header(message, "Subject"),
        "body": body,
        "publisher": name or address.rpartition("@")[2],
        "language": _header(message, "Content-Language"),
        "published_at": _header(message, "Date"),
        "date_source": "Date" if message["Date"] else "",
    }
    return to_article({key: value for key, value in values.items() if value}, digest(data.decode("utf-8", "replace")))


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _text(message: EmailMessage, kind: str) -> str:
    """The message in this form, as text; empty if it has none."""
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        written = data.decode(part.get_content_charset("utf-8"))
    except (LookupError, ValueError):
        written = decode(data)
    root = trees.parse_html(written) if kind == "html" else None
    return trees.prose(root) if root is not None else written.strip()
