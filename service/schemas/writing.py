"""Writing: what became of articles that were handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from indexer import Job, Outcome, Rejected
from service.schemas.problems import ErrorOut

SHOWN = 100
"""Rejections told one by one; the rest are counted."""


class RejectedOut(BaseModel):
    """Something in a request that is not in the index, and why."""

    index: int | None = Field(description="Its place among the articles of the request, from 0.", examples=[2])
    line: int | None = Field(None, description="The line it stands on, where the request has lines.")
    reason: str = Field(examples=["body: missing"])

    @classmethod
    def of(cls, rejected: Rejected) -> Self:
        """Return ``rejected``."""
        index = int(rejected.origin) if rejected.origin.isdecimal() and rejected.origin.isascii() else None
        return cls(index=index, line=rejected.line, reason=printable(rejected.reason))


class WrittenOut(BaseModel):
    """What became of articles that were handed in."""

    added: int
    updated: int
    unchanged: int = Field(description="They are in the index as they came, or in a later version; this cost nothing.")
    removed: int
    rejected: list[RejectedOut] = Field(description=f"The first {SHOWN} that are not in the index, and why.")
    rejected_count: int = Field(description="How many are not in the index.")
    sequence_number: int = Field(description="All of this shows in answers that name this number or a higher one.")
    visible: bool = Field(description="Whether this process shows it already; the others do within two seconds.")

    @classmethod
    def of(cls, outcome: Outcome, shown: int) -> Self:
        """Return ``outcome``; answers stand at the sequence number ``shown``."""
        report = outcome.report
        return cls(
            added=report.added,
            updated=report.updated,
            unchanged=report.unchanged,
            removed=report.removed,
            rejected=[RejectedOut.of(one) for one in report.rejected[:SHOWN]],
            rejected_count=len(report.rejected),
            sequence_number=outcome.sequence_number,
            visible=shown >= outcome.sequence_number,
        )


class JobOut(BaseModel):
    """A request that was stored to be carried out later; it is, whatever happens to the service."""

    job_id: str
    state: Literal["waiting", "done", "failed"] = Field(description="`waiting` until all of it is carried out.")
    received_at: datetime
    finished_at: datetime | None
    articles: int = Field(description="How many articles were handed in.")
    report: WrittenOut | None = Field(description="What became of them, once it is finished.")
    failure: str | None = Field(description="Why nothing more was tried, where it failed.")

    @classmethod
    def of(cls, job: Job, shown: int) -> Self:
        """Return ``job``; answers stand at the sequence number ``shown``."""
        outcome = job.outcome
        state: Literal["waiting", "done", "failed"] = "waiting"
        if outcome:
            state = "failed" if outcome.failure else "done"
        return cls(
            job_id=job.id,
            state=state,
            received_at=job.received_at,
            finished_at=job.finished_at,
            articles=job.articles,
            report=WrittenOut.of(outcome, shown) if outcome else None,
            failure=outcome.failure if outcome else None,
        )


def errors_of_rejected(rejected: Sequence[Rejected]) -> list[ErrorOut]:
    """Say of each rejection where it stands and what is wrong."""
    return [
        ErrorOut(
            field=f"articles.{one.origin}" if one.line is None else f"line {one.line}",
            message=printable(one.reason),
            kind="invalid",
        )
        for one in rejected[:SHOWN]
    ]


def printable(text: str) -> str:
    """Return ``text`` with what is no character replaced, so that it can be sent."""
    return text.encode("utf-8", "replace").decode()
