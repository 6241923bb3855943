"""From two lists of matches to one ranking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from indexer import Candidate, Scores
from service.types import Parts

VECTOR_WEIGHT = 0.7
"""Share of the cosine in the fused score; words have the rest."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score."""

    candidate: Candidate
    score: float
    parts: Parts


def fuse(candidates: Sequence[Candidate], vector: Scores, words: Scores) -> list[Ranked]:
    """Rank candidates by a convex sum of cosine and BM25, the latter divided by the best one; best first.

    Every candidate has both scores, also one that only one of the two searches found: that is what makes a convex sum
    better than either (Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval", 2023).
    """
    best = float(words.max(initial=0.0))
    shares = words / best if best > 0 else np.zeros_like(words)
    fused = VECTOR_WEIGHT * np.clip(vector, 0.0, 1.0) + (1 - VECTOR_WEIGHT) * shares
    ranked = [
        Ranked(candidate, score, Parts(cosine, bm25, score))
        for candidate, cosine, bm25, score in zip(
            candidates, vector.tolist(), words.tolist(), fused.tolist(), strict=True
        )
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.key))


def best_per_article(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Keep the first passage of every article; ``ranked`` must be best first."""
    best: dict[str, Ranked] = {}
    for one in ranked:
        best.setdefault(one.candidate.article_id, one)
    return list(best.values())
