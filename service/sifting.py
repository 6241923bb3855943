"""Conditions that no filter of the index can express, tried on the hits themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from indexer import StoredArticle
from service.search import Searcher
from service.types import FURTHEST_OFFSET, MOST_HITS, Answer, Hit, Query


def sift(searcher: Searcher, query: Query, admits: Callable[[StoredArticle], bool]) -> Answer:
    """Answer ``query`` with those of its best 1,100 hits whose article ``admits`` lets pass, in their order.

    Of copies of one text the first one that passes is kept.
    """
    kept: list[Hit] = []
    known: set[str] = set()
    for offset in range(0, FURTHEST_OFFSET + 1, MOST_HITS):
        page = searcher.search(replace(query, limit=MOST_HITS, offset=offset, duplicates="keep"))
        for hit in page.hits:
            source = hit.found.source
            if source.article.id not in known and admits(source):
                kept.append(hit)
                known |= {source.article.id, *(copy.source.article.id for copy in hit.copies)}
        if len(kept) >= query.limit or offset + len(page.hits) >= page.total:
            break
    return replace(page, query=query, hits=tuple(kept[: query.limit]))
