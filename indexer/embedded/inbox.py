"""The inbox in the same SQLite file as the articles: one thing to back up, one thing that is durable."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import cast

from indexer.embedded import schema
from indexer.embedded.database import Database, Row
from indexer.embedded.lock import alone
from indexer.inbox import Delivery, InboxFull, Job, Kind, Load, Outcome
from indexer.types import Rejected, Report

KEPT = timedelta(days=7)
"""How long a finished job can be asked about, unless it failed."""

JOB = "number, id, received_at, articles, finished_at, report"
OVERTAKEN = "overtaken"
"""Bookmarks of this kind stand, by article, at the last job that waited when the article was written."""


class SqliteInbox:
    """Deliveries in the table ``jobs``."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "articles.db")
        self._lock = folder / "jobs.lock"

    def put(self, job_id: str, delivery: Delivery, articles: int, most: Load) -> Job:
        """Keep a delivery, durable on return; where ``job_id`` is known already, return that job and keep nothing.

        Raises InboxFull where more than ``most`` would wait, but takes any delivery while nothing waits. Raises
        StorageFull.
        """
        content = pack(delivery)
        with self._database.transaction() as connection:
            if (known := find(connection, job_id)) is not None:
                return known
            excess = too_much(connection, Load(articles, len(content)), most)
            if excess:
                raise InboxFull(excess)
            connection.execute(
                "INSERT INTO jobs (id, received_at, articles, content) VALUES (?, ?, ?, ?)",
                (job_id, now(), articles, content),
            )
            put = find(connection, job_id)
        assert put is not None
        return put

    def job(self, job_id: str) -> Job | None:
        """Return a job, also for some time after it is finished, and always where it failed."""
        rows = self._database.rows(f"SELECT {JOB} FROM jobs WHERE id = ?", job_id)
        return next(map(job, rows), None)

    @contextmanager
    def take(self) -> Iterator[tuple[Job, Delivery] | None]:
        """Have the oldest waiting job to oneself, over all processes; None if there is none or another works on it."""
        if not self._waits():  # spares the lock file where nobody uses the inbox
            yield None
            return
        with alone(self._lock) as mine:
            yield self._oldest() if mine else None

    def overtake(self, article_ids: Sequence[str]) -> None:
        """Note that these articles were written since by somebody who did not wait; the writer's to call."""
        if not self._waits():
            return
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO bookmarks SELECT ?, ?, max(number) FROM jobs",
                ((OVERTAKEN, article_id) for article_id in article_ids),
            )

    def overtaken(self, job: Job, article_id: str) -> bool:
        """Return whether what ``job`` says of an article is older than what the index was told since."""
        last = self._database.value("SELECT value FROM bookmarks WHERE kind = ? AND name = ?", OVERTAKEN, article_id)
        return last is not None and job.number <= int(last)

    def finish(self, job: Job, outcome: Outcome) -> None:
        """Note what became of a job and let go of what was handed in; durable on return.

        Where it failed, both are kept for good.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET finished_at = ?, report = ?, content = CASE WHEN ? THEN content END WHERE number = ?",
                (now(), json.dumps(asdict(outcome)), outcome.failure is not None, job.number),
            )
            connection.execute(
                "DELETE FROM jobs WHERE finished_at < ? AND content IS NULL", (now() - KEPT.total_seconds(),)
            )
            connection.execute(
                "DELETE FROM bookmarks WHERE kind = ? AND CAST(value AS INTEGER)"
                " < (SELECT coalesce(min(number), 1e18) FROM jobs WHERE finished_at IS NULL)",
                (OVERTAKEN,),
            )

    def _waits(self) -> bool:
        return self._database.value("SELECT 1 FROM jobs WHERE finished_at IS NULL LIMIT 1") is not None

    def _oldest(self) -> tuple[Job, Delivery] | None:
        rows = self._database.rows(f"SELECT {JOB}, content FROM jobs WHERE finished_at IS NULL ORDER BY number LIMIT 1")
        return next(((job(row[:-1]), unpack(row[-1])) for row in rows), None)


def find(connection: sqlite3.Connection, job_id: str) -> Job | None:
    """Return the job of this id."""
    return next(map(job, connection.execute(f"SELECT {JOB} FROM jobs WHERE id = ?", (job_id,))), None)


def too_much(connection: sqlite3.Connection, more: Load, most: Load) -> int:
    """Return how many articles have to go before ``more`` may wait; 0 if it may now."""
    row = connection.execute(
        "SELECT coalesce(sum(articles), 0), coalesce(sum(length(content)), 0) FROM jobs WHERE finished_at IS NULL"
    ).fetchone()
    waiting = Load(*map(int, row))
    if not waiting.articles:
        return 0
    of_that_size = waiting.articles / max(waiting.bytes, 1)  # articles a byte
    excess_bytes = waiting.bytes + more.bytes - most.bytes
    excess = max(0, waiting.articles + more.articles - most.articles, ceil(excess_bytes * of_that_size))
    return min(waiting.articles, excess)


def job(row: Row) -> Job:
    """Read the columns of ``JOB``."""
    number, job_id, received_at, articles, finished_at, report = row
    return Job(
        number,
        job_id,
        datetime.fromtimestamp(received_at, UTC),
        articles,
        schema.moment(finished_at),
        read_outcome(report) if report else None,
    )


def read_outcome(text: str) -> Outcome:
    """Read an outcome as ``finish`` wrote it."""
    values = json.loads(text)
    report = values["report"]
    rejected = tuple(Rejected(**one) for one in report.pop("rejected"))
    return Outcome(Report(**report, rejected=rejected), values["sequence_number"], values["failure"])


def pack(delivery: Delivery) -> bytes:
    """Write a delivery: what it is on the first line, then what was handed in."""
    return delivery.kind.encode() + b"\n" + delivery.content


def unpack(content: bytes) -> Delivery:
    """Read what ``pack`` wrote."""
    kind, _, rest = content.partition(b"\n")
    return Delivery(cast(Kind, kind.decode()), rest)


def now() -> int:
    """Return the time as the tables keep it."""
    return int(datetime.now(UTC).timestamp())
