"""``/articles`` and ``/passages``: the sources themselves, by id."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.routing import APIRoute
from pydantic import AfterValidator, Field
from starlette.routing import Match
from starlette.types import Scope

from indexer import NotFound, Withdrawn
from service.problems import described
from service.routes.parts import ArticleId, Ask, Parameters, no_parameters
from service.running import NotReady
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


class ArticleIn(Parameters):
    """Which state of an article is asked for."""

    version: int | None = Field(None, ge=1, le=2**31, description="As it stood in this version.")
    as_of: To | None = Field(None, description="As it stood then: a date, or a time with its zone.")


class PassageIn(Parameters):
    """What is asked for with a passage."""

    neighbours: int = Field(0, ge=0, le=10, description="How many passages before and after it as well.")
    verify: Sha256 | None = Field(None, description="The `hash` it came with: is this still it?")


class VersionsRoute(APIRoute):
    """Leaves a path to the article itself if there is one of exactly that id, which may end in ``/versions``."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for the versions of an article."""
        match, found = super().matches(scope)
        if match is Match.FULL and is_article(scope, f"{found['path_params']['article_id']}/versions"):
            return Match.NONE, {}
        return match, found


def is_article(scope: Scope, article_id: str) -> bool:
    """Return whether there is, or was, an article of this id that readers may know of."""
    try:
        scope["app"].state.running.searcher.index.snapshot().article(article_id, datetime.now(UTC))
    except Withdrawn:
        return True
    except (NotFound, NotReady):
        return False
    return True


router = APIRouter(tags=["articles"], responses=GONE)
of_versions = APIRouter(route_class=VersionsRoute, dependencies=[Depends(no_parameters)])


@of_versions.get("/articles/{article_id:id}/versions", summary="What an article said before")
def versions(article_id: ArticleId, searcher: Ask) -> VersionsOut:
    """Every version of an article, the first one first, each with what it changed."""
    found = searcher.index.snapshot().versions(article_id, datetime.now(UTC))
    return VersionsOut(article_id=article_id, versions=[VersionOut.of(one) for one in compared(found)])


router.include_router(of_versions)  # before the next one, whose ids would take in its path


@router.get("/articles/{article_id:id}", summary="Read an article")
def article(article_id: ArticleId, asked: Annotated[ArticleIn, Query()], searcher: Ask) -> FullArticleOut:
    """An article as it stands in the index, or stood in a version or at a time, with its text and its passages."""
    snapshot = searcher.index.snapshot()
    found = stood(snapshot, article_id, datetime.now(UTC), asked.version, asked.as_of)
    return FullArticleOut.of(found, snapshot.version_passages(found))


@router.get("/passages/{passage_id}", summary="Read a passage, or check a citation")
def passage(
    passage_id: Annotated[str, Path(description="The `id` of a hit, the `passage_id` of a citation.")],
    asked: Annotated[PassageIn, Query()],
    searcher: Ask,
) -> PassageOut:
    """A passage by its id, with its neighbours if asked for. One that has been edited away is still found."""
    snapshot = searcher.index.snapshot()
    found = snapshot.passage(passage_id, datetime.now(UTC))
    around = snapshot.neighbours(found, asked.neighbours)
    before = [one for one in around if one.position < found.position]
    after = [one for one in around if one.position > found.position]
    if asked.verify is None:
        return PassageOut.of(found, before, after)
    current = snapshot.article(found.passage.article_id, datetime.now(UTC)).article
    return PassageOut.of(found, before, after, VerificationOut.of(found, asked.verify, current))
