"""``/tavily``: search as Tavily's clients know it."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

from fastapi import APIRouter, Request

from service.phrases import phrases, tells
from service.routes.parts import Ask, Linked
from service.schemas.tavily import TavilyIn, TavilyOut, TavilyResultOut
from service.short_answers import short_answer
from service.sifting import sift

router = APIRouter(prefix="/tavily", tags=["tavily"])


@router.post("/search", summary="Search, as Tavily does")
def tavily_search(asked: TavilyIn, searcher: Ask, links: Linked, request: Request) -> TavilyOut:
    """Passages that answer `query`, for Tavily's clients: give them `/tavily` of this service as their base URL."""
    started = perf_counter()
    query = asked.question(datetime.now(UTC))
    if asked.exact_match:
        wanted = phrases(asked.query)
        answer = sift(searcher, query, lambda source: all(tells(source.article, phrase) for phrase in wanted))
    else:
        answer = searcher.search(query)
    results = [TavilyResultOut.of(hit, links.to(hit.article), bool(asked.include_raw_content)) for hit in answer.hits]
    said = short_answer(searcher, answer) if asked.include_answer else None
    return TavilyOut.of(asked, said, results, perf_counter() - started, request.state.request_id)
