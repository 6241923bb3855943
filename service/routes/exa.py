"""``/exa``: search and answers as Exa's clients know them."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

from fastapi import APIRouter, Request

from service.routes.parts import Ask, Linked
from service.schemas.exa import ExaAnswerIn, ExaAnswerOut, ExaIn, ExaOut, ExaResultOut, ExaSourceOut
from service.short_answers import short_answer
from service.sifting import sift
from service.types import Query

CITED = 5
"""Articles that stand behind an answer."""

router = APIRouter(prefix="/exa", tags=["exa"])


@router.post("/search", summary="Search, as Exa does", response_model_exclude_none=True)
def exa_search(asked: ExaIn, searcher: Ask, links: Linked, request: Request) -> ExaOut:
    """Articles that answer `query`, for Exa's clients: give them `/exa` of this service as their base URL."""
    started = perf_counter()
    query, condition = asked.question(datetime.now(UTC)), asked.condition
    answer = sift(searcher, query, condition) if condition else searcher.search(query)
    results = [ExaResultOut.of(hit, links.to(hit.article), asked.contents) for hit in answer.hits]
    took = (perf_counter() - started) * 1000
    return ExaOut(request_id=request.state.request_id, results=results, search_time=round(took, 1))


@router.post("/answer", summary="Answer, as Exa does", response_model_exclude_none=True)
def exa_answer(asked: ExaAnswerIn, searcher: Ask, links: Linked, request: Request) -> ExaAnswerOut:
    """The sentence that answers `query` best, and the articles behind it."""
    answer = searcher.search(Query(asked.query, datetime.now(UTC), limit=CITED))
    return ExaAnswerOut(
        request_id=request.state.request_id,
        answer=short_answer(searcher, answer) or "",
        citations=[
            ExaSourceOut.cited(hit, links.to(hit.article), hit.found.source.article.body if asked.text else None)
            for hit in answer.hits
        ],
    )
