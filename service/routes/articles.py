"""``/articles`` and ``/passages``: the sources themselves, by id."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from service.problems import described
from service.routes.parts import Ask
from service.schemas import FullArticleOut, PassageOut

GONE = described({404: "There is nothing under this id, or readers may not see it now", 410: "It was withdrawn"})

router = APIRouter(tags=["articles"], responses=GONE)


@router.get("/articles/{article_id:path}")
def article(article_id: str, searcher: Ask) -> FullArticleOut:
    """An article as it stands in the index, with its text and its passages."""
    snapshot = searcher.index.snapshot()
    return FullArticleOut.of(snapshot.article(article_id, datetime.now(UTC)), snapshot.article_passages(article_id))


@router.get("/passages/{passage_id}")
def passage(
    passage_id: str,
    searcher: Ask,
    neighbours: Annotated[int, Query(ge=0, le=10, description="How many passages before and after it as well.")] = 0,
) -> PassageOut:
    """A passage by its id, with its neighbours if asked for. One that has been edited away is still found."""
    snapshot = searcher.index.snapshot()
    found = snapshot.passage(passage_id, datetime.now(UTC))
    around = snapshot.neighbours(found, neighbours)
    before = [one for one in around if one.position < found.position]
    after = [one for one in around if one.position > found.position]
    return PassageOut.of(found, before, after)
