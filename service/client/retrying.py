"""When a request is worth sending again, and how long to wait before."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2

Outcome = httpx2.Response | httpx2.TransportError
"""What came of sending a request."""

BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
LOST = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.WriteError)
"""Connections that broke. An answer that takes too long is not among them: asking twice would not make it quicker."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often a request is sent again, the pause before the first time, which doubles, and the longest in seconds.

    Where the service says when to come back, that is done; where it says later than ``longest``, nothing is retried.
    """

    retries: int = 3
    first: float = 0.25
    longest: float = 60.0

    def pause(self, outcome: Outcome, failures: int) -> float | None:
        """Return the seconds to wait before sending it again, after so many ``failures``; None for not again."""
        if failures >= self.retries or not passing(outcome):
            return None
        told = retry_after(outcome) if isinstance(outcome, httpx2.Response) else None
        if told is not None and told > self.longest:
            return None
        backoff = min(self.first * 2.0**failures, self.longest) * random.uniform(0.5, 1)
        return backoff if told is None else told + backoff / 10  # not everyone at the same moment


def passing(outcome: Outcome) -> bool:
    """Return whether what went wrong may be over soon."""
    return outcome.status_code in BUSY if isinstance(outcome, httpx2.Response) else isinstance(outcome, LOST)


def retry_after(response: httpx2.Response) -> float | None:
    """Return in how many seconds to come back, as the service says in seconds or as a date."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
