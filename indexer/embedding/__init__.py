"""Texts to vectors: the ``Embedder`` seam, and ``load_embedder``, which finds a model and the fastest way to run it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from indexer.embedding.cache import default_cache
from indexer.embedding.weights import DEFAULT_MODEL, Weights, find_weights
from indexer.errors import ModelUnavailable
from indexer.types import Model, Vector, Vectors

__all__ = ["DEFAULT_MODEL", "Backend", "Embedder", "default_cache", "embeddable", "load_embedder"]

logger = logging.getLogger(__name__)

Backend = Literal["auto", "openvino", "sentence-transformers"]

HEADLINE = 300
"""Characters of a headline that are embedded with each passage; more would leave the passage no room."""


class Embedder(Protocol):
    """Turns texts into vectors of unit length whose dot product is their similarity. Threads may share one."""

    @property
    def model(self) -> Model:
        """Which model this is."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as passages, in their order."""

    def embed_query(self, text: str) -> Vector:
        """Embed a text as a question about passages."""


def embeddable(title: str, text: str) -> str:
    """Return what is embedded for a passage: its headline with it, as a passage alone often does not say of whom."""
    return f"{title[:HEADLINE]}\n{text}"


def load_embedder(
    name: str = DEFAULT_MODEL, *, cache: Path | None = None, backend: Backend = "auto", int8: bool = False
) -> Embedder:
    """Load a model by name, folder or Hugging Face id.

    OpenVINO runs it where it can, and ONNX Runtime for questions: several times faster on a CPU, and without importing
    torch once the compiled model is in ``cache``. ``backend="sentence-transformers"`` uses a GPU where there is one.
    ``int8`` embeds passages in whole numbers, too.
    """
    weights = find_weights(name)
    if int8:
        return open_int8(weights, cache or default_cache())
    if backend != "sentence-transformers":
        try:
            from indexer.embedding.embedder import CompiledEmbedder

            return CompiledEmbedder(weights, cache or default_cache())
        except ModelUnavailable:
            raise
        except Exception as error:
            if backend == "openvino":
                raise ModelUnavailable(f"{name}: OpenVINO cannot run it: {error}") from error
            logger.warning("%s runs on sentence-transformers, as OpenVINO cannot run it: %s", name, error)
    from indexer.embedding.sentence import SentenceEmbedder

    return SentenceEmbedder(weights)


def open_int8(weights: Weights, cache: Path) -> Embedder:
    """Open an embedder of passages in int8. Raises ModelUnavailable."""
    from indexer.embedding.embedder import CompiledEmbedder
    from indexer.embedding.int8 import Int8Embedder

    try:
        full = CompiledEmbedder(weights, cache)
    except Exception as error:
        raise ModelUnavailable(f"{weights.name}: OpenVINO cannot run it, which --int8 needs: {error}") from error
    return Int8Embedder(full, full.folder.with_name(f"{full.folder.name}-int8"))
