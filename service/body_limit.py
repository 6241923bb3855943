"""How large the body of a request may be, wherever no key is asked for."""

from __future__ import annotations

from collections import deque
from http import HTTPStatus

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import path_of, problem

MB = 2**20
MOST = MB
"""Bytes that a question may have with all its filters."""
ELSEWHERE = {"rerank": 8 * MB, "articles": None}
"""Other limits by the beginning of a path: texts to judge, and articles, which are counted where they are taken in."""


class BodyLimit:
    """Refuses a body that is too large before any of it is looked at, whatever it says of its own length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        most = limit(Request(scope)) if scope["type"] == "http" else None
        if most is None:
            await self._app(scope, receive, send)
            return
        read = await body(Request(scope), receive, most)
        if read is None:
            detail = f"The body has more than {most // MB} MB. Send less, or several requests."
            await problem(Request(scope), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)(scope, receive, send)
            return

        async def again() -> Message:
            return read.popleft() if read else await receive()

        await self._app(scope, again, send)


def limit(request: Request) -> int | None:
    """Return how many bytes the body of ``request`` may have; None where none is read, or others see to it."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    return ELSEWHERE.get(path_of(request).split("/")[1], MOST)


async def body(request: Request, receive: Receive, most: int) -> deque[Message] | None:
    """Return the messages that bring a body; None where it has more than ``most`` bytes."""
    if announced(request) > most:
        return None
    read: deque[Message] = deque()
    while most >= 0 and (not read or read[-1].get("more_body")):
        read.append(await receive())
        most -= len(read[-1].get("body", b""))
    return None if most < 0 else read


def announced(request: Request) -> int:
    """Return how many bytes the body has, as far as its header says."""
    size = request.headers.get("content-length", "")
    return int(size) if size.isascii() and size.isdecimal() else 0
