"""What is asked and what is answered, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from indexer import BadInput, Filter, Freshness, StoredPassage

LONGEST_QUESTION = 2_000
MOST_HITS = 100
FURTHEST_OFFSET = 1_000

GroupBy = Literal["article", "passage"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and what its answers must satisfy. Raises BadInput where it makes no sense.

    ``as_of`` is the moment the question is asked: nothing published later is an answer.
    """

    text: str
    as_of: datetime
    limit: int = 10
    offset: int = 0
    group_by: GroupBy = "article"
    published_from: datetime | None = None
    published_to: datetime | None = None
    publishers: tuple[str, ...] = ()
    exclude_publishers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise BadInput("q: the question is empty.")
        if len(self.text) > LONGEST_QUESTION:
            raise BadInput(f"q: {len(self.text):,} characters; a question has at most {LONGEST_QUESTION:,}.")
        if not 1 <= self.limit <= MOST_HITS:
            raise BadInput(f"limit: {self.limit} is not between 1 and {MOST_HITS}.")
        if not 0 <= self.offset <= FURTHEST_OFFSET:
            raise BadInput(f"offset: {self.offset} is not between 0 and {FURTHEST_OFFSET:,}.")
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise BadInput("published_from: it is later than published_to, so nothing can match.")

    @property
    def filter(self) -> Filter:
        """Which articles may answer."""
        return Filter(
            as_of=self.as_of,
            published_from=self.published_from,
            published_to=self.published_to,
            publishers=self.publishers,
            exclude_publishers=self.exclude_publishers,
            authors=self.authors,
            categories=self.categories,
            languages=self.languages,
            article_ids=self.article_ids,
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What a score is made of: the cosine of question and passage, their BM25, and both fused into 0..1."""

    vector: float
    words: float
    fused: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers, with its score in 0..1."""

    found: StoredPassage
    score: float
    parts: Parts


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits, best first. ``total`` counts what was ranked, of which the hits are one page."""

    query: Query
    hits: tuple[Hit, ...]
    total: int
    freshness: Freshness
    warnings: tuple[str, ...] = ()
