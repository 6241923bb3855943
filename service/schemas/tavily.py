"""The JSON of Tavily's search."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.schemas.asked import From, Name, To
from service.schemas.fields import AGES, Domain, Loose, Question, check_order, example
from service.schemas.problems import Failure
from service.types import MOST_HITS, Hit, Query


class TavilyIn(Loose):
    """A question for Tavily. Fields that Dateline has no use for are taken and left alone, as are unknown ones."""

    model_config = ConfigDict(json_schema_extra=example(max_results=3, include_answer=True))

    query: Question
    max_results: int = Field(5, ge=1, le=MOST_HITS, description="How many.")
    topic: Literal["general", "news", "finance"] = Field("general", description="All of it is news; `days` needs it.")
    time_range: Literal["day", "week", "month", "year", "d", "w", "m", "y"] | None = Field(
        None, description="Published so long before now at most; a month has 30 days."
    )
    days: int | None = Field(None, ge=1, le=36_500, description="The same in days; counts with the topic `news`.")
    start_date: From | None = Field(None, description="Published then or later.")
    end_date: To | None = Field(None, description="Published then or earlier; a date includes its whole day.")
    include_domains: list[Domain] = Field([], description="Only these domains or publishers, as they stand.")
    exclude_domains: list[Domain] = Field([], description="None of these domains or publishers.")
    include_domains_mode: Literal["restrict"] = Field("restrict", description="`prefer` is refused.")
    language: Name | None = Field(None, description="Such as `en`; counts with `filter_by_language`.")
    filter_by_language: bool = Field(False, description="Only articles in `language`.")
    exact_match: bool = Field(
        False, description="Only articles in which the quoted phrases stand, or the whole query if nothing is quoted."
    )
    include_answer: bool | Literal["basic", "advanced"] = Field(False, description="The sentence that answers best.")
    include_raw_content: bool | Literal["markdown", "text"] = Field(False, description="The whole text.")
    include_usage: bool = Field(False, description="What it cost: nothing.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_order(self.start_date, self.end_date, "start_date, end_date")
        if self.time_range and (self.start_date or self.end_date):
            raise ValueError("time_range: it cannot be combined with start_date and end_date")
        if self.filter_by_language and not self.language:
            raise ValueError("filter_by_language: say in which language")
        return self

    def question(self, now: datetime) -> Query:
        """Return the question, asked ``now``."""
        ages = [timedelta(days=self.days)] if self.days and self.topic == "news" else []  # clients send it always
        ages += [age for name, age in AGES.items() if self.time_range in (name, name[0])]
        starts = [now - age for age in ages] + ([self.start_date] if self.start_date else [])
        return Query(
            text=self.query,
            as_of=now,
            limit=self.max_results,
            published_from=max(starts, default=None),
            published_to=self.end_date,
            publishers=tuple(self.include_domains),
            exclude_publishers=tuple(self.exclude_domains),
            languages=(self.language,) if self.filter_by_language and self.language else (),
        )


class TavilyResultOut(BaseModel):
    """A passage, with its article."""

    title: str
    url: str
    content: str = Field(description="The passage.")
    score: float
    raw_content: str | None = Field(description="On request: the whole text.")
    published_date: str | None = Field(examples=["Thu, 21 Aug 2025 14:05:00 GMT"])
    favicon: None = None

    @classmethod
    def of(cls, hit: Hit, url: str, raw: bool) -> Self:
        """Return ``hit``."""
        article = hit.found.source.article
        published = article.published_at
        return cls(
            title=article.title,
            url=url,
            content=hit.found.passage.text,
            score=hit.score,
            raw_content=article.body if raw else None,
            published_date=format_datetime(published, usegmt=True) if published else None,
        )


class TavilyUsageOut(BaseModel):
    """What a search cost."""

    credits: int = 0


class TavilyOut(BaseModel):
    """What Tavily answers."""

    query: str
    follow_up_questions: None = None
    answer: str | None
    images: list[str] = []
    results: list[TavilyResultOut]
    response_time: float = Field(description="In seconds.")
    usage: TavilyUsageOut | None
    request_id: str

    @classmethod
    def of(cls, asked: TavilyIn, said: str | None, results: list[TavilyResultOut], took: float, request: str) -> Self:
        """Return ``results``, with the answer ``said``."""
        return cls(
            query=asked.query,
            answer=said,
            results=results,
            response_time=round(took, 3),
            usage=TavilyUsageOut() if asked.include_usage else None,
            request_id=request,
        )


class TavilyErrorDetailOut(BaseModel):
    """What is wrong."""

    error: str


class TavilyErrorOut(BaseModel):
    """An error, as Tavily tells it."""

    detail: TavilyErrorDetailOut

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return ``failure``."""
        return cls(detail=TavilyErrorDetailOut(error=failure.detail))
