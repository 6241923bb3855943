"""``/anthropic``: hits as blocks that Claude can cite sentence by sentence."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from service.routes.parts import Ask, Linked
from service.schemas import SearchIn
from service.schemas.anthropic import SearchResultBlockOut

router = APIRouter(prefix="/anthropic", tags=["anthropic"])


@router.post("/search", summary="Search, for Claude")
def anthropic_search(asked: SearchIn, searcher: Ask, links: Linked) -> list[SearchResultBlockOut]:
    """Asked like `/search`, answered as `search_result` blocks: the content of a message or of a tool's result."""
    answer = searcher.search(asked.query(datetime.now(UTC)))
    return [SearchResultBlockOut.of(hit, links.to(hit.article)) for hit in answer.hits]
