"""How to run the service: read once, at the edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DEFAULT_INDEX = "dateline-data"


@dataclass(frozen=True, slots=True)
class Settings:
    """Which index to serve, and with which models: None is the one the index was made with, and no reranker."""

    index: Path = Path(DEFAULT_INDEX)
    model: str | None = None
    reranker: str | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read DATELINE_INDEX, DATELINE_MODEL and DATELINE_RERANKER."""
        return cls(
            Path(environ.get("DATELINE_INDEX", DEFAULT_INDEX)),
            environ.get("DATELINE_MODEL") or None,
            environ.get("DATELINE_RERANKER") or None,
        )

    def to_env(self) -> dict[str, str]:
        """Return what ``from_env`` reads, for worker processes."""
        return {
            "DATELINE_INDEX": str(self.index),
            "DATELINE_MODEL": self.model or "",
            "DATELINE_RERANKER": self.reranker or "",
        }
