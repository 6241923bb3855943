"""Models taken out of torch, and the embedder that runs them. The only file that imports tokenizers."""

from __future__ import annotations

import json
import logging
import timeit
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from indexer.cores import CORES
from indexer.embedding.cache import make_and_keep, read_or_make
from indexer.embedding.weights import Weights
from indexer.types import Model, Vector, Vectors

if TYPE_CHECKING:
    from indexer.embedding.openvino import Network

logger = logging.getLogger(__name__)

Tokens = NDArray[np.int64]
Features = dict[str, Tokens]
"""What a network takes, by the names it gives to it."""
Run = Callable[[Features], Vectors]
"""A network made ready: takes a batch, and gives a vector for each text in it."""
Opener = Callable[["Compiled", Sequence[str]], Run]

PROBES = (
    "Parliament",
    "Zürich, 3 March — “Naïve” CAFÉ owners re-open; 東京の株価は上昇 🎉 at 9.30 a.m.",
    "The minister said on Tuesday that the talks had failed. " * 60,  # past the limit of most models
)
"""Short, strange and too long: where a compiled model that differs from the original would differ."""
SHORT = PROBES[:2]
"""Those that take next to no time; enough for what was checked with all of them when it was made."""

_INPUTS = {  # what the tokenizer knows of a text, under the names models give it
    "input_ids": "ids",
    "attention_mask": "attention_mask",
    "token_type_ids": "type_ids",
}
_NO_LIMIT = 1_000_000  # tokens; tokenizers without a limit name one that overflows
_ROWS_PER_BATCH = 16
_TOKENS_PER_BATCH = 2048
_SAME = 0.995  # cosine; bfloat16 costs less than this, wrong padding or a wrong prompt more
_ALIKE = 0.98  # cosine of what is rounded to whole numbers, which costs .01 or less


@dataclass(frozen=True, slots=True)
class Recipe:
    """What must be known beside the networks and the tokenizer to answer as the original model does."""

    inputs: tuple[str, ...]
    max_tokens: int
    pad_id: int
    passage_prompt: str
    query_prompt: str
    passage_probes: list[list[float]]
    query_probes: list[list[float]]
    rounds_questions: bool
    """Whether questions are embedded by the rounded network: where it was faster when the model was compiled."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return len(self.query_probes[0])


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model in a form that needs neither torch nor the folder it came from."""

    recipe: Recipe
    tokenizer: Tokenizer
    network: Network | Path
    """For OpenVINO, in the precision this processor is best at."""
    rounded: bytes | Path | None
    """For ONNX Runtime, with matrices in whole numbers of one byte; None where that loses too much."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` wrote; the networks stay on disk until they are opened."""
        recipe = json.loads((folder / "recipe.json").read_text("utf-8"))
        rounded = folder / "rounded.onnx"
        return cls(
            Recipe(**recipe | {"inputs": tuple(recipe["inputs"])}),
            Tokenizer.from_file(str(folder / "tokenizer.json")),
            folder / "model.xml",
            rounded if rounded.exists() else None,
        )

    def write(self, folder: Path) -> None:
        """Write a model that was just made into an empty folder."""
        from indexer.embedding.openvino import save

        save(self.network, folder / "model.xml")
        if isinstance(self.rounded, bytes):
            (folder / "rounded.onnx").write_bytes(self.rounded)
        self.tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "recipe.json").write_text(json.dumps(asdict(self.recipe)), "utf-8")

    def embed(self, run: Run, prompt: str, texts: Sequence[str]) -> Vectors:
        """Embed texts, each after ``prompt``, in their order."""
        # One by one: the tokenizer's own threads gain nothing beside the network, and trouble processes that fork.
        encodings = [self.tokenizer.encode(prompt + text) for text in texts]
        vectors = np.empty((len(texts), self.recipe.dimension), np.float32)
        for rows in batches([len(encoding) for encoding in encodings]):
            vectors[rows] = run(self._features([encodings[row] for row in rows]))
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return vectors

    def passage(self, text: str) -> Features:
        """Return what a network takes for one passage."""
        return self._features([self.tokenizer.encode(self.recipe.passage_prompt + text)])

    def _features(self, encodings: Sequence[Encoding]) -> Features:
        """Arrange a batch as the networks want it."""
        padding = {"input_ids": self.recipe.pad_id}
        return {
            name: pad([getattr(encoding, _INPUTS[name]) for encoding in encodings], padding.get(name, 0))
            for name in self.recipe.inputs
        }


