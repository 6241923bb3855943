"""From matches to one ranking: fusion, then time, then one hit for what is said twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from indexer import Candidate, Scores
from service.types import Duplicates, GroupBy, Parts

VECTOR, WORDS, ARTICLE = 0.63, 0.25, 0.12
"""Shares of the fused score: the cosine, the BM25 of the passage, and that of its whole article.

Chosen on one half of 140 judged questions about the news and confirmed on the other; anything near does as well.
"""


@dataclass(frozen=True, slots=True)
class Signals:
    """The scores of every candidate, each of shape ``(candidates,)``."""

    vector: Scores
    words: Scores
    article: Scores


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score, and its BM25 as it was."""

    candidate: Candidate
    score: float
    parts: Parts
    bm25: float


def fuse(candidates: Sequence[Candidate], signals: Signals, group_by: GroupBy = "passage") -> list[Ranked]:
    """Rank candidates by a convex sum of cosine and BM25, the latter as shares of the best one's; best first.

    Grouped by article, only the best passage of each article is ranked.
    Every candidate has every score, also one that only one of the searches found: that is what makes a convex sum
    better than any of its parts (Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval", 2023).
    """
    vector = np.clip(signals.vector, 0.0, 1.0)
    words, article = share(signals.words), share(signals.article)
    fused = VECTOR * vector + WORDS * words + ARTICLE * article
    order = np.lexsort(([one.key for one in candidates], -fused)).tolist()
    if group_by == "article":
        best: dict[str, int] = {}
        for row in order:
            best.setdefault(candidates[row].article_id, row)
        order = list(best.values())
    scores = (each[order].tolist() for each in (vector, words, article, fused, signals.words))
    rows = zip((candidates[row] for row in order), *scores, strict=True)
    return [Ranked(one, f, Parts(v, w, a, f), bm25) for one, v, w, a, f, bm25 in rows]


def share(scores: Scores) -> Scores:
    """Return scores as shares of the highest; all 0 where that is 0."""
    best = scores.max(initial=0.0)
    return scores / best if best > 0 else scores


def best_first(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Sort by score; equal ones by their age in the index, so that the order is always the same."""
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.key))


def best_per_article(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Keep the first passage of every article; ``ranked`` must be best first."""
    best: dict[str, Ranked] = {}
    for one in ranked:
        best.setdefault(one.candidate.article_id, one)
    return list(best.values())


def rescored(one: Ranked, recency: float, period: float) -> Ranked:
    """Return ``one`` with its score multiplied by both factors."""
    if recency == period == 1.0:
        return one  # as every candidate of a question to which time makes no difference
    was = one.parts
    parts = Parts(  # not replace(), which takes several times as long, for every candidate
        vector=was.vector,
        words=was.words,
        article_words=was.article_words,
        fused=was.fused,
        recency=recency,
        period=period,
        rerank=was.rerank,
    )
    return Ranked(one.candidate, one.score * recency * period, parts, one.bm25)


def fold(ranked: Sequence[Ranked], duplicates: Duplicates) -> list[Ranked]:
    """Of copies of one text keep the earliest article only, with its own score; ``only`` drops what has no copies.

    ``ranked`` must be best first.
    """
    if duplicates == "keep":
        return list(ranked)
    members: dict[int, dict[str, Ranked]] = defaultdict(dict)
    for one in ranked:
        members[one.candidate.copies].setdefault(one.candidate.article_id, one)
    leading = {copies: min(articles.values(), key=earliest).candidate for copies, articles in members.items()}
    return [
        one
        for one in ranked
        if one.candidate.article_id == leading[one.candidate.copies].article_id
        and (duplicates == "collapse" or len(members[one.candidate.copies]) > 1)
    ]


def earliest(one: Ranked) -> tuple[bool, float, str]:
    """Sort by date of publication, articles without one last."""
    published = one.candidate.published_at
    return published is None, published.timestamp() if published else 0.0, one.candidate.article_id


def limited(ranked: Iterable[Ranked], per_story: int | None, per_publisher: int | None) -> list[Ranked]:
    """Keep the first so many of every story and of every publisher; None is no limit."""
    if per_story is None and per_publisher is None:
        return list(ranked)
    stories: Counter[str] = Counter()
    publishers: Counter[str] = Counter()
    kept = []
    for one in ranked:
        story, publisher = one.candidate.story, (one.candidate.publisher or "").casefold()
        crowded = per_story is not None and stories[story] >= per_story
        if crowded or (per_publisher is not None and publisher and publishers[publisher] >= per_publisher):
            continue
        stories[story] += 1
        publishers[publisher] += 1
        kept.append(one)
    return kept
