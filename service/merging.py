"""One list of hits from several searches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import merge

from service.expressions import Alternatives, Conjunction
from service.search import Searcher
from service.types import Hit, Query


def search_any(searcher: Searcher, query: Query, alternatives: Alternatives) -> list[Hit]:
    """Answer ``query`` from the articles that satisfy one of ``alternatives``, best first.

    With one alternative these are the hits of one search. With more, they are confident enough if those of any are.
    """
    answers = [searcher.search(narrowed(query, one)) for one in alternatives]
    if all(answer.confidence < query.min_confidence for answer in answers):
        return []
    return merged(answer.hits for answer in answers)[: query.limit]


def narrowed(query: Query, conjunction: Conjunction) -> Query:
    """Return ``query`` with ``conjunction`` as a filter, answered however little sure."""
    return replace(
        query,
        conditions=query.conditions + conjunction.conditions,
        published_from=conjunction.published_from,
        published_to=conjunction.published_to,
        min_confidence=0.0,
    )


def merged(found: Iterable[Sequence[Hit]]) -> list[Hit]:
    """Merge lists by score: each passage once, and of copies of one text only the article that came first.

    Every list keeps its own order.
    """
    kept: list[Hit] = []
    passages: set[int] = set()
    leading: dict[str, str] = {}
    for hit in merge(*found, key=lambda hit: -hit.score):
        article = hit.found.source.article.id
        text = min([article, *(copy.source.article.id for copy in hit.copies)])
        if hit.found.key not in passages and leading.setdefault(text, article) == article:
            passages.add(hit.found.key)
            kept.append(hit)
    return kept
