"""WARC: the pages and plain texts among the records of a crawl, each as one article."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from indexer.sources import pages, text
from indexer.sources.fields import digest
from indexer.sources.source import Source, Stream
from indexer.types import Arrival, Rejected

_RECORDS = ("response", "resource", "conversion")
_PAGES = ("text/html", "application/xhtml+xml")
_PACKINGS = ("", "identity", "gzip", "x-gzip", "deflate")
"""What warcio unpacks piece by piece; Brotli makes of one piece as much as it likes."""

_TEXTS = ("text/plain",)


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the article of every page, or why it is none.

    Pictures, scripts, redirections and the like are passed over; pages that the server refused are counted.
    """
    stream = _InPieces(source.stream)
    found = 0
    refused: Counter[str] = Counter()
    try:
        for record in filter(_holds_text, _Records(stream)):
            found += 1
            status = _status(record)
            if status == "200":
                yield _article(record, source)
            elif not status.startswith("3"):
                refused[status] += 1
    except (ArchiveLoadFailed, ValueError, AttributeError, LookupError) as error:
        yield Rejected(source.origin, f"broken WARC, read no further: {error}")
    if stream.damage:
        raise stream.damage
    yield from _counted(refused, source)
    if not found:
        yield Rejected(source.origin, "no record holds a page or a plain text")


def _counted(refused: Counter[str], source: Source) -> Iterator[Rejected]:
    if refused:
        counts = ", ".join(f"{count} with HTTP status {status}" for status, count in sorted(refused.items()))
        yield Rejected(source.origin, f"pages that could not be had when it was made: {counts}")


def _article(record: ArcWarcRecord, source: Source) -> Arrival | Rejected:
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    address = url if url.startswith(("http://", "https://")) and url.isprintable() else None
    origin = f"{source.origin}!{url}"
    packing = record.http_headers.get_header("Content-Encoding", "") if record.http_headers else ""
    if packing.lower() not in _PACKINGS:
        return Rejected(origin, f"packed with {packing[:20]}, which is not read")
    data = record.content_stream().read(pages.LONGEST + 1)
    if record.raw_stream.limit > 0 and len(data) <= pages.LONGEST:
        return Rejected(origin, "cut short")
    own_id = digest(url) if url else digest(data)
    if _kind(record) in _PAGES:
        return pages.arrive(data, origin, own_id=own_id, address=address, charset=_charset(record))
    (result,) = text.read(Source(origin, "", io.BufferedReader(io.BytesIO(data))))
    if isinstance(result, Arrival) and address:
        return replace(result, article=replace(result.article, id=own_id, url=address))
    return result


def _holds_text(record: ArcWarcRecord) -> bool:
    return record.rec_type in _RECORDS and _kind(record) in (*_PAGES, *_TEXTS)


def _status(record: ArcWarcRecord) -> str:
    return (record.http_headers.get_statuscode() if record.http_headers else None) or "200"


def _kind(record: ArcWarcRecord) -> str:
    return _content_type(record).partition(";")[0].strip().lower()


def _charset(record: ArcWarcRecord) -> str | None:
    _, _, named = _content_type(record).lower().partition("charset=")
    return named.split(";")[0].strip(" \"'") or None


def _content_type(record: ArcWarcRecord) -> str:
    headers = record.http_headers or record.rec_headers
    return headers.get_header("Content-Type") or ""


class _Records(ArchiveIterator):  # type: ignore[misc]  # warcio has no types
    """The records of a WARC, read without a word on standard error about lengths that are not right."""

    INC_RECORD = ""


class _InPieces:
    """Reads as much as is there, so that nothing before a damage is lost, and keeps the damage, which warcio drops."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.damage: EOFError | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read1(size)
        except EOFError as error:
            self.damage = error
            raise
