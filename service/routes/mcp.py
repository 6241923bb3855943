"""``/mcp``: the Model Context Protocol over streamable HTTP, without sessions."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service.search import Searcher


class Protocol:
    """Answers the protocol's requests, those of browsers only where the page is allowed to ask.

    Browsers say with every POST which page sent it. So a page cannot ask by making its own name point at this machine
    (DNS rebinding), whatever the Host header says then.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        state = scope["app"].state
        origin = Headers(scope=scope).get("origin")
        if origin is not None and origin not in state.allowed_origins and not local(origin):
            raise HTTPException(HTTPStatus.FORBIDDEN, f"Pages of {origin} may not use this service.")
        answer = await anyio.to_thread.run_sync(speaker)
        await answer(lambda: state.running.searcher, scope, receive, send)


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
router.routes.append(Route("/mcp", Protocol(), methods=["POST"]))
