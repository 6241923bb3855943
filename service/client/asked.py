"""What can be asked: each question as the request it becomes and the record that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from service.client.records import Answer, Article, Passage, Ready, Record, Reply, Story

T = TypeVar("T", bound=Record)


class QuestionOptions(TypedDict, total=False):
    """What any question can be told besides its words. What is left out, or None, is up to the service.

    Dates may be ``datetime``, ``date`` or text such as ``2025-08-21``; ``recency`` is ``auto``, ``off`` or a half-life
    such as ``14d``.
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
    recency: str | None
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

    answer: type[T]
    method: Literal["GET", "POST"]
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


def search(q: str, **options: Unpack[SearchOptions]) -> Asked[Answer]:
    """Ask for passages that answer ``q``."""
    return Asked(Answer, "POST", "/search", body={"q": q, **given(options)})


def ask(q: str, **options: Unpack[AskOptions]) -> Asked[Reply]:
    """Ask for sentences that answer ``q``."""
    return Asked(Reply, "POST", "/ask", body={"q": q, **given(options)})


def article(article_id: str, version: int | None, as_of: date | str | None) -> Asked[Article]:
    """Ask for an article."""
    return Asked(Article, "GET", f"/articles/{quote(article_id, safe='')}", given({"version": version, "as_of": as_of}))


def passage(passage_id: str, neighbours: int, verify: str | None) -> Asked[Passage]:
    """Ask for a passage."""
    params = given({"neighbours": neighbours, "verify": verify})
    return Asked(Passage, "GET", f"/passages/{quote(passage_id, safe='')}", params)


def story(story_id: str) -> Asked[Story]:
    """Ask for a story."""
    return Asked(Story, "GET", f"/stories/{quote(story_id, safe='')}")


def ready() -> Asked[Ready]:
    """Ask whether questions can be answered."""
    return Asked(Ready, "GET", "/readyz")


def given(options: Mapping[str, object]) -> dict[str, object]:
    """Return those of ``options`` that are given, as JSON has them."""
    return {name: written(value) for name, value in options.items() if value is not None}


def written(value: object) -> object:
    """Return ``value`` as JSON has it: dates as text, a single text stays one, other sequences are lists."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
