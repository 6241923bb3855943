"""What can be asked: each question as the request it becomes and the record that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from pydantic import TypeAdapter

from service.client.receipts import Job, Written
from service.client.records import Answer, Article, Passage, Ready, Reply, Story
from service.client.versions import Versions

T = TypeVar("T")


class QuestionOptions(TypedDict, total=False):
    """What any question can be told besides its words. What is left out, or None, is up to the service.

    Dates may be ``datetime``, ``date`` or text such as ``2025-08-21``; ``recency`` is ``auto``, ``off`` or a half-life,
    a ``timedelta`` or text such as ``14d``.
    """

    limit: int | None
    as_of: date | str | None
    known_at: date | str | None
    published_from: date | str | None
    published_to: date | str | None
    publishers: Sequence[str] | None
    exclude_publishers: Sequence[str] | None
    authors: Sequence[str] | None
    categories: Sequence[str] | None
    languages: Sequence[str] | None
    article_ids: Sequence[str] | None
    parse_time: bool | None
    recency: timedelta | str | None
    duplicates: Literal["collapse", "keep", "only"] | None
    max_per_story: int | None
    max_per_publisher: int | None
    min_confidence: float | None
    rerank: bool | None


class SearchOptions(QuestionOptions, total=False):
    """Everything a search can be told besides its question."""

    offset: int | None
    group_by: Literal["article", "passage"] | None
    explain: bool | None


class AskOptions(QuestionOptions, total=False):
    """Everything that can be told of how to answer in sentences; ``limit`` is how many passages are read."""

    mode: Literal["extractive", "written"] | None
    sentences: int | None


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """A request, and the record its answer is read as."""

    answer: TypeAdapter[T]
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | Sequence[Any] | None = None


def search(q: str, **options: Unpack[SearchOptions]) -> Asked[Answer]:
    """Ask for passages that answer ``q``."""
    return Asked(TypeAdapter(Answer), "POST", "/search", body={"q": q, **given(options)})


def ask(q: str, **options: Unpack[AskOptions]) -> Asked[Reply]:
    """Ask for sentences that answer ``q``."""
    return Asked(TypeAdapter(Reply), "POST", "/ask", body={"q": q, **given(options)})


def ask_stream(q: str, **options: Unpack[AskOptions]) -> Asked[Reply]:
    """Ask for the same sentence by sentence."""
    return Asked(TypeAdapter(Reply), "POST", "/ask", body={"q": q, **given(options), "stream": True})


def article(article_id: str, version: int | None, as_of: date | str | None) -> Asked[Article]:
    """Ask for an article."""
    return Asked(
        TypeAdapter(Article),
        "GET",
        f"/articles/{quote(article_id, safe='')}",
        given({"version": version, "as_of": as_of}),
    )


def versions(article_id: str) -> Asked[Versions]:
    """Ask for the versions of an article."""
    return Asked(TypeAdapter(Versions), "GET", f"/articles/{quote(article_id, safe='')}/versions")


def passage(passage_id: str, neighbours: int, verify: str | None) -> Asked[Passage]:
    """Ask for a passage."""
    params = given({"neighbours": neighbours, "verify": verify})
    return Asked(TypeAdapter(Passage), "GET", f"/passages/{quote(passage_id, safe='')}", params)


def story(story_id: str) -> Asked[Story]:
    """Ask for a story."""
    return Asked(TypeAdapter(Story), "GET", f"/stories/{quote(story_id, safe='')}")


def ready() -> Asked[Ready]:
    """Ask whether questions can be answered."""
    return Asked(TypeAdapter(Ready), "GET", "/readyz")


def add(articles: Sequence[Mapping[str, object]]) -> Asked[Written | Job]:
    """Hand articles in."""
    return Asked(RECEIPT, "POST", "/articles", body=[given(one) for one in articles])


def put(article_id: str, fields: Mapping[str, object]) -> Asked[Written | Job]:
    """Add or replace an article."""
    return Asked(RECEIPT, "PUT", f"/articles/{quote(article_id, safe='')}", body=given(fields))


def delete(article_id: str) -> Asked[Job | None]:
    """Remove an article."""
    return Asked(REMOVED, "DELETE", f"/articles/{quote(article_id, safe='')}")


def job(job_id: str) -> Asked[Job]:
    """Ask what became of a job."""
    return Asked(TypeAdapter(Job), "GET", f"/jobs/{quote(job_id, safe='')}")


RECEIPT: TypeAdapter[Written | Job] = TypeAdapter(Written | Job)
REMOVED: TypeAdapter[Job | None] = TypeAdapter(Job | None)


def given(options: Mapping[str, object]) -> dict[str, object]:
    """Return those of ``options`` that are given, as JSON has them."""
    return {name: written(value) for name, value in options.items() if value is not None}


def written(value: object) -> object:
    """Return ``value`` as JSON has it: times as text, a single text stays one, other sequences are lists."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value / timedelta(hours=1):.9f}h"
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
