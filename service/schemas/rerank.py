"""The JSON of Cohere's and Jina's rerankers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from indexer import Scores
from service.schemas.asked import Name, Text
from service.schemas.fields import Loose, Question, example
from service.schemas.problems import Failure

MOST_DOCUMENTS = 1_000
BEGINNING = 10_000
"""Characters of a text that are looked at: more than most models read."""


class DocumentIn(BaseModel):
    """A text; its other fields are left alone."""

    text: str


def text_of(document: object) -> object:
    """Read a text, or the text of an object."""
    return document.get("text") if isinstance(document, dict) else document


Document = Annotated[Text, BeforeValidator(text_of, json_schema_input_type=str | DocumentIn)]


class RerankIn(Loose):
    """A question and texts. Fields that Dateline has no use for are taken and left alone, as are unknown ones."""

    model_config = ConfigDict(
        json_schema_extra=example(documents=["Inspectors had found a cracked bearing.", "The fair was a success."])
    )

    query: Question
    documents: list[Document] = Field(
        min_length=1,
        max_length=MOST_DOCUMENTS,
        description="Of each, as much is looked at as the model reads, and at most 10,000 characters.",
    )
    top_n: int | None = Field(None, ge=1, description="Only so many, the best ones.")
    model: Name | None = Field(None, description="No difference: the service has one model. It is echoed.")
    return_documents: bool = False
    rank_fields: list[Literal["text"]] | None = Field(None, description="Only `text` can be read.")
    relevant_spans: None = Field(None, description="Refused.")

    @property
    def beginnings(self) -> list[str]:
        """What is judged of the texts."""
        return [text[:BEGINNING] for text in self.documents]


class DocumentOut(BaseModel):
    """A text, as it was handed in."""

    text: str


class RerankedOut(BaseModel):
    """A text that was judged: which one it is, and how well it answers, from 0 to 1."""

    index: int
    relevance_score: float
    document: DocumentOut | None = None


class RerankOut(BaseModel):
    """The texts, best first."""

    id: str
    results: list[RerankedOut]
    model: str | None = None

    @classmethod
    def of(cls, asked: RerankIn, scores: Scores, request: str) -> Self:
        """Return the best texts; of equal ones the first is best."""
        texts = asked.documents
        order = sorted(range(len(texts)), key=lambda index: -float(scores[index]))[: asked.top_n]
        results = [
            RerankedOut(
                index=index,
                relevance_score=float(scores[index]),
                document=DocumentOut(text=texts[index]) if asked.return_documents else None,
            )
            for index in order
        ]
        return cls(id=request, model=asked.model, results=results)


class RerankErrorOut(BaseModel):
    """An error: Cohere's clients read ``message``, Jina's ``detail``."""

    message: str
    detail: str

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return ``failure``."""
        return cls(message=failure.detail, detail=failure.detail)
