"""The JSON of Open WebUI's external search."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from service.schemas.fields import Loose, Question, example
from service.types import MOST_HITS, Hit, Query


class OpenWebUIIn(Loose):
    """A question from Open WebUI."""

    model_config = ConfigDict(json_schema_extra=example(count=3))

    query: Question
    count: int = Field(10, ge=1, le=MOST_HITS, description="How many.")

    def question(self, now: datetime) -> Query:
        """Return the question, asked ``now``."""
        return Query(self.query, now, limit=self.count)


class OpenWebUIResultOut(BaseModel):
    """A passage, with its article."""

    link: str
    title: str
    snippet: str = Field(description="The passage.")

    @classmethod
    def of(cls, hit: Hit, url: str) -> Self:
        """Return ``hit``."""
        return cls(link=url, title=hit.found.source.article.title, snippet=hit.found.passage.text)
