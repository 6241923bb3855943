"""The JSON of Dify's external knowledge."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from service.schemas.asked import Name, Names
from service.schemas.fields import Loose, Question, example
from service.schemas.problems import Failure
from service.types import MOST_HITS, Hit, Query

UNKNOWN_KNOWLEDGE = 2001
"""What Dify calls a knowledge base that is not there."""

Operator = Literal[
    "contains",
    "not contains",
    "start with",
    "end with",
    "is",
    "is not",
    "in",
    "not in",
    "empty",
    "not empty",
    "=",
    "≠",
    ">",
    "<",
    "≥",
    "≤",
    "before",
    "after",
]


class DifySettingIn(Loose):
    """How many passages, and how good."""

    top_k: int = Field(default=10, ge=1, le=MOST_HITS)
    score_threshold: float = Field(default=0.0, ge=0, le=1, description="Nothing with a lower score.")


class DifyConditionIn(Loose):
    """What the metadata must satisfy."""

    name: Name = Field(examples=["publisher"])
    comparison_operator: Operator
    value: Name | FiniteFloat | Names | None = None


class DifyConditionsIn(Loose):
    """What the metadata must satisfy, all of it or any of it."""

    logical_operator: Literal["and", "or"] = "and"
    conditions: list[DifyConditionIn] = []


class DifyIn(Loose):
    """A question from Dify."""

    model_config = ConfigDict(
        json_schema_extra=example(knowledge_id="news", retrieval_setting={"top_k": 3, "score_threshold": 0.2})
    )

    knowledge_id: Name = Field(examples=["news"])
    query: Question
    retrieval_setting: DifySettingIn = DifySettingIn()
    metadata_condition: DifyConditionsIn | None = None

    def question(self, now: datetime) -> Query:
        """Return the question, asked ``now``, without its conditions."""
        return Query(self.query, now, limit=self.retrieval_setting.top_k)


class DifyMetadataOut(BaseModel):
    """Where a passage stands. Conditions go by these names; what is not known is left out."""

    article_id: str
    passage_id: str
    char_start: int
    char_end: int
    story_id: str
    url: str
    publisher: str | None = None
    authors: list[str]
    categories: list[str]
    language: str | None = None
    published_at: datetime | None = None


class DifyRecordOut(BaseModel):
    """A passage, with its article."""

    content: str
    score: float
    title: str
    metadata: DifyMetadataOut

    @classmethod
    def of(cls, hit: Hit, url: str) -> Self:
        """Return ``hit``."""
        article, passage = hit.found.source.article, hit.found.passage
        metadata = DifyMetadataOut(
            article_id=article.id,
            passage_id=passage.id,
            char_start=passage.start,
            char_end=passage.end,
            story_id=hit.story,
            url=url,
            publisher=article.publisher or article.domain,
            authors=list(article.authors),
            categories=list(article.categories),
            language=article.language,
            published_at=article.published_at,
        )
        return cls(content=passage.text, score=hit.score, title=article.title, metadata=metadata)


class DifyOut(BaseModel):
    """What Dify is answered."""

    records: list[DifyRecordOut]


class DifyErrorOut(BaseModel):
    """An error, as Dify shows it."""

    error_code: int = Field(examples=[UNKNOWN_KNOWLEDGE])
    error_msg: str

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return ``failure``; where Dify has no code for it, its HTTP status is the code."""
        code = UNKNOWN_KNOWLEDGE if failure.status == HTTPStatus.NOT_FOUND else int(failure.status)
        return cls(error_code=code, error_msg=failure.detail)
