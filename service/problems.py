"""Errors over HTTP, as RFC 9457 problem details with the id of the request."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexer import BadInput, DatelineError, NotFound, Withdrawn
from service.schemas import ErrorOut, ProblemOut, errors_of

log = logging.getLogger(__name__)

HEADER = "x-request-id"
STATUS: dict[type[DatelineError], HTTPStatus] = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Withdrawn: HTTPStatus.GONE,
}


class NotReady(DatelineError):
    """The service is alive but cannot answer yet."""


class RequestId:
    """Gives every request an id, the caller's own if it sent a sensible one, and returns it with the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(HEADER.encode(), b"").decode("latin-1")
        request_id = sent if sent.isascii() and sent.isprintable() and 0 < len(sent) <= 128 else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, answer)


def problem(
    request: Request,
    status: int,
    detail: str,
    errors: list[ErrorOut] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return an error response."""
    content = ProblemOut(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=request.state.request_id,
        errors=errors or [],
    )
    return JSONResponse(content.model_dump(), status, headers, media_type="application/problem+json")


def described(details: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Say in OpenAPI what it means when a route answers with these errors."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    return {status: {"description": detail, "content": content} for status, detail in details.items()}


def describe(app: FastAPI) -> None:
    """Put the problem document into the OpenAPI of ``app``, in the place of FastAPI's own error shape."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schemas = generate()["components"]["schemas"]
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            problem_schema = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem_schema.pop("$defs"))
            schemas["ProblemOut"] = problem_schema
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document."""
    app.add_middleware(RequestId)
    describe(app)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = errors_of(error.errors())
        detail = "; ".join(f"{one.field}: {one.message}" for one in errors)
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> JSONResponse:
        return problem(request, error.status_code, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(NotReady)
    def early(request: Request, error: NotReady) -> JSONResponse:
        return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers={"Retry-After": "1"})

    @app.exception_handler(DatelineError)
    def known(request: Request, error: DatelineError) -> JSONResponse:
        status = STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s (request %s)", error, request.state.request_id)
        return problem(request, status, str(error))

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("request %s failed", request.state.request_id, exc_info=error)
        return problem(
            request,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "This is a fault in Dateline. Its log says more under the request id.",
            headers={HEADER: request.state.request_id},  # this response passes RequestId by
        )
