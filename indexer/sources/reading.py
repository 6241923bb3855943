"""One input becomes articles, by the reader of its format."""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from typing import BinaryIO

from indexer.sources import json_, text
from indexer.sources.source import Advance, Input, Reader, Source, Stream, unpacked
from indexer.types import Arrival, Rejected

READERS: dict[str, Reader] = {
    ".txt": text.read,
    ".md": text.read,
    ".markdown": text.read,
    ".json": json_.read,
    ".jsonl": json_.read_lines,
    ".ndjson": json_.read_lines,
}
"""The reader of every format, by the suffix of its files; each file may be gzipped besides."""

_JSON_BEGINS = re.compile(rb'\s*(\{\s*["}]|\[\s*[\[{"\]])')


def _ignore(_count: int) -> None:
    """Take no notice of progress."""


def read(item: Input, *, advance: Advance = _ignore, stdin: BinaryIO | None = None) -> Iterator[Arrival | Rejected]:
    """Yield the articles of ``item`` and, for whatever cannot be read, why; never raise for its content.

    ``advance`` is told of bytes as they are taken from the file, for progress against ``item.size``.
    """
    try:
        opened = item.path.open("rb", buffering=0) if item.path else nullcontext(stdin or sys.stdin.buffer)
        with opened as raw:
            stream = unpacked(raw, advance)
            if not stream.peek(1):
                yield Rejected(item.origin, "is empty")
                return
            reader = READERS[item.suffix or _suffix_told_by_content(stream)]
            yield from reader(Source(item.origin, item.identity, stream))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Rejected(item.origin, f"damaged gzip, read no further: {str(error).rstrip('.')}")
    except OSError as error:
        yield Rejected(item.origin, f"cannot be read: {error.strerror or error}")


def _suffix_told_by_content(stream: Stream) -> str:
    """Tell JSON, alone or in lines, from plain text by how it begins."""
    head = stream.peek(1024).lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")
    return ".json" if _JSON_BEGINS.match(head) else ".txt"
