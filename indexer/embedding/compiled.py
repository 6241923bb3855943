"""Models taken out of torch, and the embedder that runs them. The only file that imports tokenizers."""

from __future__ import annotations

import json
import logging
import timeit
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from indexer.cores import CORES
from indexer.embedding.cache import make_and_keep, read_or_make
from indexer.embedding.weights import Weights
from indexer.errors import ModelUnavailable
from indexer.types import Model, Vector, Vectors

if TYPE_CHECKING:
    from indexer.embedding.openvino import Network
    from indexer.embedding.sentence import Traceable

logger = logging.getLogger(__name__)

Tokens = NDArray[np.int64]
Features = dict[str, Tokens]
"""What a network takes, by the names it gives to it."""
Run = Callable[[Features], Vectors]
"""A network made ready: takes a batch, and gives a vector for each text in it."""
Embed = Callable[[Sequence[str]], Vectors]
"""All that embeds texts, in their order."""

FORMAT = 2
"""Rises with every change to what is kept, and is part of the folder's name."""

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
ALIKE = 0.98  # cosine of what is rounded to whole numbers, which costs .01 or less
_QUESTIONS_AT_ONCE = min(CORES, max(2, CORES // 4))  # by OpenVINO; more of them together, or each of them sooner


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
    has_rounded: bool
    """Whether there is a rounded network, which there is not where that loses too much."""
    rounds_questions: bool
    """Whether it embeds questions: where it was faster when the model was compiled."""

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
    """For ONNX Runtime, with matrices in whole numbers of one byte; None where there is none."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` wrote; the networks stay on disk until they are opened."""
        known = json.loads((folder / "recipe.json").read_text("utf-8"))
        recipe = Recipe(**known | {"inputs": tuple(known["inputs"])})
        return cls(
            recipe,
            Tokenizer.from_file(str(folder / "tokenizer.json")),
            folder / "model.xml",
            folder / "rounded.onnx" if recipe.has_rounded else None,
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
    from indexer.embedding import openvino
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
        has_rounded=False,
        rounds_questions=False,
    )
    backend = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_padding()
    backend.enable_truncation(recipe.max_tokens)
    compiled = Compiled(recipe, backend, network, None)
    open_passages(compiled, PROBES)
    full = open_questions(compiled, PROBES)
    try:
        return with_rounded(compiled, traceable, full)
    except Exception as error:  # whatever is unusual about it, OpenVINO runs it
        logger.warning("%s embeds questions in full precision, which may take longer: %s", weights.name, error)
        return compiled


def with_rounded(compiled: Compiled, traceable: Traceable, full: Embed) -> Compiled:
    """Add the rounded network, and let it embed questions if it is faster than ``full``; raise if it loses too much."""
    from indexer.embedding import onnxruntime
    from indexer.embedding.sentence import quiet

    with quiet():
        network = onnxruntime.translate(traceable)
    compiled = replace(compiled, rounded=network, recipe=replace(compiled.recipe, has_rounded=True))
    is_faster = pace(open_rounded(compiled, PROBES), SHORT, 20) < pace(full, SHORT, 20)
    return replace(compiled, recipe=replace(compiled.recipe, rounds_questions=is_faster))


def open_passages(compiled: Compiled, probes: Sequence[str] = SHORT) -> Embed:
    """Make ready what embeds passages; raise where ``probes`` come out otherwise than from the original."""
    from indexer.embedding import openvino

    recipe = compiled.recipe
    embed = partial(compiled.embed, openvino.open_network(compiled.network), recipe.passage_prompt)
    return checked(embed, probes, recipe.passage_probes, _SAME)


def open_questions(compiled: Compiled, probes: Sequence[str] = SHORT) -> Embed:
    """Make ready what embeds questions, as ``open_passages`` does."""
    if compiled.recipe.rounds_questions:
        return open_rounded(compiled, probes)
    from indexer.embedding import openvino

    recipe = compiled.recipe
    # Not the one that embeds passages: there a question would wait for a batch.
    run = openvino.open_network(compiled.network, at_once=_QUESTIONS_AT_ONCE)
    return checked(partial(compiled.embed, run, recipe.query_prompt), probes, recipe.query_probes, _SAME)


def open_rounded(compiled: Compiled, probes: Sequence[str] = SHORT) -> Embed:
    """Make ready the rounded network for questions, as ``open_passages`` does the other."""
    from indexer.embedding import onnxruntime

    recipe = compiled.recipe
    embed = partial(compiled.embed, onnxruntime.open_network(compiled.rounded, 1), recipe.query_prompt)
    return checked(embed, probes, recipe.query_probes, ALIKE)


def open_rounded_passages(compiled: Compiled) -> Embed:
    """Make ready the rounded network for passages, on all cores."""
    from indexer.embedding import onnxruntime

    recipe = compiled.recipe
    embed = partial(compiled.embed, onnxruntime.open_network(compiled.rounded, CORES), recipe.passage_prompt)
    return checked(embed, SHORT, recipe.passage_probes, ALIKE)


def checked(embed: Embed, probes: Sequence[str], expected: list[list[float]], lowest: float) -> Embed:
    """Return ``embed``; raise ValueError if the cosine of a probe with what is expected of it is below ``lowest``."""
    cosine = np.sum(embed(probes) * expected[: len(probes)], axis=1).min()
    if not cosine >= lowest:  # "not": a cosine may be NaN
        raise ValueError(f"vectors differ from the original model's (cosine {cosine:.4f})")
    return embed


def pace(embed: Embed, texts: Sequence[str], trials: int) -> float:
    """Return the seconds that embedding takes, the best of several times."""
    return min(timeit.repeat(lambda: embed(texts), number=1, repeat=trials))


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
