"""``/rerank``: texts put in the order in which they answer a question, as Cohere's and Jina's clients know it."""

from __future__ import annotations

from fastapi import APIRouter, Request

from service.routes.parts import Ask
from service.schemas.rerank import RerankIn, RerankOut

router = APIRouter(prefix="/rerank", tags=["rerank"])


@router.post("/v1/rerank", summary="Rerank, as Jina and Cohere's first version do", response_model_exclude_none=True)
def rerank(asked: RerankIn, searcher: Ask, request: Request) -> RerankOut:
    """Judge `documents` with the configured cross-encoder, or else by the cosine of their embeddings."""
    return RerankOut.of(asked, searcher.relevance(asked.query, asked.beginnings), request.state.request_id)


@router.post("/v2/rerank", summary="Rerank, as Cohere does", response_model_exclude_none=True)
def rerank_v2(asked: RerankIn, searcher: Ask, request: Request) -> RerankOut:
    """The same under the address of Cohere's second version."""
    return rerank(asked, searcher, request)
