"""What the write routes need: who may write, what is handed in, and how it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from indexer import DatelineError, Delivery, InboxFull, IndexLocked, Job, Outcome, StorageFull
from service.body_limit import announced
from service.intake import Contents, Crowded, Intake, NothingUsable, TooLarge, job_id, look_through
from service.keys import WriteKeys
from service.problems import problem
from service.routes.parts import Ask
from service.schemas.writing import errors_of_rejected
from service.writing import Work, Writing

PATIENCE = 2.0
"""Seconds that an answer waits for its turn, and again for another process that writes; then it becomes a job."""
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
READ_BESIDE = 2
"""Bodies read at a time, in threads of their own: searches have theirs."""


class Desk:
    """Takes deliveries in: a few articles are indexed while the sender waits, more are kept for later."""

    def __init__(self, writing: Writing, keys: WriteKeys) -> None:
        self.writing = writing
        self.keys = keys
        self.intake = Intake()
        self._threads = CapacityLimiter(READ_BESIDE)

    async def look_through(self, delivery: Delivery, article_id: str | None = None) -> Contents:
        """Read a delivery beside the running service; with an id it has to be that one article."""
        return await to_thread.run_sync(look_through, delivery, article_id, limiter=self._threads)

    async def try_now(self, work: Work) -> Outcome | None:
        """Do ``work`` and return what came of it; None if it would have to wait."""
        begun = self.writing.begin(work)
        done = asyncio.wrap_future(begun)
        await asyncio.wait([done], timeout=PATIENCE)
        if not done.done() and begun.cancel():
            return None
        try:
            return await done
        except IndexLocked:
            return None

    async def keep(self, delivery: Delivery, articles: int, idempotency_key: str | None = None) -> Job:
        """Store a delivery to be carried out later, durable on return."""

        def put() -> Job:
            return self.writing.keep(job_id(idempotency_key, delivery), delivery, articles)

        return await to_thread.run_sync(put, limiter=self._threads)


async def open_desk(request: Request, _: Ask) -> Desk:
    """Return what takes deliveries in, once there is an index to ask."""
    found: Desk = request.app.state.desk
    return found


AtDesk = Annotated[Desk, Depends(open_desk)]
bearer = HTTPBearer(auto_error=False, description="One of the keys that the service was started with.")


async def admitted(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
    """Let only those in who have a key."""
    if given is None:
        raise HTTPException(401, "A key is needed: Authorization: Bearer KEY.", {"WWW-Authenticate": "Bearer"})
    keys: WriteKeys = request.app.state.desk.keys
    if not keys.admit(given.credentials):
        raise HTTPException(401, "This key is not known.", {"WWW-Authenticate": 'Bearer error="invalid_token"'})


async def body(request: Request, desk: AtDesk) -> AsyncIterator[bytes]:
    """Take in a body of bounded size."""
    with desk.intake.body() as taken:
        taken.announce(announced(request))
        try:
            async for piece in request.stream():
                taken.add(piece)
        except ClientDisconnect:
            raise HTTPException(400, "The body did not come to its end.") from None
        yield bytes(taken.content)


async def delivery(request: Request, content: Annotated[bytes, Depends(body)]) -> Delivery:
    """Return what was handed in, as what it says it is."""
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if "content-encoding" in request.headers:
        raise HTTPException(415, "Content-Encoding: send the body as it is, not packed.")
    if told in LINES:
        return Delivery("lines", content)
    if told == "application/json" or told.endswith("+json"):
        return Delivery("json", content)
    raise HTTPException(415, f"Content-Type: application/json or {LINES[0]} is expected, not {told or 'nothing'!r}.")


Handed = Annotated[Delivery, Depends(delivery)]


def install(app: FastAPI, desk: Desk) -> None:
    """Have ``app`` take deliveries in at ``desk``, and say why where it does not take one."""
    app.state.desk = desk

    @app.exception_handler(NothingUsable)
    async def unusable(request: Request, error: NothingUsable) -> JSONResponse:
        return problem(request, 422, str(error), errors_of_rejected(error.rejected))

    @app.exception_handler(InboxFull)
    async def full(request: Request, error: InboxFull) -> JSONResponse:
        wait = desk.writing.seconds(error.articles)
        return problem(request, 429, str(error), headers={"Retry-After": str(wait)})

    @app.exception_handler(Crowded)
    async def crowded(request: Request, error: Crowded) -> JSONResponse:
        return problem(request, 429, str(error), headers={"Retry-After": "1"})

    @app.exception_handler(TooLarge)
    async def too_large(request: Request, error: TooLarge) -> JSONResponse:
        return problem(request, 413, str(error))

    @app.exception_handler(StorageFull)
    async def no_room(request: Request, error: DatelineError) -> JSONResponse:
        return problem(request, 507, str(error))
