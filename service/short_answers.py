"""An answer in a sentence or two, for surfaces that want a text beside the hits."""

from __future__ import annotations

from dataclasses import replace

from service.answering import PLENTY, SURE_ENOUGH, Asked, Said, extract
from service.search import Searcher
from service.types import Answer


def short_answer(searcher: Searcher, answer: Answer) -> str | None:
    """Return the sentence of these hits' articles that answers best, verbatim; None where none is sure enough.

    A question of several parts has a sentence for each.
    """
    articles = tuple(hit.found.source.article.id for hit in answer.hits)
    if not articles:
        return None
    query = replace(answer.query, limit=PLENTY, article_ids=articles, min_confidence=SURE_ENOUGH)
    events = extract(searcher, Asked(query, sentences=1))
    return " ".join(event.text for event in events if isinstance(event, Said)) or None
