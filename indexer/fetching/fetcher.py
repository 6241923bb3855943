"""One address becomes bytes: robots.txt asked first, one request to a host at a time, every length bounded."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import quote, urlsplit, urlunsplit

import httpcore2
from protego import Protego

from indexer.errors import BadInput
from indexer.fetching.network import Deadline, GuardedBackend
from indexer.sources.urls import tidy

AGENT = f"Dateline/{version('dateline')} (news search indexer; obeys robots.txt)"

Headers = dict[bytes | str, bytes | str]

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_ROBOTS_LONGEST = 512 * 1024
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_GZIP = b"\x1f\x8b"
_NO_RULES = Protego.parse("")


class FetchFailed(BadInput):
    """Nothing can be had from an address; the message says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a fetcher goes. Times are in seconds, ``delay`` is between two requests to one host."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    longest: int = 16 * 2**20
    redirects: int = 5
    delay: float = 1.0
    longest_delay: float = 30.0


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask later whether something has changed; empty where it gave nothing."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found at ``url``, where the last redirect led; ``data`` is unpacked."""

    url: str
    data: bytes
    content_type: str
    charset: str | None
    validators: Validators


class Fetcher:
    """Fetches addresses one after the other. Close it, or use it in a ``with``."""

    def __init__(self, limits: Limits | None = None, *, allow_private: bool = False) -> None:
        self._limits = limits or Limits()
        self._deadline = Deadline()
        backend = GuardedBackend(self._deadline, allow_private=allow_private)
        self._pool = httpcore2.ConnectionPool(network_backend=backend, max_connections=4, keepalive_expiry=5.0)
        self._rules: dict[str, Protego] = {}
        self._next_at: dict[str, float] = {}
        self._tired: dict[str, str] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def get(self, url: str, validators: Validators | None = None) -> Answer | None:
        """Return what is at ``url``; None if it is as it was when ``validators`` were given. Raises FetchFailed."""
        return self._follow(url, _conditions(validators or Validators()), obey=True, longest=self._limits.longest)

    def _follow(self, url: str, headers: Headers, *, obey: bool, longest: int) -> Answer | None:
        """Ask for ``url`` and wherever it redirects to, each step checked like the first."""
        at = tidy(url)
        for _ in range(self._limits.redirects + 1):
            if at is None:
                raise FetchFailed("not an http or https address")
            if obey:
                self._obey_robots(at)
            with self._asked(at, headers) as response:
                if response.status not in _REDIRECTS:
                    return self._answer(at, response, longest)
                target = _header(response, b"location")
            if not target:
                raise FetchFailed(f"the server redirects ({response.status}) and does not say where to")
            at = tidy(target, at)
        raise FetchFailed(f"more than {self._limits.redirects} redirects")

    def _obey_robots(self, url: str) -> None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            try:
                self._rules[origin] = self._read_robots(origin)
            except FetchFailed as error:
                self._tired.setdefault(parts.netloc, str(error))
                raise
        rules = self._rules[origin]
        if not rules.can_fetch(url, "Dateline"):
            raise FetchFailed("the site's robots.txt asks not to fetch it")

    def _read_robots(self, origin: str) -> Protego:
        """The rules of a site, none where it has no robots.txt. Raises FetchFailed if that cannot be known."""
        try:
            answer = self._follow(f"{origin}/robots.txt", {}, obey=False, longest=_ROBOTS_LONGEST)
        except _Refused as error:
            if error.status < 500 and error.status != 429:
                return _NO_RULES
            raise FetchFailed(f"robots.txt: {error}; without it nothing is fetched from this site") from error
        return Protego.parse(answer.data.decode("utf-8", "replace")) if answer else _NO_RULES

    @contextmanager
    def _asked(self, url: str, headers: Headers) -> Iterator[httpcore2.Response]:
        """The server's response to one request, its body not read yet."""
        self._wait_for(url)
        self._deadline.at = time.monotonic() + self._limits.total
        timeouts = {"connect": self._limits.connect, "read": self._limits.read, "write": 10.0, "pool": 10.0}
        sent: Headers = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        try:
            with self._pool.stream(
                "GET", _ascii(url), headers=sent | headers, extensions={"timeout": timeouts}
            ) as response:
                yield response
        except httpcore2.TimeoutException as error:
            raise FetchFailed("the server takes too long") from error
        except httpcore2.NetworkError as error:
            raise FetchFailed(f"cannot be reached: {error}") from error
        except httpcore2.ProtocolError as error:
            raise FetchFailed(f"the server does not speak HTTP as it should: {error}") from error
        finally:
            self._deadline.at = float("inf")

    def _wait_for(self, url: str) -> None:
        """Sleep until the host of ``url`` may be asked again. Raises FetchFailed if it has asked to be left alone."""
        parts = urlsplit(url)
        if parts.netloc in self._tired:
            raise FetchFailed(self._tired[parts.netloc])
        rules = self._rules.get(f"{parts.scheme}://{parts.netloc}", _NO_RULES)
        delay = max(self._limits.delay, min(rules.crawl_delay("Dateline") or 0.0, self._limits.longest_delay))
        now = time.monotonic()
        start = max(now, self._next_at.get(parts.netloc, now))
        time.sleep(start - now)
        self._next_at[parts.netloc] = start + delay

    def _answer(self, url: str, response: httpcore2.Response, longest: int) -> Answer | None:
        if response.status == 304:
            return None
        if response.status != 200:
            refusal = _Refused(response.status)
            if response.status in (429, 503):
                self._tired[urlsplit(url).netloc] = str(refusal)
            raise refusal
        kind = _header(response, b"content-type")
        charset = _CHARSET.search(kind)
        return Answer(
            url=url,
            data=_body(response, longest),
            content_type=kind.partition(";")[0].strip().lower(),
            charset=charset[1] if charset else None,
            validators=Validators(_header(response, b"etag"), _header(response, b"last-modified")),
        )


