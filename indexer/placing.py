"""Which stories new articles belong to, by what is in the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from indexer.index import Index, Snapshot
from indexer.stored import Revision
from indexer.stories import NEIGHBOURS, REACH, Neighbour, Opening, opening, place
from indexer.types import Filter


def with_stories(index: Index, new_ones: Sequence[Revision]) -> list[Revision]:
    """Return articles that are new, each with the story that it belongs to."""
    index.refresh()
    told: list[Neighbour] = []
    for one in new_ones:
        begins = opening(one.article, one.vectors[0])
        near = sorted(told, key=lambda other: -float(other.opening.vector @ begins.vector))[:NEIGHBOURS]
        near += earlier(index.snapshot(), begins, one.article.id)
        told.append(Neighbour(begins, place(begins, near) or one.story))
    return [replace(one, story=neighbour.story) for one, neighbour in zip(new_ones, told, strict=True)]


def earlier(snapshot: Snapshot, begins: Opening, article_id: str) -> list[Neighbour]:
    """Return the nearest reports that are in the index and not too far off in time."""
    when = begins.published_at
    around = (when - REACH, when + REACH) if when else (None, None)
    where = Filter(datetime.now(UTC), published_from=around[0], published_to=around[1])
    found = snapshot.candidates(snapshot.vectors.nearest(begins.vector, 2 * NEIGHBOURS, where).keys)
    near = list(dict.fromkeys((one.article_id, one.story) for one in found if one.article_id != article_id))
    return [
        Neighbour(opening(snapshot.stored(other).article, snapshot.opening(other)), story)
        for other, story in near[:NEIGHBOURS]
    ]
