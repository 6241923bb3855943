"""The whole of querying, top to bottom; no HTTP in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from indexer import CORES, BadInput, Embedder, Filter, Freshness, Index, Keys, Matches, Scores, Snapshot, Vector
from service import recency
from service.confidence import confidence
from service.highlights import highlights
from service.ranking import Ranked, Signals, best_first, best_per_article, fold, fuse, limited, rescored
from service.reranking import Reranker, rerank
from service.timewords import TimeWords, understand
from service.turns import Turns
from service.types import Answer, Hit, Query

POOL = 100
"""Passages each of the two searches brings; more where that does not fill the page."""
AT_ONCE = CORES + 1
"""Questions worked on at the same time; with more of them none is answered sooner, and the last ones much later."""
DEEPEST = 3_200
"""Passages after which a page stays as it is: more would only be more of the same copies, story or publisher."""


@dataclass(frozen=True, slots=True)
class Found:
    """What each of the two searches found."""

    vector: Matches
    words: Matches

    def full(self, pool: int) -> bool:
        """Return whether one of them found as many passages as it was to bring, so that there may be more."""
        return pool in (len(self.vector.keys), len(self.words.keys))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Everything that was ranked, best first, and what the ranking followed."""

    ranked: tuple[Ranked, ...]
    recency_weight: float
    confidence: float


class Searcher:
    """Answers questions from an index. Any number of threads may ask at once."""

    def __init__(self, index: Index, embedder: Embedder, reranker: Reranker | None = None) -> None:
        self.index = index
        self.embedder = embedder
        self._reranker = reranker
        self._side = ThreadPoolExecutor(thread_name_prefix="words")
        self._turns = Turns(AT_ONCE)

    def search(self, query: Query) -> Answer:
        """Return the passages that answer ``query``, best first, all from one state of the index."""
        if query.rerank and self._reranker is None:
            raise BadInput("rerank: no reranker is configured; start the service with --reranker MODEL.")
        with self._turns:
            return self._search(query)

    def _search(self, query: Query) -> Answer:
        snapshot = self.index.snapshot()
        understood = understand(query.text, query.as_of) if query.parse_time else None
        narrowed = narrow(query, understood)
        ranking = self._rank(snapshot, query, narrowed, understood)
        filtered = narrowed != query.filter
        elsewhere = filtered and not ranking.ranked
        if elsewhere:
            understood = replace(understood, plain=False) if understood else None
            ranking = self._rank(snapshot, query, query.filter, understood)
        answer = Answer(
            query=query,
            hits=(),
            total=len(ranking.ranked),
            freshness=snapshot.freshness,
            understood=understood,
            filtered=filtered and not elsewhere,
            recency_weight=ranking.recency_weight,
            confidence=ranking.confidence,
            warnings=warnings(snapshot.freshness, ranking, elsewhere),
        )
        return answer if answer.no_answer else replace(answer, hits=hits(snapshot, query, ranking.ranked))

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:
        """Return how well each text answers, from 0 to 1: what the reranker says, or else its cosine, at least 0."""
        if self._reranker is not None:
            return self._reranker.scores(question, texts)
        cosines = self.embedder.embed_passages(texts) @ self.embedder.embed_query(question)
        clipped: Scores = np.clip(cosines, 0.0, 1.0)
        return clipped

    def _rank(self, snapshot: Snapshot, query: Query, where: Filter, understood: TimeWords | None) -> Ranking:
        """Search under ``where`` and rank what is found, deeper until there is enough for the page.

        What is found deeper follows what was ranked before it, so that no page repeats or misses what another has.
        """
        wanted = query.offset + query.limit + 1  # to know whether there is a further page
        pool = POOL
        words = self._side.submit(snapshot.words.nearest, query.text, pool, where)
        vector = self.embedder.embed_query(query.text)
        found = Found(snapshot.vectors.nearest(vector, pool, where), words.result())
        ranking = self._order(snapshot, query, vector, found, understood)
        while len(ranking.ranked) < wanted and pool < DEEPEST and found.full(pool):
            pool *= 4  # many passages of few articles: look deeper
            found = Found(
                snapshot.vectors.nearest(vector, pool, where), snapshot.words.nearest(query.text, pool, where)
            )
            deeper = self._order(snapshot, query, vector, found, understood)
            ranked = continued(ranking.ranked, deeper.ranked, query)
            ranking = replace(ranking, ranked=tuple(limited(ranked, query.max_per_story, query.max_per_publisher)))
        return ranking

    def _order(
        self,
        snapshot: Snapshot,
        query: Query,
        vector: Vector,
        found: Found,
        understood: TimeWords | None,
    ) -> Ranking:
        """Fuse, weigh by time, rerank, and keep one of what is said twice."""
        ranked = fused(snapshot, query, vector, found)
        share = recency.weight(query, understood, best_per_article(ranked))
        half_life = recency.HALF_LIFE if isinstance(query.recency, str) else query.recency
        ranked = best_first(
            rescored(
                one,
                recency.factor(one.candidate.published_at, query.as_of, share, half_life),
                recency.period(one.candidate.published_at, understood),
            )
            for one in ranked
        )
        sure = confidence(best_per_article(ranked), snapshot.words.ceiling(query.text), query.as_of)
        ranked = fold(ranked, query.duplicates)
        if query.rerank and self._reranker:
            ranked = rerank(self._reranker, snapshot, query.text, ranked)
        kept = limited(ranked, query.max_per_story, query.max_per_publisher)
        return Ranking(tuple(kept), share, sure)


