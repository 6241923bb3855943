"""The blocks in which Anthropic's models take search results."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field

from indexer import sentences
from service.types import Hit


class TextBlockOut(BaseModel):
    """A sentence, verbatim: what the model can cite."""

    type: Literal["text"] = "text"
    text: str


class CitationsOut(BaseModel):
    """Whether the model may cite."""

    enabled: Literal[True] = True


class SearchResultBlockOut(BaseModel):
    """A passage, with its article."""

    type: Literal["search_result"] = "search_result"
    source: str = Field(description="Its URL.")
    title: str = Field(description="Headline, publisher and day.", examples=["Bridge closed (Gazette, 2025-03-01)"])
    content: list[TextBlockOut]
    citations: CitationsOut = CitationsOut()

    @classmethod
    def of(cls, hit: Hit, url: str) -> Self:
        """Return ``hit``, one sentence a block."""
        article, text = hit.found.source.article, hit.found.passage.text
        day = f"{article.published_at:%Y-%m-%d}" if article.published_at else None
        where = ", ".join(filter(None, [article.publisher or article.domain, day]))
        return cls(
            source=url,
            title=f"{article.title} ({where})" if where else article.title,
            content=[TextBlockOut(text=text[one.start : one.end]) for one in sentences(text, article.language)],
        )
