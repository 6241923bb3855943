"""What upkeep says of an index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Part = Literal["articles.db", "vector view", "word view", "files"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a part of an index, and what to do about it; ``harmless`` if answers are right anyway."""

    part: Part
    problem: str
    advice: str
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class Examined:
    """What a doctor looked at, and found."""

    articles: int
    passages: int
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether there is nothing that could make an answer wrong."""
        return all(finding.harmless for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes on disk: of the store, its log that is still to be folded in included, and of both views."""

    store: int
    vectors: int
    words: int


@dataclass(frozen=True, slots=True)
class Saved:
    """A copy of an index: the file, and what is in it."""

    file: Path
    sequence_number: int
    articles: int
    passages: int
    bytes: int
    seconds: float
