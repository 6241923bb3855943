"""How much a question is about what is new, and what that does to a score.

Recency is worth more than hybrid search on questions about the week's news, and ruins a ranking of an archive. So its
weight follows the question: its time words, and otherwise whether the best candidates crowd just before the moment it
is asked, more than all the candidates do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from service.ranking import Ranked
from service.timewords import TimeWords
from service.types import Query

WEIGHT = 0.5
"""Share of a score that age can take, where a question is about what is new."""

HALF_LIFE = timedelta(days=14)

NEW = timedelta(days=10)
"""Age up to which an article counts as part of a crowd."""

BACKGROUND = 20
"""Rank of the article whose score stands for no relevance at all."""

CROWD = (0.15, 0.30)
"""Excess of new articles among the relevant ones: below the first it is chance, from the second on it is no chance."""

OUTSIDE = 0.75
"""Factor for articles outside the time a question names, where that is only a preference."""


def weight(query: Query, understood: TimeWords | None, articles: Sequence[Ranked]) -> float:
    """Return the share of a score that age takes, from 0 to ``WEIGHT``; ``articles`` must be best first."""
    if query.recency == "off":
        return 0.0
    if query.recency != "auto" or (understood and understood.asks == "latest"):
        return WEIGHT
    if understood and understood.asks == "past":
        return 0.0
    if understood and understood.end and query.as_of - understood.end > NEW:
        return 0.0
    chance, plain = CROWD
    return WEIGHT * float(np.clip((crowding(articles, query.as_of) - chance) / (plain - chance), 0.0, 1.0))


def crowding(articles: Sequence[Ranked], as_of: datetime) -> float:
    """Return by how much more of the relevance than of the candidates is new: from -1 to 1."""
    if not articles:
        return 0.0
    scores = np.array([one.score for one in articles])
    relevance = np.clip(scores - scores[min(BACKGROUND, len(scores) - 1)], 0.0, None)
    if not relevance.any():
        return 0.0
    new = np.array([is_new(one, as_of) for one in articles])
    return float(relevance[new].sum() / relevance.sum() - new.mean())


def is_new(one: Ranked, as_of: datetime) -> bool:
    """Return whether a candidate was published shortly before ``as_of``."""
    published = one.candidate.published_at
    return published is not None and as_of - published <= NEW


def factor(published_at: datetime | None, as_of: datetime, share: float, half_life: timedelta) -> float:
    """Return what the age of an article does to its score: 1 when new, 1 - ``share`` when old or without a date."""
    return (1 - share) + share * freshness(published_at, as_of, half_life)


def freshness(published_at: datetime | None, as_of: datetime, half_life: timedelta = HALF_LIFE) -> float:
    """Return 1 for an article of this moment, a half after ``half_life``, 0 without a date."""
    if published_at is None:
        return 0.0
    return float(2.0 ** -(max(timedelta(), as_of - published_at) / half_life))


def period(published_at: datetime | None, understood: TimeWords | None) -> float:
    """Return what the time a question names, where it is only a preference, does to a score."""
    if understood is None or understood.start is None or understood.plain:
        return 1.0
    if published_at is None or published_at < understood.start:
        return OUTSIDE
    return OUTSIDE if understood.published_to and published_at > understood.published_to else 1.0
