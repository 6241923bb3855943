"""Errors over HTTP, each in the shape of its surface and with the id of the request."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexer import BadInput, DatelineError, NotFound, Withdrawn
from service.answering import ModelFailed, ModelTimeout
from service.running import NotReady
from service.schemas.problems import ErrorOut, Failure, errors_of
from service.shapes import Shape, shape_of

log = logging.getLogger(__name__)

HEADER = "x-request-id"
STATUS: dict[type[DatelineError], HTTPStatus] = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Withdrawn: HTTPStatus.GONE,
    ModelFailed: HTTPStatus.BAD_GATEWAY,
    ModelTimeout: HTTPStatus.GATEWAY_TIMEOUT,
}

UNREADABLE = (ValueError, RecursionError)
"""What Python makes of JSON that is not UTF-8, has numbers without end, or is nested too deeply."""


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
    errors: Sequence[ErrorOut] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return an error response in the shape that callers of this path expect."""
    shape = shape_of(path_of(request))
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        status = shape.invalid
    failure = Failure(HTTPStatus(status), detail, request.url.path, request.state.request_id, tuple(errors))
    return JSONResponse(shape.tell(failure).model_dump(), status, headers, media_type=shape.media_type)


def path_of(request: Request) -> str:
    """Return the path of a request within this service, whatever a proxy has put before it."""
    path: str = request.url.path
    return path.removeprefix(request.scope.get("root_path", ""))


def described(details: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Say in OpenAPI what it means when a route answers with these errors; ``describe`` adds their shape."""
    return {status: {"description": detail} for status, detail in details.items()}


def describe(app: FastAPI) -> None:
    """Put into the OpenAPI of ``app``, in the place of FastAPI's own error shape, that of each surface."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document["components"]["schemas"]
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            for path, operations in document["paths"].items():
                shape = shape_of(path)
                schemas.update(schemas_of(shape))
                for operation in operations.values():
                    operation["responses"] = shaped(operation["responses"], shape)
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def shaped(responses: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Return what a route answers, its errors with the status and the body that ``shape`` gives them."""
    content = {shape.media_type: {"schema": {"$ref": f"#/components/schemas/{shape.model.__name__}"}}}
    invalid = str(HTTPStatus.UNPROCESSABLE_ENTITY.value)
    renamed = {str(shape.invalid.value) if status == invalid else status: one for status, one in responses.items()}
    return {status: {**one, "content": content} if status >= "400" else one for status, one in renamed.items()}


def schemas_of(shape: Shape) -> dict[str, Any]:
    """Return the JSON schemas of an error's body, by name."""
    schema = shape.model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), shape.model.__name__: schema}


def install(app: FastAPI) -> None:
    """Give every error of ``app`` the shape of its surface."""
    app.add_middleware(RequestId)
    describe(app)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = errors_of(error.errors())
        detail = "; ".join(f"{one.field}: {one.message}" for one in errors)
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> JSONResponse:
        headers = headers_of(request, error)
        return problem(request, status_of(error), in_words(request, error, headers), headers=headers)

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


def status_of(error: HTTPException) -> int:
    """Return the status of an error; FastAPI has one of its own for a body that it cannot read."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error.__cause__, UNREADABLE) else error.status_code


def headers_of(request: Request, error: HTTPException) -> dict[str, str]:
    """Return the headers of an error; Allow names what all routes of a path take, and not one of them alone."""
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    taken = [method for method in HTTPMethod if takes(request, method)] if "allow" in headers else []
    if taken:
        headers["allow"] = ", ".join(taken)
    return headers


def takes(request: Request, method: HTTPMethod) -> bool:
    """Whether there is a route that takes ``method`` at the path of ``request``; HEAD is taken where GET is."""
    scope = {**request.scope, "method": "GET" if method is HTTPMethod.HEAD else method.value}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)


def in_words(request: Request, error: HTTPException, headers: Mapping[str, str]) -> str:
    """Return what an error says, or more than its bare name where that is all it says."""
    if isinstance(error.__cause__, UNREADABLE):
        return f"The body is no JSON that can be read: {error.__cause__}."
    if error.detail != HTTPStatus(error.status_code).phrase:
        return str(error.detail)
    hint = f" It takes {headers['allow']}." if headers.get("allow") else ""
    return f"{error.detail}: {request.method} {request.url.path}.{hint}"
