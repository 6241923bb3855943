"""What is said when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field


class ErrorOut(BaseModel):
    """One thing that is wrong with a request."""

    field: str
    message: str


class ProblemOut(BaseModel):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["limit: Input should be less than or equal to 100"])
    instance: str = Field(examples=["/search"])
    request_id: str
    errors: list[ErrorOut] = Field([], description="Where several things are wrong: each of them.")


def errors_of(found: Sequence[Any]) -> list[ErrorOut]:
    """Name the field and what is wrong with it, for each of pydantic's findings."""
    return [
        ErrorOut(
            field=".".join(str(part) for part in one["loc"] if part not in ("query", "body", "path")) or "body",
            message=one["msg"].removeprefix("Value error, "),
        )
        for one in found
    ]
