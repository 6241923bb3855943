"""``/searxng``: the JSON of a SearXNG instance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from service.routes.parts import Ask, Linked
from service.schemas.searxng import SearxngIn, SearxngOut, SearxngResultOut

router = APIRouter(prefix="/searxng", tags=["searxng"])


@router.get("/search", summary="Search, as SearXNG does")
def searxng_search(asked: Annotated[SearxngIn, Query()], searcher: Ask, links: Linked) -> SearxngOut:
    """Passages that answer `q`, for whatever asks a SearXNG instance for JSON."""
    query = asked.question(datetime.now(UTC))
    answer = searcher.search(query)
    places = enumerate(answer.hits, query.offset + 1)
    return SearxngOut.of(answer, [SearxngResultOut.of(hit, links.to(hit.article), place) for place, hit in places])
