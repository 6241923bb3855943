"""Connections that go only where they may, and no longer than they may.

A name is resolved here, once, and what is connected to is the very address that was checked: so a name that resolves to
something else the next moment, or a redirect to a machine inside, gets nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore2

from indexer.errors import BadInput

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_INSIDE = tuple(map(ipaddress.ip_network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "192.0.0.0/24")))
"""Networks that Python, some versions of it at least, takes for public: other writings of IPv4, and given-up ranges."""


class PrivateAddress(BadInput):
    """A name leads to an address that is not on the public internet."""


def is_public(address: IPAddress) -> bool:
    """Whether ``address`` is one of the public internet, also after the translations that IPv6 knows."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    inside = any(address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside


@dataclass(slots=True)
class Deadline:
    """The moment by which everything must be done."""

    at: float = field(default=float("inf"))

    def left(self, timeout: float | None) -> float | None:
        """Seconds an operation may take: ``timeout``, or less if the deadline comes first. Raises ReadTimeout."""
        if self.at == float("inf"):
            return timeout
        remaining = self.at - time.monotonic()
        if remaining <= 0:
            raise httpcore2.ReadTimeout("deadline")
        return remaining if timeout is None else min(timeout, remaining)


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to public addresses only, unless ``allow_private``; every stream keeps to ``deadline``."""

    def __init__(self, deadline: Deadline, *, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a stream to the first address of ``host`` that may be reached and answers. Raises PrivateAddress."""
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                stream = self._inner.connect_tcp(
                    str(address), port, self._deadline.left(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _addresses(self, host: str, port: int) -> list[IPAddress]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"there is no host {host}") from error
        addresses = list(dict.fromkeys(ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found))
        allowed = [address for address in addresses if self._allow_private or is_public(address)]
        if addresses and not allowed:
            raise PrivateAddress(
                f"{host} is the private or reserved address {addresses[0]}; --allow-private admits such addresses"
            )
        return allowed


class _TimedStream(httpcore2.NetworkStream):
    """A stream each of whose steps ends by the deadline, however little each of them brings."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (httpcore's own signature)
        return self._inner.get_extra_info(info)
