"""How hosts are treated: robots.txt is kept in mind, requests are spaced out, and who asks to be left alone is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from urllib.parse import urlsplit

from protego import Protego

AGENT = "Dateline"
"""What robots.txt calls us."""


@dataclass(frozen=True, slots=True)
class _Rest:
    until: float
    reason: str


@dataclass(slots=True)
class Manners:
    """What is known of hosts; fetchers in several threads may share it. Times are in seconds.

    ``memory`` is for how long the rules of a site hold, ``rest`` for how long a host is left alone that does not say.
    """

    delay: float = 1.0
    longest_delay: float = 30.0
    memory: float = inf
    rest: float = inf
    _lock: Lock = field(default_factory=Lock)
    _rules: dict[str, tuple[Protego, float]] = field(default_factory=dict)
    _next_at: dict[str, float] = field(default_factory=dict)
    _resting: dict[str, _Rest] = field(default_factory=dict)

    def allow(self, url: str) -> bool | None:
        """Return whether the rules of its site allow to fetch ``url``; None if they have to be read first."""
        rules = self._known(url)
        return rules.can_fetch(url, AGENT) if rules else None

    def learn(self, url: str, robots: str) -> None:
        """Remember the rules of the site of ``url``, as its robots.txt has them."""
        self._rules[origin(url)] = (Protego.parse(robots), time.monotonic() + self.memory)

    def leave_alone(self, host: str, reason: str, seconds: float = 0.0) -> None:
        """Ask nothing more of ``host`` for so long, or for as long as is usual where that is 0."""
        self._resting[host] = _Rest(time.monotonic() + (seconds or self.rest), reason)

    def resting(self, host: str) -> tuple[str, float] | None:
        """Return why ``host`` is left alone, and for how many seconds more; None if it is not."""
        rest = self._resting.get(host)
        left = rest.until - time.monotonic() if rest else 0.0
        return (rest.reason, left) if rest and left > 0 else None

    def wait_for(self, url: str) -> None:
        """Sleep until the host of ``url`` may be asked again."""
        host = urlsplit(url).netloc
        rules = self._known(url)
        asked = rules.crawl_delay(AGENT) if rules else None
        delay = max(self.delay, min(asked or 0.0, self.longest_delay))
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next_at.get(host, now))
            self._next_at[host] = start + delay
        time.sleep(start - now)

    def _known(self, url: str) -> Protego | None:
        rules, until = self._rules.get(origin(url), (None, 0.0))
        return rules if time.monotonic() < until else None


def origin(url: str) -> str:
    """Return scheme and host of ``url``, by which a site is known."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