def compile_model(weights: Weights) -> Compiled:
    """Translate a model with its tokenizer, and check it against the original. Needs torch, so takes seconds."""
    from indexer.embedding import onnxruntime, openvino
    from indexer.embedding.sentence import SentenceEmbedder, Traceable, quiet

    original = SentenceEmbedder(weights, device="cpu")
    encoder = original.encoder.float()
    tokenizer = encoder.tokenizer
    with quiet():
        traceable = Traceable(encoder, dict(tokenizer(list(SHORT), padding=True, return_tensors="pt")))
        network = openvino.translate(traceable)
    recipe = Recipe(
        inputs=traceable.inputs,
        max_tokens=min(encoder.max_seq_length or _NO_LIMIT, _NO_LIMIT),
        pad_id=tokenizer.pad_token_id or 0,
        passage_prompt=original.passage_prompt,
        query_prompt=original.query_prompt,
        passage_probes=original.embed_passages(PROBES).tolist(),
        query_probes=[original.embed_query(text).tolist() for text in PROBES],
        rounds_questions=False,
    )
    backend = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_padding()
    backend.enable_truncation(recipe.max_tokens)
    compiled = Compiled(recipe, backend, network, None)
    open_passages(compiled, PROBES)
    full = open_questions(compiled, PROBES)
    try:
        with quiet():
            compiled = replace(compiled, rounded=onnxruntime.translate(traceable))
        rounded = open_rounded(compiled, PROBES)
    except Exception as error:  # whatever is unusual about it, OpenVINO runs it
        logger.info("%s embeds questions in full precision: %s", weights.name, error)
        return replace(compiled, rounded=None)
    is_faster = pace(compiled, rounded, SHORT, 20) < pace(compiled, full, SHORT, 20)
    return replace(compiled, recipe=replace(recipe, rounds_questions=is_faster))


def open_passages(compiled: Compiled, probes: Sequence[str] = SHORT) -> Run:
    """Make ready what embeds passages; raise where ``probes`` come out otherwise than from the original."""
    from indexer.embedding import openvino

    run = openvino.open_network(compiled.network)
    recipe = compiled.recipe
    check(compiled.embed(run, recipe.passage_prompt, probes), recipe.passage_probes, _SAME)
    return run


def open_questions(compiled: Compiled, probes: Sequence[str] = SHORT) -> Run:
    """Make ready what embeds questions, as ``open_passages`` does."""
    if compiled.recipe.rounds_questions:
        return open_rounded(compiled, probes)
    from indexer.embedding import openvino

    # Not the one that embeds passages: there a question would wait for a batch.
    run = openvino.open_network(compiled.network, at_once=CORES)
    recipe = compiled.recipe
    check(compiled.embed(run, recipe.query_prompt, probes), recipe.query_probes, _SAME)
    return run


def open_rounded(compiled: Compiled, probes: Sequence[str] = SHORT, cores: int = 1) -> Run:
    """Make ready the rounded network, as ``open_passages`` does the other; raises ValueError where there is none."""
    from indexer.embedding import onnxruntime

    if compiled.rounded is None:
        raise ValueError("it loses too much when it is rounded")
    run = onnxruntime.open_network(compiled.rounded, cores)
    recipe = compiled.recipe
    check(compiled.embed(run, recipe.query_prompt, probes), recipe.query_probes, _ALIKE)
    return run


def pace(compiled: Compiled, run: Run, texts: Sequence[str], trials: int) -> float:
    """Return the seconds that embedding takes, the best of several times."""
    return min(timeit.repeat(lambda: compiled.embed(run, "", texts), number=1, repeat=trials))


def check(vectors: Vectors, expected: list[list[float]], lowest: float) -> None:
    """Raise ValueError unless the cosines of ``vectors`` and the first of ``expected`` are at least ``lowest``."""
    cosine = np.sum(vectors * expected[: len(vectors)], axis=1).min()
    if not cosine >= lowest:  # "not": a cosine may be NaN
        raise ValueError(f"the compiled model differs from the original (cosine {cosine:.4f})")


class CompiledEmbedder:
    """An embedder that runs a compiled model: passages in batches on all cores, a question on one.

    Either is made ready when it is first used, as many processes use only one. Threads may share an embedder.
    """

    def __init__(self, weights: Weights, cache: Path) -> None:
        """Read what is kept in ``cache``, or compile it and keep it; raise where the result would differ."""
        self._weights = weights
        self._folder = cache / weights.fingerprint
        self.compiled = read_or_make(self._folder, Compiled.read, self._compile, Compiled.write)
        self.model = Model(weights.name, weights.sha256, self.compiled.recipe.dimension)
        self._opening = Lock()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as passages, in their order."""
        return self.compiled.embed(self._passages, self.compiled.recipe.passage_prompt, texts)

    def embed_query(self, text: str) -> Vector:
        """Embed a text as a question about passages, in milliseconds also while passages are being embedded."""
        vector: Vector = self.compiled.embed(self._questions, self.compiled.recipe.query_prompt, [text])[0]
        return vector

    @cached_property
    def _passages(self) -> Run:
        return self._open(open_passages)

    @cached_property
    def _questions(self) -> Run:
        return self._open(open_questions)

    def _open(self, opener: Callable[[Compiled], Run]) -> Run:
        with self._opening:
            try:
                return opener(self.compiled)
            except Exception as error:  # whatever is wrong with a cache, making it again mends it
                logger.warning("%s is damaged and is made again: %s", self._folder, error)
            self.compiled = make_and_keep(self._folder, self._compile, Compiled.write)
            return opener(self.compiled)

    def _compile(self) -> Compiled:
        return compile_model(self._weights)


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
