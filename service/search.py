"""The whole of querying, top to bottom; no HTTP in it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from indexer import Embedder, Freshness, Index, Matches, Snapshot, Vector
from service.ranking import Ranked, best_per_article, fuse
from service.types import Answer, Hit, Query

POOL = 100
"""Passages each of the two searches brings; more where that does not fill the page."""


class Searcher:
    """Answers questions from an index. Any number of threads may ask at once."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        self.index = index
        self._embedder = embedder
        self._side = ThreadPoolExecutor(thread_name_prefix="words")

    def search(self, query: Query) -> Answer:
        """Return the passages that answer ``query``, best first, all from one state of the index."""
        snapshot = self.index.snapshot()
        wanted = query.offset + query.limit
        pool = max(POOL, 2 * wanted)
        words = self._side.submit(snapshot.words.nearest, query.text, pool, query.filter)
        vector = self._embedder.embed_query(query.text)
        found = [snapshot.vectors.nearest(vector, pool, query.filter), words.result()]
        ranked = rank(snapshot, query, vector, found)
        while len(ranked) < wanted and any(len(matches.keys) == pool for matches in found):
            pool *= 4  # many passages of few articles: look deeper
            found = [
                snapshot.vectors.nearest(vector, pool, query.filter),
                snapshot.words.nearest(query.text, pool, query.filter),
            ]
            ranked = rank(snapshot, query, vector, found)
        page = ranked[query.offset : wanted]
        passages = snapshot.passages([one.candidate.key for one in page])
        hits = tuple(Hit(passage, one.score, one.parts) for passage, one in zip(passages, page, strict=True))
        return Answer(query, hits, len(ranked), snapshot.freshness, warnings(snapshot.freshness, len(ranked)))


def rank(snapshot: Snapshot, query: Query, vector: Vector, found: Sequence[Matches]) -> list[Ranked]:
    """Give every passage that either search found both its scores, and rank what ``query`` groups by."""
    keys = np.unique(np.concatenate([matches.keys for matches in found]))
    ranked = fuse(
        snapshot.candidates(keys), snapshot.vectors.scores(vector, keys), snapshot.words.scores(query.text, keys)
    )
    return best_per_article(ranked) if query.group_by == "article" else ranked


def warnings(freshness: Freshness, total: int) -> tuple[str, ...]:
    """Say why there is nothing to say."""
    if not freshness.articles:
        return ("The index is empty. Add articles with: dateline add PATH...",)
    return () if total else ("No article passes these filters.",)
