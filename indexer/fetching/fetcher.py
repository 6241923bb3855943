"""One address becomes bytes: robots.txt asked first, one request to a host at a time, every length bounded."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import quote, urlsplit, urlunsplit

import httpcore2

from indexer.errors import BadInput
from indexer.fetching.manners import Manners, origin
from indexer.fetching.network import Deadline, GuardedBackend
from indexer.sources.urls import tidy

AGENT = f"Dateline/{version('dateline')} (news search indexer; obeys robots.txt)"

Headers = dict[bytes | str, bytes | str]

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_ROBOTS_LONGEST = 512 * 1024
_LONGEST_REST = 86400.0
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_GZIP = b"\x1f\x8b"
_PERMANENT = frozenset((301, 308))
_BUSY = frozenset((429, 503))
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE | re.ASCII)


class FetchFailed(BadInput):
    """Nothing can be had from an address; the message says why.

    ``final`` says that asking again is of no use, ``status`` is the server's where it gave one, and ``retry_after`` are
    the seconds for which it wants to be left alone.
    """

    def __init__(self, reason: str, *, final: bool = False, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.final = final
        self.status = status
        self.retry_after = retry_after


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
    """What was found at ``url``, where the last redirect led; ``data`` is unpacked, and empty where ``unchanged``.

    ``moved_to`` is where redirects led that are to be remembered; ``fresh_for`` are the seconds for which asking again
    is of no use, as the server says.
    """

    url: str
    data: bytes
    content_type: str
    charset: str | None
    validators: Validators
    unchanged: bool = False
    moved_to: str = ""
    fresh_for: float = 0.0


class Fetcher:
    """Fetches addresses one after the other. Close it, or use it in a ``with``.

    Fetchers that run side by side share their ``manners``.
    """

    def __init__(
        self, limits: Limits | None = None, *, allow_private: bool = False, manners: Manners | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._manners = manners or Manners(self._limits.delay, self._limits.longest_delay)
        self._deadline = Deadline()
        backend = GuardedBackend(self._deadline, allow_private=allow_private)
        self._pool = httpcore2.ConnectionPool(network_backend=backend, max_connections=4, keepalive_expiry=5.0)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def get(self, url: str, validators: Validators | None = None) -> Answer | None:
        """Return what is at ``url``; None if it is as it was when ``validators`` were given. Raises FetchFailed."""
        answer = self.ask(url, validators or Validators())
        return None if answer.unchanged else answer

    def ask(self, url: str, validators: Validators) -> Answer:
        """Return what is at ``url``, or that it is as it was when ``validators`` were given. Raises FetchFailed."""
        return self._follow(url, _conditions(validators), obey=True, longest=self._limits.longest)

    def _follow(self, url: str, headers: Headers, *, obey: bool, longest: int) -> Answer:
        """Ask for ``url`` and wherever it redirects to, each step checked like the first."""
        at, moved_to, lasting = tidy(url), "", True
        for _ in range(self._limits.redirects + 1):
            if at is None:
                raise FetchFailed("not an http or https address", final=True)
            if obey:
                self._obey_robots(at)
            with self._asked(at, headers) as response:
                if response.status not in _REDIRECTS:
                    return replace(self._answer(at, response, longest), moved_to=moved_to)
                target, lasting = _header(response, b"location"), lasting and response.status in _PERMANENT
            if not target:
                raise FetchFailed(f"the server redirects ({response.status}) and does not say where to")
            at = tidy(target, at)
            moved_to = at or "" if lasting else moved_to
        raise FetchFailed(f"more than {self._limits.redirects} redirects")

    def _obey_robots(self, url: str) -> None:
        """Raise FetchFailed unless the site of ``url`` allows to fetch it, which is read first where that is needed."""
        if self._manners.allow(url) is None:
            try:
                self._manners.learn(url, self._robots(origin(url)))
            except FetchFailed as error:
                host = urlsplit(url).netloc
                if not self._manners.resting(host):
                    self._manners.leave_alone(host, str(error))
                raise
        if not self._manners.allow(url):
            raise FetchFailed("the site's robots.txt asks not to fetch it", final=True)

    def _robots(self, site: str) -> str:
        """The robots.txt of a site, empty where it has none. Raises FetchFailed if that cannot be known."""
        try:
            answer = self._follow(f"{site}/robots.txt", {}, obey=False, longest=_ROBOTS_LONGEST)
        except FetchFailed as error:
            if error.final and error.status:
                return ""
            if not error.status:
                raise
            reason = f"robots.txt: {error}; without it nothing is fetched from this site"
            raise FetchFailed(reason, retry_after=error.retry_after) from error
        return answer.data.decode("utf-8", "replace")

    @contextmanager
    def _asked(self, url: str, headers: Headers) -> Iterator[httpcore2.Response]:
        """The server's response to one request, its body not read yet."""
        self._let_rest(url)
        self._manners.wait_for(url)
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

    def _let_rest(self, url: str) -> None:
        """Raise FetchFailed if the host of ``url`` has asked to be left alone."""
        resting = self._manners.resting(urlsplit(url).netloc)
        if resting:
            reason, left = resting
            raise FetchFailed(reason, retry_after=left)

    def _answer(self, url: str, response: httpcore2.Response, longest: int) -> Answer:
        max_age = _MAX_AGE.search(_header(response, b"cache-control"))
        fresh_for = float(max_age[1]) if max_age else 0.0
        if response.status == 304:
            return Answer(url, b"", "", None, Validators(), unchanged=True, fresh_for=fresh_for)
        if response.status != 200:
            raise self._refusal(url, response)
        kind = _header(response, b"content-type")
        charset = _CHARSET.search(kind)
        return Answer(
            url=url,
            data=_body(response, longest),
            content_type=kind.partition(";")[0].strip().lower(),
            charset=charset[1] if charset else None,
            validators=Validators(_header(response, b"etag"), _header(response, b"last-modified")),
            fresh_for=fresh_for,
        )

    def _refusal(self, url: str, response: httpcore2.Response) -> FetchFailed:
        """The error for an answer that is none; a host that is busy is left alone from now on."""
        status, seconds = response.status, _seconds(_header(response, b"retry-after"))
        busy = status in _BUSY
        reason = f"the server answered with status {status}" + ("; it is not asked again in this run" if busy else "")
        if busy:
            self._manners.leave_alone(urlsplit(url).netloc, reason, min(seconds, _LONGEST_REST))
        final = 400 <= status < 500 and status not in (408, 425, 429)
        return FetchFailed(reason, final=final, status=status, retry_after=seconds if busy else 0.0)


def _seconds(retry_after: str) -> float:
    """What a server writes as Retry-After, seconds or a date, as seconds from now; 0 where that is nothing."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def _conditions(validators: Validators) -> Headers:
    asked = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value.encode("latin-1") for name, value in asked.items() if value}  # the very bytes that came


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
