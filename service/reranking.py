"""A second, slower look at the best hits by a cross-encoder, which reads question and passage together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Protocol

import numpy as np

from indexer import ModelUnavailable, Scores, Snapshot
from service.ranking import Ranked, best_first

DEPTH = 20
"""Hits that are looked at again."""
STEP = 4
"""Hits between two looks at the clock."""
BUDGET = 1.0
"""Seconds after which the rest keeps its score."""
SHARE = 0.5
"""Share of the reranker in the score of what it has seen."""


class Reranker(Protocol):
    """Judges how well texts answer a question."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """Return a score from 0 to 1 for each text, higher is better."""


class CrossEncoderReranker:
    """Any cross-encoder that sentence-transformers can load, by id or folder."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import CrossEncoder
        from torch.nn import Sigmoid

        try:
            self._model = CrossEncoder(name, activation_fn=Sigmoid(), max_length=512)
        except Exception as error:  # of any of the libraries that read its files
            reason = str(error).partition("\n")[0]
            raise ModelUnavailable(f"The reranker {name} cannot be loaded: {reason}") from error
        self.scores("", [""])  # the first call sets up a tokenizer that all threads share

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """Return the probability that each text answers ``question``."""
        return np.asarray(self._model.predict([(question, text) for text in texts]), dtype=np.float32).reshape(-1)


def rerank(
    reranker: Reranker, snapshot: Snapshot, question: str, ranked: Sequence[Ranked], budget: float = BUDGET
) -> list[Ranked]:
    """Score the first ``DEPTH`` anew, as far as ``budget`` seconds allow; the rest stays behind them in its order."""
    started = perf_counter()
    seen: list[Ranked] = []
    while len(seen) < min(DEPTH, len(ranked)) and (not seen or perf_counter() - started < budget):
        batch = ranked[len(seen) : len(seen) + STEP]
        passages = snapshot.passages([one.candidate.key for one in batch])
        texts = [f"{found.source.article.title}\n{found.passage.text}" for found in passages]
        judged = reranker.scores(question, texts).tolist()
        seen += [mixed(one, score) for one, score in zip(batch, judged, strict=True)]
    rest = [mixed(one, 0.0) for one in ranked[len(seen) :]]
    return best_first(seen) + rest


def mixed(one: Ranked, judged: float) -> Ranked:
    """Return ``one`` with the reranker's score mixed into its own."""
    score = (1 - SHARE) * one.score + SHARE * judged
    return replace(one, score=score, parts=replace(one.parts, rerank=judged))
