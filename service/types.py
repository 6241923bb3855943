"""What is asked and what is answered, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from indexer import Article, BadInput, Condition, Copy, Filter, Freshness, StoredPassage
from service.timewords import TimeWords

LONGEST_QUESTION = 2_000
MOST_HITS = 100
FURTHEST_OFFSET = 1_000
LEAST_CONFIDENCE = 0.05
"""Below this the best answers are more likely nothing than something, and saying so is kinder than ten weak hits."""

GroupBy = Literal["article", "passage"]
Duplicates = Literal["collapse", "keep", "only"]
Recency = Literal["auto", "off"] | timedelta
"""How much newer articles are preferred: as the question asks, not at all, or halving the preference in this time."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and what its answers must satisfy. Raises BadInput where it makes no sense.

    ``as_of`` is the moment the question is asked: nothing published later is an answer, and an article answers as it
    stood then. With ``known_at`` it answers as the index had it then.
    """

    text: str
    as_of: datetime
    limit: int = 10
    offset: int = 0
    group_by: GroupBy = "article"
    known_at: datetime | None = None
    published_from: datetime | None = None
    published_to: datetime | None = None
    publishers: tuple[str, ...] = ()
    exclude_publishers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    parse_time: bool = True
    recency: Recency = "auto"
    duplicates: Duplicates = "collapse"
    max_per_story: int | None = None
    max_per_publisher: int | None = None
    min_confidence: float = LEAST_CONFIDENCE
    rerank: bool = False

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
            known_at=self.known_at,
            published_from=self.published_from,
            published_to=self.published_to,
            publishers=self.publishers,
            exclude_publishers=self.exclude_publishers,
            authors=self.authors,
            categories=self.categories,
            languages=self.languages,
            article_ids=self.article_ids,
            conditions=self.conditions,
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What a score is made of: ``score == fused * recency * period``, or that mixed with ``rerank`` where there is one.

    ``vector`` is a cosine; ``words`` and ``article_words`` are the BM25 of the passage and of its whole article as
    shares of the best candidate's. ``recency`` and ``period`` are factors up to 1.
    """

    vector: float
    words: float
    article_words: float
    fused: float
    recency: float = 1.0
    period: float = 1.0
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A slice of an article's body, by code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers, with its score in 0..1, its best sentence, and where else its text ran."""

    found: StoredPassage
    score: float
    parts: Parts
    story: str
    highlight: Span
    copies: tuple[Copy, ...] = ()

    @property
    def article(self) -> Article:
        """The article that the passage stands in."""
        return self.found.source.article


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits, best first. ``total`` counts what was ranked, of which the hits are one page.

    ``confidence`` is how sure it is that anything here answers; there are no hits where it is below what was asked for.
    """

    query: Query
    hits: tuple[Hit, ...]
    total: int
    freshness: Freshness
    understood: TimeWords | None = None
    filtered: bool = False
    recency_weight: float = 0.0
    confidence: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def no_answer(self) -> bool:
        """Whether nothing that was found is good enough."""
        return self.total == 0 or self.confidence < self.query.min_confidence
