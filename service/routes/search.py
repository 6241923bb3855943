"""``/search``: a question in, ranked passages out."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from service.routes.parts import Ask
from service.schemas import AnswerOut, SearchIn
from service.search import Searcher

router = APIRouter(tags=["search"])


@router.get("/search", summary="Search")
async def search(asked: Annotated[SearchIn, Query()], searcher: Ask) -> AnswerOut:
    """Passages that answer ``q``, best first, each with its exact source."""
    # A plain function would be called in another thread as well, and what it returns be looked over in a third.
    return await run_in_threadpool(answer, asked, searcher)


@router.post("/search", summary="Search, with a JSON body")
async def search_posted(asked: SearchIn, searcher: Ask) -> AnswerOut:
    """The same with the question in a JSON body."""
    return await search(asked, searcher)


def answer(asked: SearchIn, searcher: Searcher) -> AnswerOut:
    """Search, and say how long it took."""
    started = perf_counter()
    found = searcher.search(asked.query(datetime.now(UTC)))
    return AnswerOut.of(found, took_ms=(perf_counter() - started) * 1000, explained=asked.explain)
