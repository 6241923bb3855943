"""``/healthz`` and ``/readyz``: is it alive, and can it answer."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from service.routes.parts import Ask
from service.schemas import FreshnessOut

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process runs."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Model loaded, index open."""

    status: Literal["ready"] = "ready"
    model: str
    index: FreshnessOut


@router.get("/healthz", summary="Is it alive?")
async def healthz() -> Alive:
    """Whether the process runs; true at once."""
    return Alive()


@router.get("/readyz", summary="Can it answer?")
def readyz(searcher: Ask) -> Ready:
    """Whether questions can be answered: the model is loaded and the index open. 503 until then."""
    index = searcher.index
    return Ready(model=index.store.model.name, index=FreshnessOut.of(index.snapshot().freshness))