class _Refused(FetchFailed):
    """The server answered with an error."""

    def __init__(self, status: int) -> None:
        busy = "; it is not asked again in this run" if status in (429, 503) else ""
        super().__init__(f"the server answered with status {status}{busy}")
        self.status = status


def _conditions(validators: Validators) -> Headers:
    asked: Headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in asked.items() if value}


def _header(response: httpcore2.Response, name: bytes) -> str:
    """A header of ``response``; empty if it is not there."""
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _body(response: httpcore2.Response, longest: int) -> bytes:
    """The body unpacked, also if it is a gzip file by itself. Raises FetchFailed for more than ``longest`` bytes."""
    encoding = _header(response, b"content-encoding").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise FetchFailed(f"is packed as {encoding[:40]!r}, which was not asked for")
    pieces: Iterator[bytes] = iter(response.iter_stream())
    data = _joined(pieces if encoding in ("", "identity") else _unpacked(pieces, longest), longest)
    return _joined(_unpacked(iter((data,)), longest), longest) if data.startswith(_GZIP) else data


def _joined(pieces: Iterator[bytes], longest: int) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > longest:
            raise FetchFailed(f"larger than {longest / 2**20:g} MB")
    return bytes(data)


def _unpacked(pieces: Iterator[bytes], longest: int) -> Iterator[bytes]:
    """Unpack gzip or deflate piece by piece, never more than ``longest`` and a byte of one piece."""
    unpacker: zlib._Decompress | None = None
    for piece in pieces:
        if unpacker is None:
            wrapped = piece.startswith(_GZIP) or piece[:1] in (b"\x78", b"\x58", b"\x48", b"\x38", b"\x08", b"\x1f")
            unpacker = zlib.decompressobj(47 if wrapped else -15)
        try:
            yield unpacker.decompress(piece, longest + 1)
        except zlib.error as error:
            raise FetchFailed(f"damaged where it is packed: {error}") from error
    if unpacker is not None and not unpacker.eof:
        raise FetchFailed("cut off where it is packed")


def _ascii(url: str) -> str:
    """``url`` with nothing in it that a request may not hold."""
    parts = urlsplit(url)
    try:
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except UnicodeError as error:
        raise FetchFailed(f"{parts.netloc[:80]!r} is no host name") from error
    path, query = (quote(part, safe="/%:;=@!$&'()*+,?~[]|") for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, host, path, query, ""))
