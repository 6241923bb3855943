"""What may be asked."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from service.types import (
    FURTHEST_OFFSET,
    LEAST_CONFIDENCE,
    LONGEST_QUESTION,
    MOST_HITS,
    Duplicates,
    GroupBy,
    Query,
    Recency,
)

EXAMPLE_QUESTION = "Why did the Fennel Bridge have to close?"
EXAMPLE_ID = "harbour-1"


def starting(value: object) -> object:
    """Read a date as the first second of its day, in UTC; anything else is left to pydantic."""
    return at(value, time.min)


def ending(value: object) -> object:
    """Read a date as the last second of its day, in UTC; anything else is left to pydantic."""
    return at(value, time(23, 59, 59))


def at(value: object, hour: time) -> object:
    """Read ``2025-08-21`` as that day at ``hour``, and a time without a zone as UTC."""
    if not isinstance(value, str):
        return value
    try:
        if re.fullmatch(r"\d{4}-?\d\d-?\d\d", value):
            return datetime.combine(date.fromisoformat(value), hour, UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a date; write 2025-08-21 or 2025-08-21T14:05:00Z") from None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{value!r} is before or after all dates") from None


def half_life(value: object) -> object:
    """Read ``14d``, ``36h`` or ``14`` (days) as a time; ``auto`` and ``off`` are left to pydantic."""
    if value in ("auto", "off"):
        return value
    found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,9})?)\s*([dh]?)", str(value))
    if found is None:
        raise ValueError(f"{value!r} is unknown; write auto, off, or a half-life such as 14d or 36h")
    time_span = timedelta(**{"hours" if found[2] == "h" else "days": float(found[1])})
    if not time_span:
        raise ValueError("a half-life of nothing; write off, auto, or a time such as 14d or 36h")
    return time_span


DAY_OR_MOMENT = WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]})
AUTO_OFF_OR_TIME = WithJsonSchema({"type": "string", "pattern": r"^(auto|off|\d{1,5}(\.\d{1,9})?\s*[dh]?)$"})

Age = Annotated[Recency, BeforeValidator(half_life), AUTO_OFF_OR_TIME]
From = Annotated[datetime, BeforeValidator(starting), DAY_OR_MOMENT]
To = Annotated[datetime, BeforeValidator(ending), DAY_OR_MOMENT]


def writable(value: str) -> str:
    """Refuse halves of characters, which no article has either."""
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("not a valid text: it has half of a character")
    return value


Text = Annotated[str, AfterValidator(writable)]
Name = Annotated[Text, Field(max_length=2_000)]
Names = Annotated[list[Name], Field(max_length=1_000)]


ASKED_AS_IT_IS = {field.name for field in fields(Query)} - {"text", "as_of"}
"""What a request and a query have in common, under one name."""


class QuestionIn(BaseModel):
    """A question with its filters. In a URL, a list is the same name again: ``publishers=A&publishers=B``."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        description="The question, in everyday words.",
        examples=[EXAMPLE_QUESTION],
        min_length=1,
        max_length=LONGEST_QUESTION,
    )
    as_of: To | None = Field(
        None,
        description="The moment the question is asked, by default now. Nothing published later is an answer, and an"
        " article answers with the text it had then.",
    )
    known_at: To | None = Field(
        None, description="Answer with what the index knew at that moment, whatever has been learned since."
    )
    published_from: From | None = Field(None, description="Published then or later: a date, or a time with its zone.")
    published_to: To | None = Field(None, description="Published then or earlier; a date includes its whole day.")
    publishers: Names = Field([], description="Only these publishers, by name or domain.")
    exclude_publishers: Names = Field([], description="None of these publishers, by name or domain.")
    authors: Names = Field([], description="By at least one of these authors.")
    categories: Names = Field([], description="In at least one of these categories.")
    languages: Names = Field([], description="In one of these languages; `en` includes `en-GB`.")
    article_ids: Names = Field([], description="Only from these articles.")
    parse_time: bool = Field(True, description="Understand time words: plain ones filter, others are a preference.")
    recency: Age = Field(
        "auto", description="Prefer newer articles: `auto`, as the question asks; `off`; or a half-life such as `14d`."
    )
    duplicates: Duplicates = Field(
        "collapse", description="Copies of one text: one hit for all of them, a hit each, or only texts with copies."
    )
    max_per_story: int | None = Field(None, ge=1, description="At most so many hits of one story.")
    max_per_publisher: int | None = Field(None, ge=1, description="At most so many hits of one publisher.")
    min_confidence: float = Field(
        LEAST_CONFIDENCE, ge=0, le=1, description="No hits, and `no_answer`, where confidence is below this."
    )
    rerank: bool = Field(False, description="Have the best hits judged again by the configured cross-encoder.")

    def query(self, now: datetime) -> Query:
        """Return the question, asked ``now`` unless it names an earlier moment: nobody sees behind an embargo."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.model_dump(include=ASKED_AS_IT_IS).items()
        }
        as_of = min(moment for moment in (self.as_of, self.known_at, now) if moment)
        return Query(text=self.q, as_of=as_of, **values)


class SearchIn(QuestionIn):
    """A question with its filters and how many hits it wants."""

    model_config = ConfigDict(json_schema_extra={"example": {"q": EXAMPLE_QUESTION, "limit": 3}})

    limit: int = Field(10, ge=1, le=MOST_HITS, description="How many hits.")
    offset: int = Field(0, ge=0, le=FURTHEST_OFFSET, description="How many hits to pass over, for further pages.")
    group_by: GroupBy = Field("article", description="One hit an article, its best passage; or every passage.")
    explain: bool = Field(False, description="Say of every score what it is made of.")
