"""What the tools are asked: their arguments."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.schemas import EXAMPLE_QUESTION, SearchIn, To
from service.types import LONGEST_QUESTION

PAGE = 20_000
"""Characters of an article that one call returns unless it asks for another number."""

Question = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION),
    Field(description="What to find out, as a question in everyday words."),
]
ArticleId = Annotated[str, Field(description="The id of an article, as a search returned it.")]


class Arguments(BaseModel):
    """The arguments of a tool."""

    model_config = ConfigDict(extra="forbid")


class SearchArguments(Arguments):
    """A question alone."""

    query: Question


class FetchArguments(Arguments):
    """An article by its id."""

    id: ArticleId


class NewsArguments(SearchIn):
    """A question with every filter; ``query`` is what the native API calls ``q``."""

    model_config = ConfigDict(json_schema_extra={"example": {"query": EXAMPLE_QUESTION, "limit": 3}})

    q: Question = Field(alias="query")


class ArticleArguments(Arguments):
    """A part of an article."""

    article_id: ArticleId
    version: int | None = Field(None, ge=1, le=2**31, description="As it stood in this version, counted from 1.")
    as_of: To | None = Field(None, description="As it stood then: a date, or a time with its zone.")
    offset: int = Field(0, ge=0, description="How many characters to pass over: next_offset of the call before.")
    max_chars: int = Field(PAGE, ge=1_000, le=100_000, description="How many characters at most.")


class StoryArguments(Arguments):
    """A story by its id."""

    story_id: str = Field(description="The id of a story, as search_news returns it with every hit.")
