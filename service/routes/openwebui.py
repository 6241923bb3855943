"""``/openwebui``: what Open WebUI calls an external search engine."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from service.routes.parts import Ask, Linked
from service.schemas.openwebui import OpenWebUIIn, OpenWebUIResultOut

router = APIRouter(prefix="/openwebui", tags=["open-webui"])


@router.post("/search", summary="Search, for Open WebUI")
def openwebui_search(asked: OpenWebUIIn, searcher: Ask, links: Linked) -> list[OpenWebUIResultOut]:
    """Passages that answer `query`, as a bare list."""
    answer = searcher.search(asked.question(datetime.now(UTC)))
    return [OpenWebUIResultOut.of(hit, links.to(hit.article)) for hit in answer.hits]
