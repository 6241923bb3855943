"""The shape in which each surface tells what went wrong: its callers understand their own tool's errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import BaseModel

from service.schemas.dify import DifyErrorOut
from service.schemas.exa import ExaErrorOut
from service.schemas.openai import OpenAIErrorOut
from service.schemas.problems import Failure, ProblemOut
from service.schemas.rerank import RerankErrorOut
from service.schemas.searxng import SearxngErrorOut
from service.schemas.tavily import TavilyErrorOut


@dataclass(frozen=True, slots=True)
class Shape:
    """An error's JSON: ``model`` describes it, ``tell`` fills it in; an invalid request has the status ``invalid``."""

    model: type[BaseModel]
    tell: Callable[[Failure], BaseModel]
    media_type: str = "application/json"
    invalid: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY


PROBLEM = Shape(ProblemOut, ProblemOut.of, "application/problem+json")
"""What every path has that no other surface claims: RFC 9457."""

SHAPES: dict[str, Shape] = {
    "/v1": Shape(OpenAIErrorOut, OpenAIErrorOut.of, invalid=HTTPStatus.BAD_REQUEST),
    "/dify": Shape(DifyErrorOut, DifyErrorOut.of, invalid=HTTPStatus.BAD_REQUEST),
    "/exa": Shape(ExaErrorOut, ExaErrorOut.of, invalid=HTTPStatus.BAD_REQUEST),
    "/rerank": Shape(RerankErrorOut, RerankErrorOut.of, invalid=HTTPStatus.BAD_REQUEST),
    "/searxng": Shape(SearxngErrorOut, SearxngErrorOut.of, invalid=HTTPStatus.BAD_REQUEST),
    "/tavily": Shape(TavilyErrorOut, TavilyErrorOut.of, invalid=HTTPStatus.BAD_REQUEST),
}
"""By the prefix of the paths a surface serves; also for what is not there under its prefix."""


def shape_of(path: str) -> Shape:
    """Return the shape that callers of ``path`` expect."""
    return next((shape for prefix, shape in SHAPES.items() if f"{path}/".startswith(f"{prefix}/")), PROBLEM)
