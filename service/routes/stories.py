"""``/stories``: the articles that tell one event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from service.problems import described
from service.routes.parts import Ask, no_parameters
from service.schemas import StoryOut
from service.stories import read_story

router = APIRouter(
    tags=["stories"],
    dependencies=[Depends(no_parameters)],
    responses=described({404: "There is no such story that readers may see"}),
)


@router.get("/stories/{story_id}", summary="Follow a story")
def story(story_id: Annotated[str, Path(description="The `story_id` of a hit.")], searcher: Ask) -> StoryOut:
    """A story: its first headline, when it began and was last told, by whom, and its timeline."""
    return StoryOut.of(read_story(searcher.index.snapshot(), story_id, datetime.now(UTC)))
