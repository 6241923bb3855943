"""What an answer is made of, in the order in which it comes into being."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from indexer import Freshness, StoredPassage
from service.answering.parts import Question
from service.timewords import TimeWords
from service.types import Span

NOT_HERE = "This is not in these articles."


@dataclass(frozen=True, slots=True)
class Part:
    """A question of those that were asked, and whether anything answers it."""

    question: Question
    confidence: float
    no_answer: bool
    understood: TimeWords | None = None
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A passage under the number it is cited by, from 1."""

    number: int
    found: StoredPassage


@dataclass(frozen=True, slots=True)
class Sources:
    """First of all: what was understood, and the passages that may be cited."""

    parts: tuple[Part, ...]
    sources: tuple[Source, ...]
    freshness: Freshness
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A slice of an article's body that stands there word for word."""

    source: Source
    span: Span

    @property
    def text(self) -> str:
        """The words."""
        return self.source.found.source.article.body[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the answer to ``parts``, questions counted from 0; ``doubt`` says why it has no support."""

    text: str
    parts: tuple[int, ...]
    score: float | None = None
    doubt: str | None = None

    @property
    def supported(self) -> bool:
        """Whether its citations bear it."""
        return self.doubt is None


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of the sentence that was said last."""

    sentence: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Removed:
    """A citation that a sentence had and that does not hold."""

    sentence: int
    number: int
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """Last of all."""

    no_answer: bool
    warnings: tuple[str, ...] = ()


Event = Sources | Said | Cited | Removed | Done
One = TypeVar("One")


@dataclass(slots=True)
class Answered:
    """All that was told, once the last of it has come."""

    opening: Sources
    said: list[Said] = field(default_factory=list)
    cited: list[Cited] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    no_answer: bool = False
    warnings: tuple[str, ...] = ()


def collect(events: Iterable[Event]) -> Answered:
    """Return what ``events``, which begin with ``Sources`` and end with ``Done``, tell."""
    stream: Iterator[Event] = iter(events)
    opening = next(stream)
    assert isinstance(opening, Sources)
    answered = Answered(opening)
    for event in stream:
        match event:
            case Said():
                answered.said.append(event)
            case Cited():
                answered.cited.append(event)
            case Removed():
                answered.removed.append(event)
            case Done():
                answered.no_answer = event.no_answer
                answered.warnings = (*opening.warnings, *event.warnings)
    return answered
