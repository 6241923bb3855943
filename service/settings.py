"""How to run the service: read once, at the edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from indexer import BadInput, Load
from service.answering import Endpoint
from service.keys import keys_in
from service.saved import SavedFilter, from_json, to_json

DEFAULT_INDEX = "dateline-data"
MAX_WAITING = 20_000
GRACE = 20.0
LANGUAGE_MODEL = ("DATELINE_LLM_URL", "DATELINE_LLM_MODEL", "DATELINE_LLM_KEY")
LONG_ARTICLE = 2**14
"""Bytes of an article as it is handed in; most are shorter."""


@dataclass(frozen=True, slots=True)
class Writes:
    """Who may write over HTTP, and how many articles may wait to be indexed."""

    keys: tuple[str, ...] = field(repr=False)
    max_waiting: int = MAX_WAITING

    @property
    def most(self) -> Load:
        """How much may wait, in bytes as well."""
        return Load(self.max_waiting, self.max_waiting * LONG_ARTICLE)


@dataclass(frozen=True, slots=True)
class Settings:
    """Which index to serve, and with which models: None is the one the index was made with, and no reranker.

    Without ``writes`` nobody may write over HTTP. Once told to stop, the service has ``grace`` seconds. Web pages of
    ``allowed_origins`` may speak MCP with it. Without an ``endpoint`` no answers are written.
    """

    index: Path = Path(DEFAULT_INDEX)
    model: str | None = None
    reranker: str | None = None
    stores: tuple[SavedFilter, ...] = ()
    writes: Writes | None = None
    grace: float = GRACE
    allowed_origins: tuple[str, ...] = ()
    endpoint: Endpoint | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read DATELINE_INDEX, DATELINE_MODEL and the others that ``to_env`` names."""
        return cls(
            Path(environ.get("DATELINE_INDEX", DEFAULT_INDEX)),
            environ.get("DATELINE_MODEL") or None,
            environ.get("DATELINE_RERANKER") or None,
            from_json(environ.get("DATELINE_STORES") or "{}"),
            writes_of(environ),
            float(environ.get("DATELINE_GRACE") or GRACE),
            tuple(environ.get("DATELINE_ALLOWED_ORIGINS", "").split()),
            endpoint_of(*(environ.get(name) for name in LANGUAGE_MODEL)),
        )

    def to_env(self) -> dict[str, str]:
        """Return what ``from_env`` reads, for worker processes."""
        return {
            "DATELINE_INDEX": str(self.index),
            "DATELINE_MODEL": self.model or "",
            "DATELINE_RERANKER": self.reranker or "",
            "DATELINE_STORES": to_json(self.stores),
            "DATELINE_WRITE_KEY": " ".join(self.writes.keys) if self.writes else "",
            "DATELINE_MAX_WAITING": str(self.writes.max_waiting) if self.writes else "",
            "DATELINE_GRACE": str(self.grace),
            "DATELINE_ALLOWED_ORIGINS": " ".join(self.allowed_origins),
            **dict(zip(LANGUAGE_MODEL, parts_of(self.endpoint), strict=True)),
        }


def writes_of(environ: Mapping[str, str]) -> Writes | None:
    """Read DATELINE_WRITE_KEY and DATELINE_MAX_WAITING; None where there is no key."""
    keys = keys_in(environ.get("DATELINE_WRITE_KEY", ""), "DATELINE_WRITE_KEY")
    return Writes(keys, int(environ.get("DATELINE_MAX_WAITING") or MAX_WAITING)) if keys else None


def endpoint_of(url: str | None, model: str | None, key: str | None) -> Endpoint | None:
    """Return where the language model is; None without a ``url``. Raises BadInput."""
    if not url:
        return None
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"DATELINE_LLM_URL: {url!r} is not an address such as http://127.0.0.1:11434/v1")
    if not model:
        raise BadInput("DATELINE_LLM_MODEL: name the model that is to write, as its server knows it.")
    return Endpoint(url, model, key or None)


def parts_of(endpoint: Endpoint | None) -> tuple[str, str, str]:
    """Return what ``endpoint_of`` makes an endpoint of."""
    return (endpoint.url, endpoint.model, endpoint.key or "") if endpoint else ("", "", "")
