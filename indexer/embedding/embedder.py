"""The embedder that runs compiled models."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Lock

from indexer.embedding.cache import make_and_keep, read_or_make
from indexer.embedding.compiled import Compiled, Embed, open_passages, open_questions
from indexer.embedding.compiling import compile_model
from indexer.embedding.weights import Weights
from indexer.errors import ModelUnavailable
from indexer.types import Model, Vector, Vectors

logger = logging.getLogger(__name__)

FORMAT = 2
"""Rises with every change to what is kept, and is part of the folder's name."""


class CompiledEmbedder:
    """An embedder that runs a compiled model: passages in batches on all cores, questions beside each other.

    Either is made ready when it is first used, as many processes use only one. Threads may share an embedder.
    """

    def __init__(self, weights: Weights, cache: Path) -> None:
        """Read what is kept in ``cache``, or compile it and keep it; raise where the result would differ."""
        self._weights = weights
        self.folder = cache / f"{weights.fingerprint}-{FORMAT}"
        self.compiled = read_or_make(self.folder, Compiled.read, self._compile, Compiled.write)
        self.model = Model(weights.name, weights.sha256, self.compiled.recipe.dimension)
        self._mending = Lock()
        self._passages = Once(partial(self.open, open_passages))
        self._questions = Once(partial(self.open, open_questions))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as passages, in their order."""
        return self._passages.get()(texts)

    def embed_query(self, text: str) -> Vector:
        """Embed a text as a question about passages, in milliseconds also while passages are being embedded."""
        vector: Vector = self._questions.get()([text])[0]
        return vector

    def open(self, opener: Callable[[Compiled], Embed]) -> Embed:
        """Make a network ready, compiling the model again where it is damaged; raises ModelUnavailable."""
        with self._mending:
            try:
                return opener(self.compiled)
            except Exception as error:  # whatever is wrong with a cache, making it again mends it
                logger.warning("%s is damaged and is made again: %s", self.folder, error)
            try:
                self.compiled = make_and_keep(self.folder, self._compile, Compiled.write)
                return opener(self.compiled)
            except Exception as error:
                raise ModelUnavailable(f"{self.model.name}: the compiled model cannot be run here: {error}") from error

    def _compile(self) -> Compiled:
        return compile_model(self._weights)


class Once:
    """What is made ready when it is first asked for, by one thread; so is the news that it cannot be."""

    def __init__(self, make: Callable[[], Embed]) -> None:
        self._make = make
        self._made: Embed | None = None
        self._failure: ModelUnavailable | None = None
        self._making = Lock()

    def get(self) -> Embed:
        """Return it; raises ModelUnavailable."""
        if self._made is None:
            with self._making:
                if self._failure:
                    raise self._failure
                try:
                    self._made = self._made or self._make()
                except ModelUnavailable as failure:
                    self._failure = failure
                    raise
        return self._made
