"""Which feeds to poll: addresses, and files that list some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.errors import BadInput
from indexer.sources import addresses, printable, trees, xml
from indexer.sources.urls import tidy


class FeedLists:
    """Addresses of feeds, OPML files, and text files with an address a line; ``#`` begins a remark."""

    def __init__(self, named: Sequence[str]) -> None:
        self._named = tuple(named)
        self._stamps: tuple[object, ...] = ()

    def changed(self) -> bool:
        """Return whether a file has changed since ``read``."""
        return self._stamps != self._now()

    def read(self) -> tuple[str, ...]:
        """Return the address of every feed, each once, in order. Raises BadInput naming the file and the line."""
        self._stamps = self._now()
        feeds = tuple(dict.fromkeys(feed for named in self._named for feed in _feeds(named)))
        if not feeds:
            raise BadInput(f"{', '.join(self._named)}: no feed is listed")
        return feeds

    def _now(self) -> tuple[object, ...]:
        return tuple(_stamp(Path(named)) for named in self._named if not _is_address(named))


def _is_address(named: str) -> bool:
    return named.startswith(("http://", "https://"))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_size, status.st_mtime_ns, status.st_ino)


def _feeds(named: str) -> Iterator[str]:
    if _is_address(named):
        yield _tidied(named, named)
        return
    path = Path(named)
    origin = printable(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{origin}: cannot be read: {error.strerror}") from error
    try:
        yield from _in_opml(data, origin) if xml.first_element(data) else _in_lines(data, origin)
    except UnicodeDecodeError as error:
        raise BadInput(f"{origin}: neither an OPML file nor a text file") from error


def _in_opml(data: bytes, origin: str) -> Iterator[str]:
    for one in addresses.addresses(trees.parse(data)):
        yield _tidied(one.url, origin)


def _in_lines(data: bytes, origin: str) -> Iterator[str]:
    for number, line in enumerate(data.decode("utf-8-sig").splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield _tidied(line.strip(), f"{origin}:{number}")


def _tidied(address: str, origin: str) -> str:
    feed = tidy(address)
    if feed is None:
        raise BadInput(f"{origin}: {address[:80]!r} is not an http or https address of a feed")
    return feed
