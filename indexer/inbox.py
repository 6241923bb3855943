"""What is handed in is kept in the inbox until it is indexed: the ``Inbox`` seam and its records."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from indexer.errors import DatelineError
from indexer.types import Report

Kind = Literal["json", "lines", "removal"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was handed in, byte for byte: articles as JSON, or as lines of JSON, or the ids of articles to remove."""

    kind: Kind
    content: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery, all of which shows from ``sequence_number`` on.

    ``failure`` says why nothing more was tried; the inbox then keeps what was handed in.
    """

    report: Report
    sequence_number: int
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery that was acknowledged; without an outcome it waits."""

    number: int
    id: str
    received_at: datetime
    articles: int
    finished_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """How much waits in an inbox, or may."""

    articles: int
    bytes: int


class InboxFull(DatelineError):
    """As much waits as may wait; ``articles`` of it have to be indexed before this delivery is taken."""

    def __init__(self, articles: int) -> None:
        super().__init__("Too many articles wait to be indexed already. Nothing of this request was kept; try again.")
        self.articles = articles


class Inbox(Protocol):
    """Deliveries that wait for the index, in the order in which they came."""

    def put(self, job_id: str, delivery: Delivery, articles: int, most: Load) -> Job:
        """Keep a delivery, durable on return; where ``job_id`` is known already, return that job and keep nothing.

        Raises InboxFull where more than ``most`` would wait, but takes any delivery while nothing waits.
        """

    def job(self, job_id: str) -> Job | None:
        """Return a job, also for some time after it is finished, and always where it failed."""

    def take(self) -> AbstractContextManager[tuple[Job, Delivery] | None]:
        """Have the oldest waiting job to oneself, over all processes; None if there is none or another works on it."""

    def overtake(self, article_ids: Sequence[str]) -> None:
        """Note that these articles were written since by somebody who did not wait; the writer's to call."""

    def overtaken(self, job: Job, article_id: str) -> bool:
        """Return whether what ``job`` says of an article is older than what the index was told since."""

    def finish(self, job: Job, outcome: Outcome) -> None:
        """Note what became of a job and let go of what was handed in; durable on return.

        Where it failed, both are kept for good.
        """
