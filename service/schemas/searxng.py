"""The JSON of SearXNG's search."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from service.schemas.asked import Name
from service.schemas.fields import AGES, Question
from service.schemas.problems import Failure
from service.types import FURTHEST_OFFSET, Answer, Hit, Query

PAGE = 10
EVERYTHING = {"general", "news"}
"""Categories of SearXNG that all of this index belongs to."""
ANY_LANGUAGE = {"", "all", "auto"}


def any_country(value: str) -> str:
    """Read ``en-US`` as ``en``: to SearXNG's clients a country is a taste, and here it would be a filter."""
    if value not in ANY_LANGUAGE and not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", value):
        raise ValueError(f"{value!r} is no language; write en, en-US, or all")
    return value.split("-")[0]


def no_range(value: object) -> object:
    """Read the ways in which SearXNG's clients say that any time will do."""
    return None if value in ("", "None") else value


class SearxngIn(BaseModel):
    """A question for SearXNG. Parameters that Dateline has no use for are taken and left alone."""

    q: Annotated[Question, Field(description="The question, in everyday words.")]
    format: Literal["json"] = Field("json", description="There is no other.")
    pageno: int = Field(1, ge=1, le=FURTHEST_OFFSET // PAGE + 1, description=f"Pages have {PAGE} results.")
    language: Annotated[str, AfterValidator(any_country)] = Field(
        "all", description="`en-US` is read as `en`, articles of any country; `all` is any language."
    )
    time_range: Annotated[Literal["day", "week", "month", "year"] | None, BeforeValidator(no_range)] = Field(
        None, description="Published so long before now at most; a month has 30 days."
    )
    categories: Name = Field(
        "", description="Separated by commas. `general` and `news` are everything, others are those of the articles."
    )

    def question(self, now: datetime) -> Query:
        """Return the question, asked ``now``."""
        named = {name.strip().casefold() for name in self.categories.split(",")} - {""}
        return Query(
            text=self.q,
            as_of=now,
            limit=PAGE,
            offset=(self.pageno - 1) * PAGE,
            published_from=now - AGES[self.time_range] if self.time_range else None,
            languages=() if self.language in ANY_LANGUAGE else (self.language,),
            categories=() if named & EVERYTHING else tuple(sorted(named)),
        )


class SearxngResultOut(BaseModel):
    """A passage, with its article."""

    url: str
    title: str
    content: str = Field(description="The passage.")
    score: float
    publishedDate: datetime | None
    engine: str = "dateline"
    engines: list[str] = ["dateline"]
    category: str = "news"
    positions: list[int]
    template: str = "default.html"

    @classmethod
    def of(cls, hit: Hit, url: str, place: int) -> Self:
        """Return ``hit``, which is at ``place``, from 1."""
        article = hit.found.source.article
        return cls(
            url=url,
            title=article.title,
            content=hit.found.passage.text,
            score=hit.score,
            publishedDate=article.published_at,
            positions=[place],
        )


class SearxngOut(BaseModel):
    """What SearXNG answers."""

    query: str
    number_of_results: int
    results: list[SearxngResultOut]
    answers: list[str] = []
    corrections: list[str] = []
    infoboxes: list[str] = []
    suggestions: list[str] = []
    unresponsive_engines: list[str] = []

    @classmethod
    def of(cls, answer: Answer, results: list[SearxngResultOut]) -> Self:
        """Return ``results``."""
        return cls(query=answer.query.text, number_of_results=answer.total if results else 0, results=results)


class SearxngErrorOut(BaseModel):
    """An error, as SearXNG tells it."""

    error: str

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return ``failure``."""
        return cls(error=failure.detail)
