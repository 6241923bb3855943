"""What is handed in over HTTP: how much of it is taken, and what is in it. No HTTP in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from indexer import Arrival, BadInput, DatelineError, Delivery, Rejected, articles_in

MOST_BYTES = 16 * 2**20
"""A body may have; what is larger comes in several requests."""
MOST_ARTICLES = 10_000
"""A request may have."""
MOST_HELD = 4 * MOST_BYTES
"""All bodies together that are in memory."""
FEW_ARTICLES = 32
"""Are indexed before the answer, where they have no more than ``FEW_BYTES``: one batch of the pipeline."""
FEW_BYTES = 512 * 2**10
SHOWN = 100
"""Articles and rejections of a large request that are looked at one by one."""


class TooLarge(DatelineError):
    """More than one request may bring."""


class Crowded(DatelineError):
    """As many bodies are being taken in as memory is set aside for."""


class NothingUsable(DatelineError):
    """Nothing in a request is an article; ``rejected`` says why of each."""

    def __init__(self, rejected: tuple[Rejected, ...]) -> None:
        several = f" and {len(rejected) - 1} more; see errors" if len(rejected) > 1 else ""
        super().__init__(f"{rejected[0].reason}{several}." if rejected else "There are no articles in this request.")
        self.rejected = rejected


@dataclass(frozen=True, slots=True)
class Contents:
    """What a delivery holds: ``items`` is the first of it, and all of it where it is ``small``."""

    delivery: Delivery
    articles: int
    items: tuple[Arrival | Rejected, ...]
    small: bool

    @property
    def ids(self) -> list[str]:
        """Ids of the articles among ``items``."""
        return [item.article.id for item in self.items if isinstance(item, Arrival)]


class Intake:
    """Counts the bytes of the bodies in memory, which stay bounded however many clients there are."""

    def __init__(self) -> None:
        self._held = 0

    @contextmanager
    def body(self) -> Iterator[Body]:
        """Take in a body, which is counted until this is left."""
        body = Body(self)
        try:
            yield body
        finally:
            self._held -= len(body.content)

    def take(self, more: int) -> None:
        """Count ``more`` bytes in; raises Crowded."""
        if self._held + more > MOST_HELD:
            raise Crowded("Too many large requests come in at once. Nothing of this one was kept; try again.")
        self._held += more


class Body:
    """A body that arrives piece by piece."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.content = bytearray()

    def announce(self, size: int) -> None:
        """Refuse a body of ``size`` bytes before it is sent if it is too large; raises TooLarge."""
        if size > MOST_BYTES:
            raise TooLarge(
                f"The body has more than {MOST_BYTES // 2**20} MB. Nothing of it was kept; send it in several requests."
            )

    def add(self, piece: bytes) -> None:
        """Append ``piece``; raises TooLarge and Crowded."""
        self.announce(len(self.content) + len(piece))
        self._intake.take(len(piece))
        self.content += piece


def look_through(delivery: Delivery, article_id: str | None = None) -> Contents:
    """Say what a delivery holds, of one article if it has an id to have; raises NothingUsable, BadInput, TooLarge."""
    if article_id is not None:
        delivery = addressed(delivery, article_id)
    items: list[Arrival | Rejected] = []
    usable = total = 0
    for total, item in enumerate(articles_in(delivery), start=1):
        usable += isinstance(item, Arrival)
        if total > MOST_ARTICLES:
            raise TooLarge(
                f"There are more than {MOST_ARTICLES:,} articles in this request. Nothing of it was kept; send them in"
                " several requests."
            )
        if total <= SHOWN:
            items.append(item)
    if not usable:
        raise NothingUsable(tuple(item for item in items if isinstance(item, Rejected)))
    small = total <= FEW_ARTICLES and len(delivery.content) <= FEW_BYTES
    contents = Contents(delivery, total, tuple(items), small)
    if article_id is not None and (contents.ids != [article_id] or total > 1):
        raise BadInput(f"body: it is not one article of the id {article_id[:80]!r}. Send it with POST /articles.")
    return contents


def addressed(delivery: Delivery, article_id: str) -> Delivery:
    """Return the delivery of one article with the id that its address gives it; raises BadInput."""
    try:
        record = json.loads(delivery.content)
    except (ValueError, RecursionError):
        return delivery  # the reader says what is wrong with it
    if not isinstance(record, dict):
        raise BadInput("body: not an object; PUT takes one article. Send a list with POST /articles.")
    if "id" in record and str(record["id"]).strip() != article_id:
        own = str(record["id"])[:80]
        raise BadInput(f"id: {own!r} in the article and {article_id[:80]!r} in the address are not the same.")
    return Delivery("json", json.dumps({**record, "id": article_id}).encode())


def job_id(idempotency_key: str | None, delivery: Delivery) -> str:
    """Return an id for the job of a delivery: the same one for the same key and content, else a new one."""
    if idempotency_key is None:
        return uuid4().hex
    return sha256(f"{idempotency_key}\n{delivery.kind}\n".encode() + delivery.content).hexdigest()[:32]
