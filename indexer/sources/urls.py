"""Web addresses: one spelling for each, so that one article gets one id wherever its address was read."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

_LONGEST = 2048
_TRACKERS = frozenset(
    (
        *("fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid"),
        *("ns_mchannel", "ns_source", "ns_campaign", "cmpid", "ocid"),
    )
)
"""Parameters that tell a publisher where its reader came from and change nothing on the page."""


def tidy(address: str, base: str | None = None) -> str | None:
    """``address`` as an absolute http or https address without trackers or fragment; None if it is none.

    A relative one is read as standing on the page at ``base``.
    """
    try:
        parts = urlsplit(urljoin(base or "", address.strip()))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or len(address) > _LONGEST:
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    place = f"[{host}]" if ":" in host else host
    place = place if port in (None, usual) else f"{place}:{port}"
    tidied = urlunsplit((parts.scheme, place, parts.path or "/", _without_trackers(parts.query), ""))
    return tidied if tidied.isprintable() and " " not in tidied else None


def _without_trackers(query: str) -> str:
    """``query`` as it stands unless there is a tracker in it."""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _tracks(name)]
    return query if len(kept) == len(pairs) else urlencode(kept)


def _tracks(name: str) -> bool:
    return name.lower().startswith("utm_") or name.lower() in _TRACKERS


def host_of(address: str | None) -> str:
    """The host of ``address`` without a leading ``www.``; empty if it has none."""
    try:
        return (urlsplit(address or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host, or one's host lies under the other's."""
    first, second = host_of(one), host_of(other)
    return bool(first and second) and (first == second or first.endswith(f".{second}") or second.endswith(f".{first}"))
