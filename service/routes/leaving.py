"""Callers who leave before they are answered: nothing more is written for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from anyio import CancelScope, from_thread, to_thread
from fastapi import Request, Response

from service.answering import LanguageModel

T = TypeVar("T")
GONE = 499
"""The status that is logged for a caller who has left, as nginx does; nobody receives it."""


@dataclass(frozen=True, slots=True)
class Attended:
    """A language model that stops, and whose connection is closed, once the caller whom it writes for has left.

    It writes in a thread that was started for a request, as ``while_there`` and streaming responses do.
    """

    model: LanguageModel

    def write(self, instructions: str, prompt: str) -> Generator[str, None, None]:
        """Yield the answer in pieces, as they come. Raises ModelFailed and ModelTimeout."""
        with closing(self.model.write(instructions, prompt)) as pieces:
            for piece in pieces:
                from_thread.check_cancelled()
                yield piece


async def while_there(request: Request, work: Callable[[], T]) -> T | Response:
    """Return what ``work`` returns in a thread of its own, which hears there if the caller leaves meanwhile."""
    with CancelScope() as scope:
        leaving = asyncio.create_task(hear(request, scope))
        try:
            return await to_thread.run_sync(work)
        finally:
            leaving.cancel()
    return Response(status_code=GONE)


async def hear(request: Request, scope: CancelScope) -> None:
    """Cancel ``scope`` as soon as the caller has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
