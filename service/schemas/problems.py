"""What is said when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

KINDS: dict[str, Literal["missing", "unknown"]] = {"missing": "missing", "extra_forbidden": "unknown"}
"""Pydantic's findings that say more than that a value is invalid."""


class ErrorOut(BaseModel):
    """One thing that is wrong with a request."""

    field: str
    message: str
    kind: Literal["missing", "unknown", "invalid"] = Field(description="Whether the field or its value is wrong.")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a request, before any surface puts it into the shape its callers know."""

    status: HTTPStatus
    detail: str
    path: str
    request_id: str
    errors: tuple[ErrorOut, ...] = ()


class ProblemOut(BaseModel):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["limit: Input should be less than or equal to 100"])
    instance: str = Field(examples=["/search"])
    request_id: str
    errors: list[ErrorOut] = Field([], description="Where several things are wrong: each of them.")

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return ``failure``."""
        return cls(
            type="about:blank",
            title=failure.status.phrase,
            status=failure.status,
            detail=failure.detail,
            instance=failure.path,
            request_id=failure.request_id,
            errors=list(failure.errors),
        )


def errors_of(found: Sequence[Any]) -> list[ErrorOut]:
    """Name the field and what is wrong with it, for each of pydantic's findings."""
    return [
        ErrorOut(
            field=field_of(one),
            message=message_of(one),
            kind=KINDS.get(one["type"], "invalid"),
        )
        for one in found
    ]


def message_of(finding: Any) -> str:  # noqa: ANN401 (pydantic's own record)
    """Return what is wrong; of a body that was not even looked into, that it is not said to be JSON."""
    if finding["loc"] == ("body",) and isinstance(finding.get("input"), bytes):
        return "send it with the header Content-Type: application/json"
    return str(finding["msg"]).removeprefix("Value error, ")


def field_of(finding: Any) -> str:  # noqa: ANN401 (pydantic's own record)
    """Return where a finding stands: ``limit``, ``filters.0.key``, or ``body`` for all of it."""
    places = list(finding["loc"])
    if len(places) > 1 and places[0] in ("query", "body", "path"):
        del places[0]
    if finding["type"] == "json_invalid":  # its place is a character
        return "body"
    last = places[-1:] if finding["type"] in KINDS else []  # a field, whatever the caller calls it
    inside = [one for one in places[: len(places) - len(last)] if not str(one)[:1].isupper()]  # no tags of unions
    return ".".join(map(str, inside + last)) or "body"
