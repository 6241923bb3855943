"""Searching a vector store."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationInfo, field_validator

from service.expressions import ANYTHING, Alternatives
from service.schemas.fields import Question, example
from service.schemas.openai.attributes import Attributes, attributes, filename
from service.schemas.openai.filters import FilterIn
from service.types import Hit

MOST_QUESTIONS = 8
MOST_SEARCHES = 32


class HybridSearchIn(BaseModel):
    """Accepted; vectors and words are always weighed as `/search` weighs them."""

    model_config = ConfigDict(extra="forbid")

    embedding_weight: float = Field(ge=0)
    text_weight: float = Field(ge=0)


class RankingOptionsIn(BaseModel):
    """Of these, only `score_threshold` changes what is found."""

    model_config = ConfigDict(extra="forbid")

    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: float = Field(default=0.0, ge=0, le=1, description="Leave out hits with a lower score.")
    hybrid_search: HybridSearchIn | None = None


class VectorStoreSearchIn(BaseModel):
    """A question to a vector store."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(max_num_results=3))

    query: Annotated[
        Annotated[Question, Tag("Text")]
        | Annotated[Annotated[list[Question], Field(min_length=1, max_length=MOST_QUESTIONS)], Tag("Texts")],
        Discriminator(lambda value: "Texts" if isinstance(value, list) else "Text"),
    ] = Field(description="One question, or several that are searched apart and merged by best score.")
    rewrite_query: bool = Field(False, description="Accepted; questions are searched as they are.")
    max_num_results: int = Field(10, ge=1, le=50, description="How many passages.")
    filters: FilterIn | None = Field(None, description="What articles must satisfy to be searched at all.")
    ranking_options: RankingOptionsIn = RankingOptionsIn()

    @field_validator("filters")
    @classmethod
    def bounded(cls, filters: FilterIn | None, info: ValidationInfo) -> FilterIn | None:
        """Refuse what takes too many searches."""
        query = info.data.get("query")
        questions = len(query) if isinstance(query, list) else 1
        alternatives = len(filters.alternatives()) if filters else 1
        if questions * alternatives > MOST_SEARCHES:
            raise ValueError(
                f"{questions} questions, each under {alternatives} alternatives joined by 'or', are "
                f"{questions * alternatives} searches; there may be {MOST_SEARCHES}"
            )
        return filters

    @property
    def questions(self) -> list[str]:
        """Every question, once."""
        return list(dict.fromkeys([self.query] if isinstance(self.query, str) else self.query))

    @property
    def alternatives(self) -> Alternatives:
        """Which articles may answer."""
        return self.filters.alternatives() if self.filters else ANYTHING


class TextOut(BaseModel):
    """A text."""

    type: Literal["text"] = "text"
    text: str


class VectorStoreResultOut(BaseModel):
    """A passage that answers, with the article it stands in as its file."""

    file_id: str = Field(description="The article's id.")
    filename: str = Field(description="The article's headline.")
    score: float = Field(description="From 0 to 1, higher is better.")
    attributes: Attributes = Field(description="Times are seconds since 1970.")
    content: list[TextOut]

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Return ``hit``; its text stands from ``char_start`` to ``char_end`` in the file's content."""
        found = hit.found
        place: Attributes = {
            "passage_id": found.passage.id,
            "char_start": found.passage.start,
            "char_end": found.passage.end,
            "story_id": hit.story,
        }
        return cls(
            file_id=found.source.article.id,
            filename=filename(found.source.article),
            score=hit.score,
            attributes={**attributes(found.source), **place},
            content=[TextOut(text=found.passage.text)],
        )


class VectorStoreResultsOut(BaseModel):
    """Passages, best first."""

    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"
    search_query: list[str]
    data: list[VectorStoreResultOut]
    has_more: bool = False
    next_page: str | None = None
