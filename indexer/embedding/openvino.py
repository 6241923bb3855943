"""OpenVINO: runs a model compiled for this processor. The only file that imports openvino and tokenizers."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from indexer.cores import CORES
from indexer.embedding.cache import read_or_make
from indexer.embedding.weights import Weights
from indexer.types import Model, Vector, Vectors

# Importing openvino reports to its makers unless this package is missing, which openvino allows for.
sys.modules.setdefault("openvino_telemetry", cast(ModuleType, None))
import openvino  # noqa: E402

log = logging.getLogger(__name__)

Tokens = NDArray[np.int64]
Features = dict[str, Tokens]
"""What a network takes, by the names it gives to it."""

PROBES = (
    "Parliament",
    "Zürich, 3 March — “Naïve” CAFÉ owners re-open; 東京の株価は上昇 🎉 at 9.30 a.m.",
    "The minister said on Tuesday that the talks had failed. " * 60,  # past the limit of most models
)
"""Short, strange and too long: where a compiled model that differs from the original would differ."""

_INPUTS = {  # what the tokenizer knows of a text, under the names models give it
    "input_ids": "ids",
    "attention_mask": "attention_mask",
    "token_type_ids": "type_ids",
}
_NO_LIMIT = 1_000_000  # tokens; tokenizers without a limit name one that overflows
_ROWS_PER_BATCH = 16
_TOKENS_PER_BATCH = 2048
STREAMS = min(CORES, max(2, CORES // 4))
"""Questions embedded at once where several come together."""
_SAME = 0.995  # cosine; bfloat16 costs less than this, wrong padding or a wrong prompt more


@dataclass(frozen=True, slots=True)
class Recipe:
    """What must be known beside the network and the tokenizer to answer as the original model does."""

    inputs: tuple[str, ...]
    max_tokens: int
    pad_id: int
    passage_prompt: str
    query_prompt: str
    passage_probes: list[list[float]]
    query_probes: list[list[float]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model in a form that needs neither torch nor the folder it came from."""

    network: openvino.Model
    tokenizer: Tokenizer
    recipe: Recipe

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` wrote."""
        recipe = json.loads((folder / "recipe.json").read_text("utf-8"))
        return cls(
            openvino.Core().read_model(folder / "model.xml"),
            Tokenizer.from_file(str(folder / "tokenizer.json")),
            Recipe(**recipe | {"inputs": tuple(recipe["inputs"])}),
        )

    def write(self, folder: Path) -> None:
        """Write the model into an empty folder."""
        self.write_network(folder / "model.xml")
        self.tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "recipe.json").write_text(json.dumps(asdict(self.recipe)), "utf-8")

    def write_network(self, path: Path) -> None:
        """Write the network alone, its numbers beside ``path``."""
        openvino.save_model(self.network, path, compress_to_fp16=False)


def open_embedder(weights: Weights, cache: Path) -> OpenVinoEmbedder:
    """Open a model compiled earlier, or compile it and keep it in ``cache``; raise where the result would differ."""
    return read_or_make(
        cache / weights.fingerprint,
        read=lambda folder: OpenVinoEmbedder(weights, Compiled.read(folder)).checked(PROBES[:2]),
        make=lambda: OpenVinoEmbedder(weights, compile_model(weights)).checked(PROBES),
        write=lambda embedder, folder: embedder.compiled.write(folder),
    )


def compile_model(weights: Weights) -> Compiled:
    """Translate a model with its tokenizer, and note what the original makes of the probes. Needs torch: seconds."""
    from indexer.embedding.sentence import SentenceEmbedder, Traceable, quiet

    original = SentenceEmbedder(weights, device="cpu")
    encoder = original.encoder.float()
    tokenizer = encoder.tokenizer
    with quiet():
        example = dict(tokenizer(list(PROBES[:2]), padding=True, return_tensors="pt"))
        network = openvino.convert_model(Traceable(encoder, list(example)), example_input=tuple(example.values()))
    for tensor, name in zip(network.inputs, example, strict=True):
        tensor.get_tensor().set_names({name})
    recipe = Recipe(
        inputs=tuple(example),
        max_tokens=min(encoder.max_seq_length or _NO_LIMIT, _NO_LIMIT),
        pad_id=tokenizer.pad_token_id or 0,
        passage_prompt=original.passage_prompt,
        query_prompt=original.query_prompt,
        passage_probes=original.embed_passages(PROBES).tolist(),
        query_probes=[original.embed_query(text).tolist() for text in PROBES],
    )
    return Compiled(network, Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), recipe)


class OpenVinoEmbedder:
    """An embedder that runs a compiled model. Each call makes a request of its own, so threads may share it."""

    def __init__(self, weights: Weights, compiled: Compiled) -> None:
        self.compiled = compiled
        self._weights = weights
        self._tokenizer = compiled.tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(compiled.recipe.max_tokens)
        self.model = Model(weights.name, weights.sha256, len(compiled.recipe.query_probes[0]))
        self._lock = Lock()
        self._under_way = 0

    def checked(self, probes: Sequence[str]) -> Self:
        """Return this embedder; raise unless ``probes``, the first of ``PROBES``, come out as from the original."""
        recipe = self.compiled.recipe
        for prompt, expected in (
            (recipe.passage_prompt, recipe.passage_probes),
            (recipe.query_prompt, recipe.query_probes),
        ):
            vectors = self._embed(self._quick, prompt, probes)
            lowest = np.sum(vectors * expected[: len(probes)], axis=1).min()
            if not lowest >= _SAME:  # "not": a cosine may be NaN
                raise ValueError(f"the compiled model differs from the original (cosine {lowest:.4f})")
        return self

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as passages, in their order."""
        return self._embed(self._bulk, self.compiled.recipe.passage_prompt, texts)

    def embed_query(self, text: str) -> Vector:
        """Embed a text as a question about passages, in milliseconds also while passages are being embedded.

        A question has all cores; those that are asked while it is being embedded share them out. All on all cores
        would take longer, as much of that is waiting for each other.
        """
        with self._lock:
            chosen = self._quick if self._under_way == 0 or STREAMS == 1 else self._abreast
            self._under_way += 1
        try:
            vector: Vector = self._embed(chosen, self.compiled.recipe.query_prompt, [text])[0]
        finally:
            with self._lock:
                self._under_way -= 1
        return vector

    def features(self, text: str) -> Features:
        """Return what the network takes for a passage."""
        return self._features([self._tokenizer.encode(self.compiled.recipe.passage_prompt + text)])

    def read_network(self, path: Path) -> OpenVinoEmbedder:
        """Return an embedder that does the same with another network."""
        return OpenVinoEmbedder(self._weights, replace(self.compiled, network=openvino.Core().read_model(path)))

    @cached_property
    def _quick(self) -> openvino.CompiledModel:
        return executable(self.compiled.network)

    @cached_property
    def _bulk(self) -> openvino.CompiledModel:
        """A second executable, because requests to the same one stand in line: a query behind a batch of passages."""
        return executable(self.compiled.network)

    @property
    def _abreast(self) -> openvino.CompiledModel:
        """A third one, for several requests at once; the first one until it is made."""
        return self._making.result() if self._making.done() else self._quick

    @cached_property
    def _making(self) -> Future[openvino.CompiledModel]:
        """Begun when two questions first come together, as not everybody needs it."""
        maker = ThreadPoolExecutor(1, thread_name_prefix="compiling")
        return maker.submit(self._several)

    def _several(self) -> openvino.CompiledModel:
        try:
            return executable(self.compiled.network, STREAMS)
        except RuntimeError:  # such as no memory left
            log.exception("Questions that come together are embedded one after the other.")
            return self._quick

    def _embed(self, chosen: openvino.CompiledModel, prompt: str, texts: Sequence[str]) -> Vectors:
        # One by one: the tokenizer's own threads gain nothing beside the network, and trouble processes that fork.
        encodings = [self._tokenizer.encode(prompt + text) for text in texts]
        vectors = np.empty((len(texts), self.model.dimension), np.float32)
        request = chosen.create_infer_request()
        for rows in batches([len(encoding) for encoding in encodings]):
            request.infer(self._features([encodings[row] for row in rows]))
            vectors[rows] = request.get_output_tensor().data
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return vectors

    def _features(self, encodings: Sequence[Encoding]) -> Features:
        """Arrange a batch as the network wants it."""
        padding = {"input_ids": self.compiled.recipe.pad_id}
        return {
            name: pad([getattr(encoding, _INPUTS[name]) for encoding in encodings], padding.get(name, 0))
            for name in self.compiled.recipe.inputs
        }


def executable(network: openvino.Model, streams: int = 1) -> openvino.CompiledModel:
    """Make a network ready for ``streams`` requests at a time, in the precision this processor is best at."""
    # Threads bound to cores would be bound to the same ones in every process, and get in each other's way.
    settings = {"NUM_STREAMS": streams, "ENABLE_CPU_PINNING": False}
    return openvino.Core().compile_model(network, "CPU", settings)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield row numbers in batches of similar lengths, longest first, so that little of a batch is padding."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        longest = max(1, lengths[order[start]])
        size = max(1, min(_ROWS_PER_BATCH, _TOKENS_PER_BATCH // longest))
        yield order[start : start + size]
        start += size


def pad(rows: Sequence[Sequence[int]], value: int) -> Tokens:
    """Stack rows into one array, filling up the shorter ones at their ends."""
    stacked = np.full((len(rows), max(map(len, rows))), value, np.int64)
    for line, row in zip(stacked, rows, strict=True):
        line[: len(row)] = row
    return stacked
