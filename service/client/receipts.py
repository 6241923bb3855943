"""What the service answers to who hands articles in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from service.client.records import Record


class Rejected(Record):
    """Something that was handed in and is not in the index, with its place and why."""

    index: int | None
    line: int | None
    reason: str


class Written(Record):
    """What became of articles that were handed in."""

    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: tuple[Rejected, ...]
    rejected_count: int
    sequence_number: int
    visible: bool


class Job(Record):
    """Articles that were stored to be indexed later, and what became of them once that is done."""

    job_id: str
    state: Literal["waiting", "done", "failed"]
    received_at: datetime
    finished_at: datetime | None
    articles: int
    report: Written | None
    failure: str | None
