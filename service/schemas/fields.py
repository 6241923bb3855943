"""Fields that several surfaces ask for, each under its own name."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, JsonValue, model_validator

from service.schemas.asked import EXAMPLE_QUESTION, Name, writable
from service.types import LONGEST_QUESTION


class Loose(BaseModel):
    """A request in which a field that is null is a field that is not there, as clients in many languages write it."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, content: object) -> object:
        return {k: v for k, v in content.items() if v is not None} if isinstance(content, dict) else content


def example(**fields: JsonValue) -> dict[str, JsonValue]:
    """Return what a schema says to show a request: the example question, and these fields."""
    return {"example": {"query": EXAMPLE_QUESTION, **fields}}


def asked(value: str) -> str:
    """Refuse a question without words."""
    if not value.strip():
        raise ValueError("the question is empty")
    return value


def domain(value: str) -> str:
    """Read ``https://www.bbc.co.uk/`` as ``bbc.co.uk``; refuse patterns and paths, which no filter can honour."""
    host = re.sub(r"^https?://", "", value.strip().casefold()).removeprefix("www.").rstrip("/")
    if not host or "*" in host or "/" in host:
        raise ValueError(f"{value!r} is not a whole domain; write bbc.co.uk")
    return host


Question = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_QUESTION, examples=[EXAMPLE_QUESTION]),
    AfterValidator(writable),
    AfterValidator(asked),
]
Domain = Annotated[Name, AfterValidator(domain)]

AGES = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
"""What other services call a range of time: back from now."""


def check_order(start: datetime | None, end: datetime | None, names: str) -> None:
    """Refuse a range that ends before it starts; ``names`` are the caller's names for both."""
    if start and end and start > end:
        raise ValueError(f"{names}: the first is later than the second, so nothing can match")
