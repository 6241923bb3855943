"""Errors as OpenAI tells them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal, Self

from pydantic import BaseModel, Field

from service.schemas.problems import Failure

ERROR_CODES = {"missing": "missing_required_parameter", "unknown": "unknown_parameter", "invalid": "invalid_value"}


class OpenAIErrorDetailOut(BaseModel):
    """What is wrong, and with which parameter."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    param: str | None
    code: str | None = Field(examples=["invalid_value"])


class OpenAIErrorOut(BaseModel):
    """An error, as OpenAI tells it."""

    error: OpenAIErrorDetailOut

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return ``failure``; of several things that are wrong the first is named as ``param``."""
        first = failure.errors[0] if failure.errors else None
        ours = failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return cls(
            error=OpenAIErrorDetailOut(
                message=failure.detail,
                type="server_error" if ours else "invalid_request_error",
                param=first.field if first else None,
                code=ERROR_CODES[first.kind] if first else None,
            )
        )
