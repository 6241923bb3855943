"""Any number of passages, made after real ones."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from indexer import Article, Filter, open_index, sentences
from indexer.embedded import schema
from indexer.embedded.criteria import seconds
from indexer.embedded.schema import to_record
from indexer.stored import Addition, Changes, StoredArticle
from indexer.types import Vectors

PASSAGES = 10
"""Passages of an article."""
WORDS = 100
"""Words after which no further sentence begins."""
NOISE = 0.75
"""Times the spread of the real embeddings. At 10,000 passages the five nearest are then about as near as real ones."""
STEP = 2_000
"""Articles made at a time."""
SHARES = {"all": 1, "50 %": 2, "10 %": 10, "1 %": 100}
"""Categories, and one in how many articles is in each."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def save_articles(folder: Path, passages: int) -> None:
    """Put into a store what filters ask of so many passages' articles, which have neither texts nor passages there."""
    with closing(sqlite3.connect(folder / "articles.db")) as connection, connection:
        connection.executescript(schema.ARTICLES)
        for number in range(1, -(-passages // PASSAGES) + 1):
            one = stored(number, "A headline of a usual length, as there is one above every article", "")
            at = seconds(one.indexed_at)
            connection.execute(
                "INSERT INTO versions (article_id, number, digest, indexed_at, published_at, added, valid_from, record,"
                " body) VALUES (?, 1, '', ?, ?, ?, ?, ?, '')",
                (one.article.id, at, at, number, at, to_record(one.article)),
            )
            connection.execute(
                "INSERT INTO log (at, article_id, version, articles, passages) VALUES (?, ?, ?, ?, ?)",
                (at, one.article.id, number, number, number * PASSAGES),
            )


class News:
    """What is made after real news: any number of passages, always the same for the same number."""

    def __init__(self, index: Path) -> None:
        found = [one for step in open_index(index).store.changes(0) for one in step.added]
        sources = {one.version_key: one.source.article for one in found}.values()
        self._titles = [article.title for article in sources]
        self._sentences = [
            (article.body[one.start : one.end], one.words)
            for article in sources
            for one in sentences(article.body, article.language)
            if one.words <= WORDS // 2
        ]
        self._vectors = np.stack([one.vector for one in found])
        _, spread, directions = np.linalg.svd(self._vectors - self._vectors.mean(axis=0), full_matrices=False)
        self._noise = (NOISE * spread / np.sqrt(len(found)))[:, None] * directions

    def vectors(self, first: int, count: int) -> Vectors:
        """Make the embeddings of ``count`` passages, as a view keeps them."""
        draw = np.random.default_rng(first)
        made = self._vectors[draw.integers(0, len(self._vectors), count)]
        made = made + draw.standard_normal((count, len(self._noise)), dtype=np.float32) @ self._noise
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        rounded: Vectors = made.astype(np.float16).astype(np.float32)
        return rounded

    def changes(self, passages: int) -> Iterator[Changes]:
        """Yield so many passages, in articles, as a store would."""
        none = np.empty(0, dtype=np.int64)
        for first in range(0, passages, STEP * PASSAGES):
            vectors = self.vectors(first, min(STEP * PASSAGES, passages - first))
            added = [
                one
                for start in range(0, len(vectors), PASSAGES)
                for one in self._article(first + start, vectors[start : start + PASSAGES])
            ]
            yield Changes(added[-1].version_key, none, none, added)

    def _article(self, first: int, vectors: Vectors) -> Iterator[Addition]:
        """Yield the passages of an article; ``first`` is how many there are before it."""
        number = first // PASSAGES + 1
        draw = random.Random(number)
        texts = [self._text(draw) for _ in vectors]
        source = stored(number, draw.choice(self._titles), "\n".join(texts))
        for place, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
            yield Addition(first + place + 1, number, text, vector, source)

    def _text(self, draw: random.Random) -> str:
        chosen, words = [], 0
        while words < WORDS:
            sentence, length = draw.choice(self._sentences)
            chosen.append(sentence)
            words += length
        return " ".join(chosen)


def stored(number: int, title: str, body: str) -> StoredArticle:
    """Return an article as a store would."""
    published = NOW - timedelta(hours=number % 20_000)
    article = Article(
        f"article-{number}",
        title,
        body,
        publisher=f"Publisher {number % 50}",
        categories=tuple(name for name, every in SHARES.items() if number % every == 0),
        language="en",
        published_at=published,
    )
    return StoredArticle(article, 1, "", published, published)


def filters() -> dict[str, Filter]:
    """Return the filters by name."""
    return {name: Filter(NOW, categories=() if every == 1 else (name,)) for name, every in SHARES.items()}
