"""The JSON of Exa's search and answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from indexer import StoredArticle
from service.highlights import highlights
from service.phrases import tells
from service.schemas.asked import From, Names, To
from service.schemas.fields import Domain, Loose, Question, check_order, example
from service.schemas.problems import Failure
from service.types import MOST_HITS, Hit, Query

CAMEL = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ExaTextIn(Loose):
    """How much of the text."""

    model_config = CAMEL

    max_characters: int | None = Field(None, ge=1)


class ExaHighlightsIn(ExaTextIn):
    """Which part of the text."""

    query: Question | None = Field(None, description="Choose the sentence for this question.")


class ExaSummaryIn(Loose):
    """Of what kind a summary is: it is the publisher's own, so nothing can be asked of it."""

    model_config = CAMEL

    json_schema: None = Field(None, alias="schema", description="Refused.")


def switch(value: object) -> object:
    """Read ``true`` as "as usual" and ``false`` as "not"."""
    return {True: {}, False: None}[value] if isinstance(value, bool) else value


class ExaContentsIn(Loose):
    """What to say of every article."""

    model_config = CAMEL

    text: Annotated[ExaTextIn | None, BeforeValidator(switch, json_schema_input_type=bool | ExaTextIn)] = Field(
        default=None, description="The whole text."
    )
    highlights: Annotated[
        ExaHighlightsIn | None, BeforeValidator(switch, json_schema_input_type=bool | ExaHighlightsIn)
    ] = Field(default=None, description="The passage, or where it is too long as much as fits of its best sentence.")
    summary: Annotated[ExaSummaryIn | None, BeforeValidator(switch, json_schema_input_type=bool | ExaSummaryIn)] = (
        Field(default=None, description="The publisher's own.")
    )
    snapshot_as_of: None = Field(default=None, description="Refused.")


