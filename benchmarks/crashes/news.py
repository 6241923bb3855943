"""Articles made on the spot, what an index of them must hold, and an embedder that takes no time."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zlib import crc32

import numpy as np

from indexer.language import with_language
from indexer.types import Article, Chunking, Model, Vector, Vectors

CHUNKING = Chunking(words=24, overlap=1)

COMMON = "gazette"
"""A word of every passage, by which the word view finds them all."""

WORDS = (
    "harbour bridge council storm minister budget strike vote river market school hospital engine rocket glacier",
    "tariff verdict ballot drought wildfire satellite vaccine railway museum champion referendum embassy orchestra",
)


class HashEmbedder:
    """Counts words, each on an axis of its hash: texts with the same words are close. ``embedded`` counts texts."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.embedded = 0

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one embedding a text."""
        self.embedded += len(texts)
        rows = np.zeros((len(texts), self.model.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[crc32(word.encode()) % self.model.dimension] += 1
        unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return unit

    def embed_query(self, text: str) -> Vector:
        """Return the embedding of a question."""
        vector: Vector = self.embed_passages([text])[0]
        return vector


OLD, NEW = Model("hash-64", "0" * 64, 64), Model("hash-48", "1" * 64, 48)
EMBEDDERS = {model.sha256: HashEmbedder(model) for model in (OLD, NEW)}


@dataclass(frozen=True, slots=True)
class State:
    """What an index must hold: the editions of every article by its number, the first one first, and whose vectors."""

    editions: Mapping[int, tuple[int, ...]]
    model: Model = OLD

    def shown(self, day: int) -> Iterator[tuple[int, int]]:
        """Yield the number of every article with the place, from 0, of the edition readers see on ``day``."""
        for number, editions in self.editions.items():
            yield number, max(place for place, edition in enumerate(editions) if place == 0 or edition <= day)


def day(edition: int) -> datetime:
    """Return when an edition appeared."""
    return datetime(2025, 3, edition, tzinfo=UTC)


@cache
def article(number: int, edition: int = 1) -> Article:
    """Return an article as it is stored; of its sentences, every second one changes with the edition."""
    told = (sentence(number, place, edition if place % 2 else 1) for place in range(3 + number % 4))
    return with_language(
        Article(
            id=f"a{number}",
            title=f"Report number {number}",
            body=" ".join(told),
            publisher="Gazette",
            published_at=day(1),
            updated_at=day(edition) if edition > 1 else None,
        )
    )


def sentence(number: int, place: int, edition: int) -> str:
    """Return a sentence of its own."""
    chosen = random.Random(f"{number} {place} {edition}").choices(" ".join(WORDS).split(), k=7)
    return f"The {COMMON} says in line {number}x{place}x{edition} that the {' '.join(chosen)} matters."


def marks(told: Article) -> list[str]:
    """Return the words that stand in one sentence each, in this edition of this article only."""
    return re.findall(r"\d+x\d+x\d+", told.body)


def warm_up() -> None:
    """Load what would otherwise be loaded in every process anew."""
    article(0)
    np.isin([0], [0])


def ids(numbers: Iterable[int]) -> list[str]:
    """Return the ids of articles."""
    return [f"a{number}" for number in numbers]