def narrow(query: Query, understood: TimeWords | None) -> Filter:
    """Return the filter of ``query``, within the time its words plainly name unless it names dates itself."""
    where = query.filter
    if understood is None or not understood.plain or where.published_from or where.published_to:
        return where
    return replace(where, published_from=understood.start, published_to=understood.published_to)


def continued(ranked: Sequence[Ranked], deeper: Sequence[Ranked], query: Query) -> list[Ranked]:
    """Append to ``ranked`` what only ``deeper`` has."""

    def place(one: Ranked) -> int | str:
        if query.group_by == "passage":
            return one.candidate.key
        return one.candidate.article_id if query.duplicates == "keep" else one.candidate.copies

    known = {place(one) for one in ranked}
    return [*ranked, *(one for one in deeper if place(one) not in known)]


def fused(snapshot: Snapshot, query: Query, vector: Vector, found: Found) -> list[Ranked]:
    """Give every passage that either search found all its scores, and rank them, or the best one of each article.

    Which one that is does not depend on time: all passages of an article are as old.
    """
    keys = np.union1d(found.vector.keys, found.words.keys)
    candidates = snapshot.candidates(keys)
    versions = np.array([one.version_key for one in candidates], dtype=np.int64)
    signals = Signals(
        completed(found.vector, keys, lambda others: snapshot.vectors.scores(vector, others)),
        completed(found.words, keys, lambda others: snapshot.words.scores(query.text, others)),
        snapshot.words.article_scores(query.text, versions),
    )
    return fuse(candidates, signals, query.group_by)


def completed(found: Matches, keys: Keys, scores_of: Callable[[Keys], Scores]) -> Scores:
    """Return the score of each of ``keys``, which rise, asking only for those of the keys that were not ``found``."""
    scores, others = np.empty(len(keys), dtype=np.float32), np.ones(len(keys), dtype=bool)
    places = np.searchsorted(keys, found.keys)
    scores[places], others[places] = found.scores, False
    scores[others] = scores_of(keys[others])
    return scores


def hits(snapshot: Snapshot, query: Query, ranked: Sequence[Ranked]) -> tuple[Hit, ...]:
    """Return the page that ``query`` asks for, with its texts."""
    page = ranked[query.offset : query.offset + query.limit]
    passages = [
        replace(passage, source=passage.source.as_known(query.known_at))
        for passage in snapshot.passages([one.candidate.key for one in page])
    ]
    best = highlights(query.text, [p.passage for p in passages], [p.source.article.language for p in passages])
    copies = snapshot.copies([one.candidate.copies for one in page], query.as_of, query.known_at)
    return tuple(
        Hit(
            found=passage,
            score=one.score,
            parts=one.parts,
            story=one.candidate.story,
            highlight=highlight,
            copies=tuple(
                copy
                for copy in copies
                if copy.copies == one.candidate.copies and copy.source.article.id != one.candidate.article_id
            ),
        )
        for one, passage, highlight in zip(page, passages, best, strict=True)
        if not passage.source.closed(query.as_of)  # withdrawn since this state of the index
    )


def warnings(freshness: Freshness, ranking: Ranking, elsewhere: bool) -> tuple[str, ...]:
    """Say why there is nothing, or that what there is was found ``elsewhere`` than at the time the question names."""
    if not freshness.articles:
        return ("The index is empty. Add articles with: dateline add PATH...",)
    if not ranking.ranked:
        return ("No article passes these filters.",)
    if elsewhere:
        return ("Nothing was published at the time the question names, so other times were searched.",)
    return ()