class ExaIn(Loose):
    """A question for Exa. Fields that Dateline has no use for are taken and left alone, as are unknown ones."""

    model_config = CAMEL | ConfigDict(json_schema_extra=example(numResults=3, contents={"highlights": True}))

    query: Question
    num_results: int = Field(10, ge=1, le=MOST_HITS, description="How many.")
    category: Literal["news"] | None = Field(None, description="All of it is news.")
    include_domains: list[Domain] = Field([], description="Only these domains or publishers, as they stand.")
    exclude_domains: list[Domain] = Field([], description="None of these domains or publishers.")
    start_published_date: From | None = Field(None, description="Published then or later.")
    end_published_date: To | None = Field(None, description="Published then or earlier.")
    start_crawl_date: From | None = Field(None, description="Indexed then or later.")
    end_crawl_date: To | None = Field(None, description="Indexed then or earlier.")
    include_text: Names = Field([], description="All of these stand in the headline or the text.")
    exclude_text: Names = Field([], description="None of these does.")
    contents: ExaContentsIn = ExaContentsIn()
    output_schema: None = Field(None, description="Refused: there is no language model to fill it in.")
    stream: Literal[False] = Field(False, description="`true` is refused.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_order(self.start_published_date, self.end_published_date, "startPublishedDate, endPublishedDate")
        check_order(self.start_crawl_date, self.end_crawl_date, "startCrawlDate, endCrawlDate")
        return self

    def question(self, now: datetime) -> Query:
        """Return the question, asked ``now``."""
        return Query(
            text=self.query,
            as_of=now,
            limit=self.num_results,
            published_from=self.start_published_date,
            published_to=self.end_published_date,
            publishers=tuple(self.include_domains),
            exclude_publishers=tuple(self.exclude_domains),
        )

    @property
    def condition(self) -> Callable[[StoredArticle], bool] | None:
        """What else an article must satisfy; None for nothing."""
        asked = (self.start_crawl_date, self.end_crawl_date, self.include_text, self.exclude_text)
        return self._admits if any(asked) else None

    def _admits(self, source: StoredArticle) -> bool:
        return (
            (self.start_crawl_date is None or self.start_crawl_date <= source.indexed_at)
            and (self.end_crawl_date is None or source.indexed_at <= self.end_crawl_date)
            and all(tells(source.article, text) for text in self.include_text)
            and not any(tells(source.article, text) for text in self.exclude_text)
        )


def moment(when: datetime) -> str:
    """Write a time as Exa does."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z"


class ExaSourceOut(BaseModel):
    """An article."""

    model_config = CAMEL

    id: str = Field(description="Of the article.")
    title: str
    url: str
    published_date: str | None = Field(None, examples=["2025-08-21T14:05:00.000Z"])
    author: str | None = None
    text: str | None = None

    @classmethod
    def cited(cls, hit: Hit, url: str, text: str | None) -> Self:
        """Return the article of ``hit``."""
        article = hit.found.source.article
        return cls(
            id=article.id,
            title=article.title,
            url=url,
            published_date=moment(article.published_at) if article.published_at else None,
            author=", ".join(article.authors) or None,
            text=text,
        )


class ExaResultOut(ExaSourceOut):
    """An article with what was asked for of it."""

    crawl_date: str = Field(description="When it was indexed.")
    score: float
    highlights: list[str] | None = None
    highlight_scores: list[float] | None = None
    summary: str | None = None

    @classmethod
    def of(cls, hit: Hit, url: str, wanted: ExaContentsIn) -> Self:
        """Return ``hit``."""
        source = hit.found.source
        lit = excerpt(hit, wanted.highlights)
        return cls(
            **ExaSourceOut.cited(hit, url, whole(hit, wanted.text)).model_dump(),
            crawl_date=moment(source.indexed_at),
            score=hit.score,
            highlights=None if lit is None else [lit],
            highlight_scores=None if lit is None else [hit.score],
            summary=source.article.summary if wanted.summary else None,
        )


def whole(hit: Hit, wanted: ExaTextIn | None) -> str | None:
    """Return as much of the text as is wanted."""
    return hit.found.source.article.body[: wanted.max_characters] if wanted else None


def excerpt(hit: Hit, wanted: ExaHighlightsIn | None) -> str | None:
    """Return the passage, or where that is too long, as much of its best sentence as fits."""
    if wanted is None:
        return None
    passage, most = hit.found.passage, wanted.max_characters
    if most is None or len(passage.text) <= most:
        return passage.text
    article, best = hit.found.source.article, hit.highlight
    if wanted.query:
        (best,) = highlights(wanted.query, [passage], [article.language])
    return article.body[best.start : best.end][:most]


class ExaCostOut(BaseModel):
    """What a search cost."""

    total: float = 0.0


class ExaOut(BaseModel):
    """What Exa finds."""

    model_config = CAMEL

    request_id: str
    resolved_search_type: Literal["neural"] = "neural"
    results: list[ExaResultOut]
    search_time: float = Field(description="In milliseconds.")
    cost_dollars: ExaCostOut = ExaCostOut()


class ExaAnswerIn(Loose):
    """A question for Exa that wants an answer."""

    model_config = CAMEL | ConfigDict(json_schema_extra=example())

    query: Question
    text: bool = Field(False, description="The whole text of every citation.")
    output_schema: None = Field(None, description="Refused: there is no language model to fill it in.")
    stream: Literal[False] = Field(False, description="`true` is refused.")


class ExaAnswerOut(BaseModel):
    """What Exa answers."""

    model_config = CAMEL

    request_id: str
    answer: str = Field(description="The sentence that answers best, verbatim; empty where nothing answers.")
    citations: list[ExaSourceOut]
    cost_dollars: ExaCostOut = ExaCostOut()


class ExaErrorOut(BaseModel):
    """An error, as Exa tells it."""

    requestId: str
    error: str
    tag: str = Field(examples=["INVALID_REQUEST_BODY"])

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return ``failure``."""
        tag = "INVALID_REQUEST_BODY" if failure.status < 500 else "DEFAULT_ERROR"
        return cls(requestId=failure.request_id, error=failure.detail, tag=tag)
