"""``/mcp``: the Model Context Protocol over streamable HTTP, without sessions."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from http import HTTPMethod, HTTPStatus
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service.search import Searcher

METHODS = ("OPTIONS", "POST")
VARIES = {"Vary": "Origin"}


class Protocol:
    """Answers the protocol's requests, those of browsers only where the page is allowed to ask.

    Browsers say with every POST which page sent it. So a page cannot ask by making its own name point at this machine
    (DNS rebinding), whatever the Host header says then. A page that may ask may also read the answer.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        origin = Headers(scope=scope).get("origin")
        if origin is not None and origin not in scope["app"].state.allowed_origins and not local(origin):
            raise HTTPException(HTTPStatus.FORBIDDEN, f"Pages of {origin} may not use this service.", VARIES)
        shared = CORSMiddleware(
            answer,
            allow_origins=(origin,) if origin else (),
            allow_methods=("POST",),
            allow_headers=("*",),  # the protocol's own, and whatever a client adds to them
            allow_private_network=True,
            expose_headers=("Mcp-Session-Id", "X-Request-Id"),
        )
        await shared(scope, receive, send)


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request that may be made."""
    if scope["method"] == HTTPMethod.OPTIONS:
        await Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(METHODS)})(scope, receive, send)
        return
    speak = await anyio.to_thread.run_sync(speaker)
    await speak(lambda: scope["app"].state.running.searcher, scope, receive, send)


def speaker() -> Callable[[Callable[[], Searcher], Scope, Receive, Send], Awaitable[None]]:
    """Return what speaks the protocol. To import it takes seconds the first time, in which others are answered."""
    from service.mcp.server import answer_http

    return answer_http


def local(origin: str) -> bool:
    """Return whether ``origin`` is a page of this machine itself."""
    try:
        host = urlsplit(origin).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


router = APIRouter()
router.routes.append(Route("/mcp", Protocol(), methods=METHODS))
