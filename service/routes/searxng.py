"""``/searxng``: the JSON of a SearXNG instance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from service.routes.links import Links
from service.routes.parts import Ask
from service.schemas.searxng import SearxngIn, SearxngOut, SearxngResultOut

router = APIRouter(prefix="/searxng", tags=["searxng"])


@router.get("/search")
def searxng_search(asked: Annotated[SearxngIn, Query()], searcher: Ask, links: Links) -> SearxngOut:
    """Passages that answer `q`, for whatever asks a SearXNG instance for JSON."""
    query = asked.question(datetime.now(UTC))
    answer = searcher.search(query)
    places = enumerate(answer.hits, query.offset + 1)
    return SearxngOut.of(answer, [SearxngResultOut.of(hit, links.to(hit), place) for place, hit in places])
