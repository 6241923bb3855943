"""``/search``: a question in, ranked passages out."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query

from service.routes.parts import Ask
from service.schemas import AnswerOut, SearchIn

router = APIRouter(tags=["search"])


@router.get("/search", summary="Search")
def search(asked: Annotated[SearchIn, Query()], searcher: Ask) -> AnswerOut:
    """Passages that answer ``q``, best first, each with its exact source."""
    started = perf_counter()
    answer = searcher.search(asked.query(datetime.now(UTC)))
    return AnswerOut.of(answer, took_ms=(perf_counter() - started) * 1000, explained=asked.explain)


@router.post("/search", summary="Search, with a JSON body")
def search_posted(asked: SearchIn, searcher: Ask) -> AnswerOut:
    """The same with the question in a JSON body."""
    return search(asked, searcher)
