"""``/articles`` and ``/passages``: the sources themselves, by id."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator

from service.problems import described
from service.routes.parts import ArticleId, Ask
from service.schemas import FullArticleOut, PassageOut, To, VersionOut, VersionsOut
from service.schemas.sources import VerificationOut
from service.versions import compared, stood

GONE = described({404: "There is nothing under this id, or readers may not see it now", 410: "It was withdrawn"})


def sha256(value: str) -> str:
    """Refuse what is no SHA-256."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise ValueError("not a SHA-256: write the 64 hex digits of the passage's `hash`")
    return value.lower()


Sha256 = Annotated[str, AfterValidator(sha256)]

router = APIRouter(tags=["articles"], responses=GONE)


@router.get("/articles/{article_id:id}/versions", summary="What an article said before")
def versions(article_id: ArticleId, searcher: Ask) -> VersionsOut:
    """Every version of an article, the first one first, each with what it changed."""
    found = searcher.index.snapshot().versions(article_id, datetime.now(UTC))
    return VersionsOut(article_id=article_id, versions=[VersionOut.of(one) for one in compared(found)])


@router.get("/articles/{article_id:id}", summary="Read an article")
def article(
    article_id: ArticleId,
    searcher: Ask,
    version: Annotated[int | None, Query(ge=1, le=2**31, description="As it stood in this version.")] = None,
    as_of: Annotated[To | None, Query(description="As it stood then: a date, or a time with its zone.")] = None,
) -> FullArticleOut:
    """An article as it stands in the index, or stood in a version or at a time, with its text and its passages."""
    snapshot = searcher.index.snapshot()
    found = stood(snapshot, article_id, datetime.now(UTC), version, as_of)
    return FullArticleOut.of(found, snapshot.version_passages(found))


@router.get("/passages/{passage_id}", summary="Read a passage, or check a citation")
def passage(
    passage_id: Annotated[str, Path(description="The `id` of a hit, the `passage_id` of a citation.")],
    searcher: Ask,
    neighbours: Annotated[int, Query(ge=0, le=10, description="How many passages before and after it as well.")] = 0,
    verify: Annotated[Sha256 | None, Query(description="The `hash` it came with: is this still it?")] = None,
) -> PassageOut:
    """A passage by its id, with its neighbours if asked for. One that has been edited away is still found."""
    snapshot = searcher.index.snapshot()
    found = snapshot.passage(passage_id, datetime.now(UTC))
    around = snapshot.neighbours(found, neighbours)
    before = [one for one in around if one.position < found.position]
    after = [one for one in around if one.position > found.position]
    if verify is None:
        return PassageOut.of(found, before, after)
    current = snapshot.article(found.passage.article_id, datetime.now(UTC)).article
    return PassageOut.of(found, before, after, VerificationOut.of(found, verify, current))
