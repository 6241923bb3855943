"""Stories: articles that tell one event, found in one pass as they arrive.

A new report is compared with the nearest earlier ones only, and joins the story whose members among them it resembles
most, if that is enough. Two things make reports of one event alike: what they are about, and whom and what they
name. The first alone takes two fires, trials or cup finals for one; names alone, all the news about one person.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from math import exp2, log2, sqrt

import numpy as np

from indexer.types import Article, Vector
from indexer.wording import WORD, is_notice, names

OPENING = 1_500
"""Characters of a body in which a report has named whom and what it is about."""

SAME_STORY = 0.40
"""Likeness from which a report belongs to a story."""

HALF_LIFE = timedelta(days=270)
"""Time after a story's last report in which the likeness to it of a new one counts half: a sequel some weeks later has
to be plainly one, and what comes a year later is another story, however alike."""

REACH = HALF_LIFE * log2(1 / SAME_STORY)
"""Time between two reports after which no likeness is enough; no neighbour need be looked for beyond."""

NEIGHBOURS = 20
"""Earlier reports worth comparing with a new one."""

MEMBERS = 5
"""Reports of a story that a new one has to resemble, on average: resembling one would chain stories together."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a report begins: the embedding of its first passage, and the names and numbers up to there."""

    vector: Vector
    names: frozenset[str]
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An earlier report and the story it belongs to."""

    opening: Opening
    story: str


def opening(article: Article, first: Vector) -> Opening:
    """Return what stories compare of ``article``; ``first`` is the embedding of its first passage.

    An article in place of which something else was captured is made to resemble nothing.
    """
    title, body = WORD.findall(article.title), WORD.findall(article.body[:OPENING])
    if is_notice(title, body):
        return Opening(np.zeros_like(first), frozenset(), article.published_at)
    return Opening(first, names(title + body), article.published_at)


def story_id(article_id: str) -> str:
    """Return the id of the story that begins with this article: sixteen hex digits, for good."""
    return hashlib.sha256(f"story\0{article_id}".encode()).hexdigest()[:16]


def place(new: Opening, neighbours: Sequence[Neighbour]) -> str | None:
    """Return the story that ``new`` belongs to, or None if it begins one.

    ``neighbours`` are the earlier reports nearest to it, in any order; what else the stories hold does not count.
    """
    members = defaultdict(list)
    for neighbour in neighbours:
        members[neighbour.story].append(neighbour.opening)
    belonging = {story: _belonging(new, openings) for story, openings in members.items()}
    best = max(belonging, key=lambda story: (belonging[story], story), default=None)
    return best if best is not None and belonging[best] >= SAME_STORY else None


def likeness(one: Opening, other: Opening) -> float:
    """Return how alike two reports are, whenever they appeared: the mean of two cosines, of subject and of names.

    Where there are no names to compare, as in scripts without capitals, the subject alone has to be enough.
    """
    subject = float(one.vector @ other.vector)
    named = len(one.names & other.names) / sqrt(max(1, len(one.names) * len(other.names)))
    return (subject + named) / 2


def _belonging(new: Opening, members: Sequence[Opening]) -> float:
    best = nlargest(MEMBERS, (likeness(new, member) for member in members))
    return sum(best) / len(best) * exp2(-_silence(new, members) / HALF_LIFE)


def _silence(new: Opening, members: Sequence[Opening]) -> timedelta:
    """Time between ``new`` and the member nearest to it in time; none where dates are missing."""
    if new.published_at is None:
        return timedelta()
    dates = (member.published_at for member in members if member.published_at)
    return min((abs(new.published_at - date) for date in dates), default=timedelta())
