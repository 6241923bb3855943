"""sentence-transformers: runs every model there is, and hands out those that can be compiled.

The only file that imports torch, transformers and sentence_transformers. That takes seconds, so import it late.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from indexer.embedding.weights import Weights
from indexer.errors import ModelUnavailable
from indexer.types import Model, Vector, Vectors

_chatter: Any = transformers_logging  # it has no types


@contextmanager
def quiet() -> Iterator[None]:
    """Keep progress bars, and advice meant for a model's author, off the operator's terminal."""
    verbosity, bars = _chatter.get_verbosity(), _chatter.is_progress_bar_enabled()
    _chatter.set_verbosity_error()
    _chatter.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        _chatter.set_verbosity(verbosity)
        if bars:
            _chatter.enable_progress_bar()


def load_encoder(weights: Weights, device: str | None = None) -> SentenceTransformer:
    """Load a model from its folder, on the best device there is unless told which."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # else a later fork is answered by a warning
    try:
        with quiet():
            return SentenceTransformer(str(weights.folder), device=device, local_files_only=True).eval()
    except Exception as error:
        raise ModelUnavailable(
            f"{weights.name}: sentence-transformers cannot load {weights.folder}: {error}"
        ) from error


class SentenceEmbedder:
    """An embedder that runs a model as its authors did, on a GPU where torch finds one."""

    def __init__(self, weights: Weights, device: str | None = None) -> None:
        self.encoder = load_encoder(weights, device)
        # The first call also settles the tokenizer's padding, which must not change under later, concurrent ones.
        dimension = self.encoder.encode(["dimension"], show_progress_bar=False).shape[1]
        self.model = Model(weights.name, weights.sha256, dimension)

    @property
    def passage_prompt(self) -> str:
        """What is put before every passage."""
        return self._prompt("document", "passage", "corpus")

    @property
    def query_prompt(self) -> str:
        """What is put before every query."""
        return self._prompt("query")

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as passages, in their order."""
        vectors = self.encoder.encode_document(
            list(texts), batch_size=16, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32).reshape(len(texts), self.model.dimension)

    def embed_query(self, text: str) -> Vector:
        """Embed a text as a question about passages."""
        vectors = self.encoder.encode_query([text], normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors[0], np.float32)

    def _prompt(self, *names: str) -> str:
        """Choose a prompt as ``encode_query`` and ``encode_document`` do."""
        chosen = next((name for name in names if name in self.encoder.prompts), self.encoder.default_prompt_name)
        return self.encoder.prompts[chosen] if chosen else ""


class Traceable(torch.nn.Module):
    """A whole model, from tokens to one vector a text, as a function of tensors alone."""

    def __init__(self, encoder: SentenceTransformer, example: Mapping[str, torch.Tensor]) -> None:
        """``example`` is what the model takes for some texts, by name."""
        super().__init__()
        self._encoder = encoder
        self.inputs = tuple(example)
        self.example = tuple(example.values())

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Embed a padded batch; ``tensors`` stand in the order of ``inputs``."""
        features = self._encoder(dict(zip(self.inputs, tensors, strict=True)))
        embeddings: torch.Tensor = features["sentence_embedding"]
        return embeddings

    def write_onnx(self, path: Path) -> None:
        """Write this model in ONNX."""
        torch.onnx.export(
            self,
            self.example,
            path,
            dynamo=False,  # the other way needs one more library, for the same network
            opset_version=17,  # from which on layer normalisation is one operator
            input_names=list(self.inputs),
            output_names=["embedding"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in self.inputs} | {"embedding": {0: "texts"}},
        )
