"""What one ranking is worth. Each figure lies in 0..1 and agrees with trec_eval.

A ranking names articles once each, best first, in the order a reader sees them. An article answers if its score is 1 or
more. A question none of whose judged articles answers has the value 0 in every figure, as an empty ranking has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2

from service.evaluation.data_sets import Judged


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of the first ``depth`` places of a ranking."""

    name: str
    depth: int
    measure: Callable[[Sequence[str], Judged], float]

    def of(self, ranking: Sequence[str], judged: Judged) -> float:
        """Return what ``ranking`` is worth."""
        return self.measure(ranking[: self.depth], judged)


def success(ranking: Sequence[str], judged: Judged) -> float:
    """1 if any article answers, else 0. trec_eval: ``success``."""
    return float(any(judged.get(article, 0) > 0 for article in ranking))


def reciprocal_rank(ranking: Sequence[str], judged: Judged) -> float:
    """1 / rank of the first article that answers, counted from 1; 0 if none does. trec_eval: ``recip_rank``."""
    ranks = (rank for rank, article in enumerate(ranking, start=1) if judged.get(article, 0) > 0)
    return 1 / next(ranks, float("inf"))


def recall(ranking: Sequence[str], judged: Judged) -> float:
    """Share of the articles that answer which are there. trec_eval: ``recall``."""
    answers = {article for article, score in judged.items() if score > 0}
    return len(answers.intersection(ranking)) / len(answers) if answers else 0.0


def ndcg(depth: int) -> Callable[[Sequence[str], Judged], float]:
    """Return nDCG cut at ``depth``: the discounted gain as a share of the best ranking's. trec_eval: ``ndcg_cut``.

    An article gains its score (not 2^score - 1), divided by log2(rank + 1); scores below 0 and articles that nobody
    judged gain nothing. The best ranking is that of all judged articles, cut at ``depth`` as well.
    """

    def measure(ranking: Sequence[str], judged: Judged) -> float:
        best = discounted(sorted(judged.values(), reverse=True)[:depth])
        return discounted([judged.get(article, 0) for article in ranking]) / best if best else 0.0

    return measure


def discounted(scores: Sequence[int]) -> float:
    """Sum up the gains of articles with these ``scores``, in the order of their ranks."""
    return sum(max(score, 0) / log2(rank + 1) for rank, score in enumerate(scores, start=1))


MRR = Figure("MRR@10", 10, reciprocal_rank)
NDCG = Figure("nDCG@10", 10, ndcg(10))
FIGURES = (
    Figure("Success@1", 1, success),
    Figure("Success@5", 5, success),
    Figure("Success@10", 10, success),
    MRR,
    NDCG,
    Figure("Recall@100", 100, recall),
)
