"""What the service answers, as frozen records. Fields a newer service adds are passed over."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Something the service said."""

    model_config = ConfigDict(frozen=True)


class Publisher(Record):
    """Who published an article."""

    name: str | None
    domain: str | None

    def __str__(self) -> str:
        """Its name, or its domain where it has none."""
        return self.name or self.domain or ""


class Span(Record):
    """A passage without its article: ``text == body[char_start:char_end]``."""

    id: str
    text: str
    hash: str
    char_start: int
    char_end: int


class Source(Record):
    """An article without its text."""

    article_id: str
    version: int
    title: str
    summary: str | None
    url: str | None
    publisher: Publisher
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str | None
    published_at: datetime | None
    updated_at: datetime | None
    indexed_at: datetime
    valid_from: datetime
    valid_to: datetime | None
    status: str
    correction: str | None
    corrected_at: datetime | None
    paywalled: bool
    date_source: str | None
    date_confidence: str | None


class Article(Source):
    """An article with its text and how it was cut into passages."""

    body: str
    passages: tuple[Span, ...]


class Verification(Record):
    """Whether a citation holds: it is the text with that hash, and its words still stand in the article."""

    verified: bool
    current: bool


class Passage(Span, Source):
    """A passage with the article it stands in, and its neighbours where they were asked for."""

    position: int
    before: tuple[Span, ...]
    after: tuple[Span, ...]
    verification: Verification | None


class Copy(Record):
    """Another article with the same text."""

    article_id: str
    title: str
    url: str | None
    publisher: Publisher
    published_at: datetime | None


class Report(Copy):
    """An article of a story, with where else its text ran."""

    also_published_by: tuple[Copy, ...]


class Story(Record):
    """Articles that tell one event, the earliest first."""

    story_id: str
    title: str
    first_published_at: datetime | None
    last_published_at: datetime | None
    publishers: tuple[str, ...]
    timeline: tuple[Report, ...]


class Scores(Record):
    """What a score is made of."""

    vector: float
    words: float
    article_words: float
    fused: float
    recency: float
    period: float
    rerank: float | None


class Highlight(Record):
    """The sentence that answers best, as a slice of the article's body."""

    text: str
    char_start: int
    char_end: int


class Step(Record):
    """One step of a score: the points it gives or takes, and why."""

    part: str
    points: float
    because: str


class Hit(Span, Source):
    """A passage that answers, with its exact source and its score from 0 to 1."""

    position: int
    score: float
    scores: Scores
    highlights: tuple[Highlight, ...]
    story_id: str
    also_published_by: tuple[Copy, ...]
    explanation: tuple[Step, ...]


class Understood(Record):
    """What the time words of a question were taken to mean."""

    text: str
    start: datetime | None
    end: datetime | None
    filtered: bool


class Freshness(Record):
    """How new the index was that answered."""

    sequence_number: int
    indexed_at: datetime | None
    newest_article_at: datetime | None
    articles: int
    passages: int


class Answer(Record):
    """Hits, best first; ``next_offset`` asks for the next page of them."""

    query: str
    as_of: datetime
    results: tuple[Hit, ...]
    offset: int
    total: int
    next_offset: int | None
    took_ms: float
    index: Freshness
    understood: Understood | None
    recency_weight: float
    confidence: float
    no_answer: bool
    warnings: tuple[str, ...]


class Part(Record):
    """One of the questions that were asked at once."""

    text: str
    confidence: float
    no_answer: bool
    understood: Understood | None


class Numbered(Span, Source):
    """A passage that may be cited, with its article and the number it is cited by."""

    number: int


class Citation(Record):
    """Words of an article that bear a sentence: ``text == body[char_start:char_end]``."""

    source: int
    passage_id: str
    article_id: str
    version: int
    title: str
    publisher: Publisher
    url: str | None
    published_at: datetime | None
    text: str
    char_start: int
    char_end: int
    hash: str


class Sentence(Record):
    """A sentence of an answer, with what bears it; ``doubt`` says why it is not supported."""

    text: str
    parts: tuple[int, ...]
    score: float | None
    supported: bool
    doubt: str | None
    citations: tuple[Citation, ...]


class Removed(Record):
    """A citation that was taken out of a sentence as it does not hold."""

    sentence: int
    source: int
    quote: str
    reason: str


class Reply(Record):
    """An answer in sentences; ``answer`` is all of them in one text, with the numbers of their sources."""

    query: str
    as_of: datetime
    mode: str
    answer: str
    no_answer: bool
    parts: tuple[Part, ...]
    sentences: tuple[Sentence, ...]
    sources: tuple[Numbered, ...]
    removed: tuple[Removed, ...]
    took_ms: float
    index: Freshness
    warnings: tuple[str, ...]


class Ready(Record):
    """Model loaded, index open."""

    status: str
    model: str
    index: Freshness


class FieldError(Record):
    """One thing that is wrong with a request."""

    field: str
    message: str


class Problem(Record):
    """An error, as RFC 9457 has it; empty where something else than the service answered."""

    status: int = 0
    title: str = ""
    detail: str = ""
    request_id: str = ""
    errors: tuple[FieldError, ...] = ()
