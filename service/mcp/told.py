"""What the tools answer, with the same facts as text for models that read no structured output."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from service.fencing import Fence


class Told(BaseModel):
    """Something a tool answers."""

    def as_text(self) -> str:
        """Return all of it as JSON."""
        return self.model_dump_json()


class Result(Told):
    """An article that answers, in the shape that ChatGPT's connectors expect."""

    id: str
    title: str
    url: str = Field(min_length=1)


class Results(Told):
    """Articles that answer, best first, in the shape that ChatGPT's connectors expect."""

    results: list[Result]


class Document(Told):
    """An article with its text, in the shape that ChatGPT's connectors expect."""

    id: str
    title: str
    text: str
    url: str = Field(min_length=1)
    metadata: dict[str, str]


class Source(Told):
    """An article without its text."""

    article_id: str
    title: str
    publisher: str | None
    url: str = Field(min_length=1, description="Where to read it.")
    published_at: datetime | None


class Hit(Source):
    """A passage that answers; `char_start` and `char_end` say where in this version of the article it stands."""

    passage_id: str
    version: int = Field(description="The version of the article that says so; get_article takes it.")
    story_id: str = Field(description="See get_story.")
    score: float = Field(description="From 0 to 1, higher is better.")
    authors: list[str]
    language: str | None
    updated_at: datetime | None
    correction: str | None = Field(description="What the publisher corrected.")
    date_confidence: str | None = Field(description="`low` where the date is doubtful.")
    also_published_by: list[Source] = Field(description="Articles with the same text.")
    explanation: list[str] = Field(description="On request: what its score is made of.")
    char_start: int
    char_end: int
    text: str


class Understood(Told):
    """What the time words of the question were taken to mean."""

    words: str
    start: datetime | None
    end: datetime | None
    filtered: bool = Field(description="Whether only this time was searched, and what came somewhat later.")


class News(Told):
    """Passages that answer, best first."""

    query: str
    as_of: datetime = Field(description="The moment the question was asked at.")
    confidence: float = Field(description="The probability that anything here answers, from 0 to 1.")
    no_answer: bool = Field(description="Whether nothing found is good enough.")
    total: int = Field(description="How many were ranked; the results are one page of them.")
    next_offset: int | None = Field(description="The offset of the next page.")
    newest_article_at: datetime | None = Field(description="The date of the newest article that was searched.")
    understood: Understood | None
    warnings: list[str]
    results: list[Hit]

    def as_text(self) -> str:
        """Return what was found about the question, and then every hit as a quotation."""
        fence = Fence()
        about = lines(self.model_dump(mode="json", exclude={"results"}))
        hits = [fence.around(lines(hit.model_dump(mode="json"))) for hit in self.results]
        return "\n\n".join([about, *([fence.notice] if hits else []), *hits])


class Quoted(Told):
    """Something that publishers wrote as a whole."""

    def as_text(self) -> str:
        """Return all of it as a quotation."""
        return Fence().announced(lines(self.model_dump(mode="json")))


class ArticlePart(Quoted, Source):
    """An article, or as much of it as was asked for."""

    summary: str | None
    authors: list[str]
    categories: list[str]
    language: str | None
    updated_at: datetime | None
    version: int = Field(description="Counts the states this article has had, from 1.")
    correction: str | None
    paywalled: bool
    date_confidence: str | None
    length: int = Field(description="How many characters the whole article has.")
    char_start: int
    char_end: int
    next_offset: int | None = Field(description="The offset that the next part begins at; null where there is none.")
    text: str


class Report(Source):
    """An article of a story, with where else its text ran."""

    also_published_by: list[Source]


class Story(Quoted):
    """Articles that tell one event."""

    story_id: str
    title: str = Field(description="The headline of the first report.")
    first_published_at: datetime | None
    last_published_at: datetime | None
    publishers: list[str]
    timeline: list[Report] = Field(description="Its reports, the earliest first.")


def lines(values: dict[str, Any]) -> str:
    """Return a line of JSON for each of ``values`` that is there, and ``text`` as it is.

    JSON keeps each on one line, so that a headline cannot pass for a publisher; the text comes last.
    """
    told = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if given(name, value)]
    return "\n".join([*told, *(f"text:\n{text}" for name, text in values.items() if name == "text")])


def given(name: str, value: object) -> bool:
    """Return whether this goes on a line of its own."""
    return name != "text" and value is not None and value != []
