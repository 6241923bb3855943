"""Models taken out of torch: what is kept of them, and how they are run. The only file that imports tokenizers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from indexer.cores import CORES
from indexer.types import Vectors

if TYPE_CHECKING:
    from indexer.embedding.openvino import Network

Tokens = NDArray[np.int64]
Features = dict[str, Tokens]
"""What a network takes, by the names it gives to it."""
Run = Callable[[Features], Vectors]
"""A network made ready: takes a batch, and gives a vector for each text in it."""
Embed = Callable[[Sequence[str]], Vectors]
"""All that embeds texts, in their order."""

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

    def for_passages(self, run: Run, lowest: float, probes: Sequence[str] = SHORT) -> Embed:
        """Return what embeds passages by ``run``; raise ValueError where their cosine with the original is lower."""
        return checked(partial(self.embed, run, self.recipe.passage_prompt), self.recipe.passage_probes, lowest, probes)

    def for_questions(self, run: Run, lowest: float, probes: Sequence[str] = SHORT) -> Embed:
        """Return what embeds questions, as ``for_passages`` does."""
        return checked(partial(self.embed, run, self.recipe.query_prompt), self.recipe.query_probes, lowest, probes)

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


def open_passages(compiled: Compiled, probes: Sequence[str] = SHORT) -> Embed:
    """Make ready what embeds passages; raise where ``probes`` come out otherwise than from the original."""
    from indexer.embedding import openvino

    return compiled.for_passages(openvino.open_network(compiled.network), _SAME, probes)


def open_questions(compiled: Compiled, probes: Sequence[str] = SHORT) -> Embed:
    """Make ready what embeds questions, as ``open_passages`` does."""
    if compiled.recipe.rounds_questions:
        return open_rounded(compiled, probes)
    from indexer.embedding import openvino

    # Not the one that embeds passages: there a question would wait for a batch.
    return compiled.for_questions(openvino.open_network(compiled.network, _QUESTIONS_AT_ONCE), _SAME, probes)


def open_rounded(compiled: Compiled, probes: Sequence[str] = SHORT) -> Embed:
    """Make ready the rounded network for questions, as ``open_passages`` does the other."""
    from indexer.embedding import onnxruntime

    return compiled.for_questions(onnxruntime.open_network(compiled.rounded, 1), ALIKE, probes)


def open_rounded_passages(compiled: Compiled) -> Embed:
    """Make ready the rounded network for passages, on all cores."""
    from indexer.embedding import onnxruntime

    return compiled.for_passages(onnxruntime.open_network(compiled.rounded, CORES), ALIKE)


def checked(embed: Embed, expected: list[list[float]], lowest: float, probes: Sequence[str]) -> Embed:
    """Return ``embed``; raise ValueError if the cosine of a probe with what is expected of it is below ``lowest``."""
    cosine = np.sum(embed(probes) * expected[: len(probes)], axis=1).min()
    if not cosine >= lowest:  # "not": a cosine may be NaN
        raise ValueError(f"vectors differ from the original model's (cosine {cosine:.4f})")
    return embed


def truncating(tokenizer: str, tokens: int) -> Tokenizer:
    """Read a tokenizer, and have it cut off what is beyond so many tokens."""
    read = Tokenizer.from_str(tokenizer)
    read.no_padding()
    read.enable_truncation(tokens)
    return read


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
