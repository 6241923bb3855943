"""How near indexing comes to what the processor can do, and a question to what embedding it takes.

    python -m benchmarks.limits FOLDER                     FOLDER holds a data set in BEIR's format
    python -m benchmarks.limits FOLDER --index INDEX       asks an index of the whole data set
    python -m benchmarks.limits FOLDER --int8              embeds in int8 as well

The peak is that of one large matrix product, run by the same library in the precision that it chooses for the model,
again before every measurement. What embedding takes is counted from the network itself, as if nothing were padding.
Each measurement is taken in turn with its limit, several times; the best of each counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

import numpy as np
import openvino
from openvino import opset13 as ops

from benchmarks.peers import texts
from benchmarks.peers.harness import Connections, passages
from benchmarks.quality import served
from indexer import pipeline
from indexer.embedded import create, open_index
from indexer.embedding import load_embedder
from indexer.embedding.embedder import CompiledEmbedder
from indexer.embedding.openvino import executable, read
from indexer.types import Chunking

ROUNDS = 3
SIZE = 2048
"""Rows and columns of the large matrices."""
QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Work:
    """What embedding a text of ``n`` tokens takes, in floating-point operations: ``linear`` n + ``square`` n²."""

    linear: float
    square: float

    @classmethod
    def of(cls, embedder: CompiledEmbedder) -> Work:
        """Count what a network does at two lengths."""
        network = read(embedder.compiled.network)
        one, two = (operations(network, length) for length in (64, 128))
        square = (two - 2 * one) / (128**2 - 2 * 64**2)
        return cls((one - square * 64**2) / 64, square)

    def embedding(self, embedder: CompiledEmbedder, found: Sequence[str]) -> float:
        """Return the operations that embedding ``found`` takes."""
        lengths = np.array([embedder.compiled.passage(text)["input_ids"].size for text in found], dtype=float)
        return float((self.linear * lengths + self.square * lengths**2).sum())


def operations(network: openvino.Model, length: int) -> float:
    """Count the operations of every matrix product for one text of ``length`` tokens."""
    fixed = network.clone()
    fixed.reshape({name: [1, length] for tensor in fixed.inputs for name in tensor.get_names()})
    return sum(map(product, fixed.get_ops()))


def product(node: openvino.Node) -> float:
    """Count the operations of a matrix product, or of an attention, which is two of them; 0 for anything else."""
    if node.get_type_name() == "MatMul":
        inner = node.input_value(0).shape[-2 if node.get_attributes()["transpose_a"] else -1]
        return 2.0 * float(np.prod(node.output(0).shape)) * float(inner)
    if node.get_type_name() == "ScaledDotProductAttention":
        return 4.0 * float(np.prod(node.output(0).shape)) * float(node.input_value(1).shape[-2])
    return 0.0


def matrix_product() -> Callable[[], float]:
    """Return what takes one large matrix product and says how many operations a second it did."""
    draw = np.random.default_rng(1)
    given = ops.parameter([SIZE, SIZE], np.float32)
    weights = ops.constant(draw.standard_normal((SIZE, SIZE), np.float32))
    network = openvino.Model(ops.matmul(given, weights, False, False), [given])
    request = executable(network).create_infer_request()
    matrix = draw.standard_normal((SIZE, SIZE), np.float32)

    def run() -> float:
        seconds = min(timed(request.infer, [matrix]) for _ in range(5))
        return float(2 * SIZE**3 / seconds)

    return run


def timed(call: Callable[..., object], *given: object) -> float:
    """Return the seconds that ``call`` takes."""
    begun = perf_counter()
    call(*given)
    return perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Figures:
    """Operations a second, all 10⁹, and milliseconds."""

    peak: float
    embedding: float
    embedding_int8: float | None
    indexing: float
    passages_a_second: float
    question: float
    question_embedded: float

    def lines(self) -> list[str]:
        """Return a table."""
        rows = [
            ("matrix product of 2048 x 2048, the peak", self.peak, "GFLOP/s", None),
            ("embedding passages", self.embedding, "GFLOP/s", self.embedding / self.peak),
            ("indexing articles, end to end", self.indexing, "GFLOP/s", self.indexing / self.peak),
            ("the same", self.passages_a_second, "passages/s", None),
            ("embedding a question, p50", self.question_embedded, "ms", None),
            ("asking it over HTTP, p50", self.question, "ms", self.question / self.question_embedded),
        ]
        if self.embedding_int8 is not None:
            rows.insert(2, ("embedding in int8", self.embedding_int8, "GOP/s", self.embedding_int8 / self.peak))
        shown = (
            f"| {name} | {value:,.1f} {unit} | {f'{ratio:.2f}' if ratio else ''} |" for name, value, unit, ratio in rows
        )
        return ["| | | of its limit |", "|---|---|---|", *shown]


def measured(data_set: Path, articles: int, index: Path | None, work: Path, *, int8: bool) -> Figures:
    """Measure everything in turn, ``ROUNDS`` times."""
    embedder = load_embedder()
    if not isinstance(embedder, CompiledEmbedder):
        raise SystemExit("OpenVINO cannot run here, and these are its limits.")
    texts.write(data_set, articles, work)
    found = [one["text"] for one in passages(work / "first")]
    sample = found[:: max(1, len(found) // 200)]
    cost = Work.of(embedder)
    whole, part = cost.embedding(embedder, found), cost.embedding(embedder, sample)
    peak, bytewise = matrix_product(), load_embedder(int8=True) if int8 else None
    for one in (embedder, bytewise):
        if one:
            one.embed_passages(sample)  # compiles, and calibrates
    rates: dict[str, list[float]] = {name: [] for name in ("peak", "embedding", "int8", "indexing")}
    for turn in range(ROUNDS):
        rates["peak"].append(peak())
        rates["embedding"].append(part / timed(embedder.embed_passages, sample))
        if bytewise:
            rates["int8"].append(part / timed(bytewise.embed_passages, sample))
        folder = work / f"index-{turn}"
        rates["indexing"].append(whole / timed(indexed, embedder, work / "first", folder))
    best = {name: max(values, default=0.0) for name, values in rates.items()}
    asked, embedded = asking(embedder, index or folder, work / "first")
    return Figures(
        peak=best["peak"] / 1e9,
        embedding=best["embedding"] / 1e9,
        embedding_int8=best["int8"] / 1e9 if bytewise else None,
        indexing=best["indexing"] / 1e9,
        passages_a_second=len(found) * best["indexing"] / whole,
        question=asked,
        question_embedded=embedded,
    )


def indexed(embedder: CompiledEmbedder, files: Path, folder: Path) -> None:
    """Make an index of the articles in ``files``."""
    create(folder, embedder.model, Chunking())
    index = open_index(folder, embedder.model, Chunking())
    pipeline.add(index, embedder, texts.articles(files / "articles.jsonl"), chunking=Chunking())


def asking(embedder: CompiledEmbedder, index: Path, files: Path) -> tuple[float, float]:
    """Return the medians of asking over HTTP and of embedding, in milliseconds; each question has both in turn."""
    questions = json.loads((files / "questions.json").read_text("utf-8"))
    with served(index) as url:
        server = Connections(int(url.rpartition(":")[2]))
        asked, embedded = [], []
        for question in islice(cycle(questions), 20 + QUESTIONS):
            body = {"q": question, "min_confidence": 0}
            asked.append(timed(server.ask, "POST", "/search", body))
            embedded.append(timed(embedder.embed_query, question))
    return 1000 * float(np.median(asked[20:])), 1000 * float(np.median(embedded[20:]))


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits", description=__doc__.splitlines()[0])
    parser.add_argument("data_set", type=Path, metavar="FOLDER", help="a data set in BEIR's format")
    parser.add_argument("--articles", type=int, default=60, help="how many to index (default: 60)")
    parser.add_argument("--index", type=Path, help="the index to ask (default: the one that is made)")
    parser.add_argument("--int8", action="store_true", help="embed in int8 as well")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="limits-") as name:
        figures = measured(given.data_set, given.articles, given.index, Path(name), int8=given.int8)
    print("", *figures.lines(), sep="\n")
    if given.json:
        given.json.write_text(json.dumps(asdict(figures), indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
