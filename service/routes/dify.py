"""``/dify``: an external knowledge base for Dify. The index is the knowledge ``news``, every saved filter another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from fastapi import APIRouter

from indexer import NotFound
from service.merging import search_any
from service.problems import described
from service.routes.openai import Stores
from service.routes.parts import Ask, Linked
from service.schemas.dify import DifyIn, DifyOut, DifyRecordOut
from service.schemas.dify_conditions import alternatives

router = APIRouter(prefix="/dify", tags=["dify"], responses=described({404: "There is no such knowledge (error 2001)"}))


@router.post("/retrieval", summary="Search, for Dify", response_model_exclude_none=True)
def dify_retrieval(asked: DifyIn, stores: Stores, searcher: Ask, links: Linked) -> DifyOut:
    """Passages that answer `query`, for Dify: give it `/dify` of this service as endpoint and `news` as knowledge."""
    store = next((one for one in stores if one.name == asked.knowledge_id), None)
    if store is None:
        names = ", ".join(one.name for one in stores)
        raise NotFound(f"There is no knowledge {asked.knowledge_id!r} here; there is: {names}.")
    query = replace(asked.question(datetime.now(UTC)), conditions=store.conditions)
    hits = search_any(searcher, query, alternatives(asked.metadata_condition))
    least = asked.retrieval_setting.score_threshold
    return DifyOut(records=[DifyRecordOut.of(hit, links.to(hit.article)) for hit in hits if hit.score >= least])
