"""The nouns of Dateline, each a frozen record that crosses module borders."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from indexer.unseen import shown

Vector = NDArray[np.float32]
"""One embedding, shape ``(dimension,)``, of unit length."""

Vectors = NDArray[np.float32]
"""Many embeddings, shape ``(rows, dimension)``, each of unit length."""

Keys = NDArray[np.int64]
"""Passage keys, shape ``(rows,)``. A store gives every passage a key and never uses one twice."""

Scores = NDArray[np.float32]
"""One score a row, higher is better, shape ``(rows,)``."""

Status = Literal["usable", "corrected", "withdrawn"]

Confidence = Literal["high", "low"]


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as it stands at one time.

    Times carry a time zone; the store keeps them in UTC to the second. ``body`` is what passages and citations
    point into, so nothing may change it after cleaning. ``paywalled`` says that readers have to pay, so that ``body``
    may be only a part; ``date_source`` is where ``published_at`` was read ("json-ld", "meta", "feed", "url", ...).
    """

    id: str
    title: str
    body: str
    summary: str | None = None
    url: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    status: Status = "usable"
    correction: str | None = None
    embargo_until: datetime | None = None
    expires_at: datetime | None = None
    paywalled: bool = False
    date_source: str | None = None
    date_confidence: Literal["high", "low"] | None = None

    @property
    def domain(self) -> str | None:
        """Host of ``url`` in lower case, without a leading ``www.``."""
        return None if self.url is None else _domain(self.url)


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of an article: ``text == article.body[start:end]``, offsets in code points."""

    article_id: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        """Sixteen hex digits made of the article, the place and the text: an id never comes to mean another text."""
        content = f"{self.article_id}\0{self.start}\0{shown(self.text)}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input that could not be read as an article: where it stands and what is wrong with it."""

    origin: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        """``file:line: reason``, as compilers and editors write it."""
        return f"{_place(self.origin, self.line)}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as it was read, and where it stood; ``whole`` is it with the lines that were left out, if any were."""

    article: Article
    origin: str
    line: int | None = None
    whole: Article | None = None

    @property
    def place(self) -> str:
        """``file:line``."""
        return _place(self.origin, self.line)


@dataclass(frozen=True, slots=True)
class Condition:
    """An article must have (``wanted``) or must not have one of ``values`` in ``field``; without values, none has."""

    field: Literal["article", "publisher", "author", "category", "language"]
    values: tuple[str, ...]
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles may answer. Empty fields admit every article; texts are compared without regard to case.

    ``publishers`` are names or domains; ``languages`` admit their regions (``en`` admits ``en-GB``). Both ends of the
    published range are included, and an article without a date is in no range. ``conditions`` must hold as well.

    Of the versions of an article that one is admitted which was true at ``as_of``; with ``known_at``, the one that the
    index had then.
    """

    as_of: datetime
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


@dataclass(frozen=True, slots=True)
class Matches:
    """What a view found: passage keys with their scores, best first."""

    keys: Keys
    scores: Scores


@dataclass(frozen=True, slots=True)
class Model:
    """The embedding model an index was made with."""

    name: str
    sha256: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Chunking:
    """How articles are cut into passages: up to ``words`` words, the last ``overlap`` sentences said again in the next.

    ``rules`` is the version of the rules themselves.
    """

    words: int = 160
    overlap: int = 1
    rules: int = 1


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the index is: what a reader needs to judge an answer by."""

    sequence_number: int
    indexed_at: datetime | None
    newest_article_at: datetime | None
    articles: int
    passages: int


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of the indexer did, in articles."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    embedded: int = 0
    rejected: tuple[Rejected, ...] = ()

    def __add__(self, other: Report) -> Report:
        """Return what both did together."""
        return Report(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def _place(origin: str, line: int | None) -> str:
    return origin if line is None else f"{origin}:{line}"


@lru_cache(10_000)
def _domain(url: str) -> str | None:
    host = urlsplit(url).hostname
    return host.removeprefix("www.") if host else None
