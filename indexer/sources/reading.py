"""One input becomes articles, by the reader of its format."""

from __future__ import annotations

import gzip
import lzma
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO

from indexer.sources import archives, json_, mbox, pages, parquet, tables, text, xml
from indexer.sources.budget import TooMuch
from indexer.sources.source import Advance, Input, Reader, Source, Stream, bare_name, fault, unpacked
from indexer.types import Arrival, Rejected

_ABOUT_THE_ARTICLES = re.compile(r"(readme|licen[cs]e)", re.IGNORECASE)


def suffix_of(name: str) -> str | None:
    """The key of ``READERS`` for a file of this name, packed or not; None if it is in no known format."""
    suffix = PurePosixPath(bare_name(name).lower()).suffix
    return suffix if suffix in READERS else None


def is_about_articles(name: str) -> bool:
    """Whether a file of this name, if nobody names it by itself, tells about the articles beside it."""
    return _ABOUT_THE_ARTICLES.match(name) is not None


def _reader_in_archive(name: str) -> Reader | None:
    """The reader of a file in an archive, by the rules for files in a folder."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part != ".."]
    if not parts or is_about_articles(parts[-1]) or any(part.startswith((".", "__MACOSX")) for part in parts):
        return None
    suffix = suffix_of(parts[-1])
    return archives.refuse if suffix in archives.SUFFIXES else READERS.get(suffix or "")


def _read_warc(source: Source) -> Iterator[Arrival | Rejected]:
    from indexer.sources import warc  # here, as its library takes long to import and a service reads no files

    return warc.read(source)


READERS: dict[str, Reader] = {
    ".txt": text.read,
    ".md": text.read,
    ".markdown": text.read,
    ".json": json_.read,
    ".jsonl": json_.read_lines,
    ".ndjson": json_.read_lines,
    ".xml": xml.read,
    ".rss": xml.read,
    ".atom": xml.read,
    ".rdf": xml.read,
    ".opml": xml.read,
    ".html": pages.read,
    ".htm": pages.read,
    ".xhtml": pages.read,
    ".csv": tables.read_csv,
    ".tsv": tables.read_tsv,
    ".parquet": parquet.read,
    ".warc": _read_warc,
    ".mbox": mbox.read,
    ".eml": mbox.read_message,
    ".zip": partial(archives.read_zip, reader_of=_reader_in_archive),
    ".tar": partial(archives.read_tar, reader_of=_reader_in_archive),
    ".tgz": partial(archives.read_tar, reader_of=_reader_in_archive),
}
"""The reader of every format, by the suffix of its files; each file may be packed with gzip, bzip2 or xz besides."""

_BEGINNINGS = {
    ".zip": re.compile(rb"PK\x03\x04|PK\x05\x06"),
    ".tar": re.compile(rb".{257}ustar", re.DOTALL),
    ".parquet": re.compile(rb"PAR1"),
    ".warc": re.compile(rb"WARC/\d"),
    ".mbox": re.compile(rb"From \S+ .*\d\d:\d\d"),
    ".json": re.compile(rb'\s*(\{\s*["}]|\[\s*[\[{"\]])'),
    ".html": re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)*<(?:!doctype html|html|head)[\s>]", re.IGNORECASE | re.DOTALL),
    ".xml": re.compile(rb"\s*<(?:\?xml\s|!doctype\s|[a-z][\w.-]*(?::[\w.-]+)?[\s>])", re.IGNORECASE),
}
"""How the formats begin that can be told by it; plain text is what begins like none of them."""


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
            yield from reader(Source(item.origin, item.identity, stream, item.size))
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        packing = "xz" if isinstance(error, lzma.LZMAError) else "gzip"
        yield Rejected(item.origin, f"damaged {packing}, read no further: {str(error).rstrip('.')}")
    except TooMuch as error:
        yield Rejected(item.origin, str(error))
    except OSError as error:
        yield Rejected(item.origin, f"cannot be read: {error.strerror or error}")
    except Exception as error:
        yield Rejected(item.origin, f"{fault(error)}, read no further")


def _suffix_told_by_content(stream: Stream) -> str:
    """Tell a format from plain text by how it begins."""
    head = stream.peek(1024)
    plain = head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")
    told = (suffix for suffix, beginning in _BEGINNINGS.items() if beginning.match(head) or beginning.match(plain))
    return next(told, ".txt")
