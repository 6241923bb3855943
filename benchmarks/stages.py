"""Where the time of one question and of one indexed article goes.

    python -m benchmarks.stages FOLDER                     FOLDER holds a data set in BEIR's format
    python -m benchmarks.stages FOLDER --index INDEX       asks an index of the whole data set

runs the real functions with a clock around each. What one of them spends in another counts for that other one. The
searches by vector and by words, which the service does at once, are done one after the other here, as are reading,
embedding and storing. Processor time is that of all threads, and hardly depends on what else runs on the machine.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

from benchmarks.peers import texts
from indexer import embedding, pipeline
from indexer.embedded import create, groups, open_index
from indexer.embedded.store import SqliteStore
from indexer.embedded.vectors import VectorSnapshot, VectorView
from indexer.embedded.words import WordSnapshot, WordView
from indexer.embedding.embedder import CompiledEmbedder
from indexer.types import Chunking
from service import search
from service.schemas import AnswerOut
from service.types import Query

Stages = tuple[tuple[object, str, str], ...]

ASKING: Stages = (
    (search, "understand", "reading the question's time words"),
    (CompiledEmbedder, "embed_query", "embedding the question"),
    (VectorSnapshot, "nearest", "nearest passages by vector"),
    (WordSnapshot, "nearest", "nearest passages by words"),
    (VectorSnapshot, "scores", "cosine of every candidate"),
    (WordSnapshot, "scores", "BM25 of every candidate"),
    (WordSnapshot, "article_scores", "BM25 of every candidate's article"),
    (SqliteStore, "candidates", "reading candidates"),
    (search, "fuse", "fusion"),
    (search.Searcher, "_order", "time, copies, confidence"),
    (SqliteStore, "passages", "reading the page's passages"),
    (SqliteStore, "copies", "reading the page's copies"),
    (search, "highlights", "highlights"),
    (AnswerOut, "of", "answer to JSON"),
    (AnswerOut, "model_dump_json", "answer to JSON"),
)

INDEXING: Stages = (
    (texts.sources, "read", "reading"),
    (texts, "without_boilerplate", "cleaning"),
    (pipeline, "check", "cleaning"),
    (pipeline, "with_language", "language"),
    (pipeline, "chunk", "cutting into passages"),
    (CompiledEmbedder, "embed_passages", "embedding"),
    (pipeline, "stories", "stories"),
    (groups, "join", "copies"),
    (SqliteStore, "apply", "store"),
    (VectorView, "apply", "vector view"),
    (WordView, "apply", "word view"),
)


@dataclass(slots=True)
class Spent:
    """Seconds and seconds of processor time."""

    seconds: float = 0.0
    worked: float = 0.0

    def add(self, seconds: float, worked: float) -> None:
        """Count in."""
        self.seconds += seconds
        self.worked += worked


@dataclass(slots=True)
class Clock:
    """What was spent in each stage, without what was spent in other stages on its behalf."""

    spent: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    _running: list[Spent] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block as ``name``."""
        within = Spent()
        self._running.append(within)
        begun, worked = perf_counter(), process_time()
        try:
            yield
        finally:
            took, did = perf_counter() - begun, process_time() - worked
            self._running.pop()
            self.spent[name].add(took - within.seconds, did - within.worked)
            if self._running:
                self._running[-1].add(took, did)

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` with a clock around it, and around every step of what it yields."""

        @wraps(function)
        def timed(*given: object, **named: object) -> object:
            with self.stage(name):
                found = function(*given, **named)
            return self._steps(name, found) if isinstance(found, Iterator) else found

        return timed

    def _steps(self, name: str, found: Iterator[object]) -> Iterator[object]:
        while True:
            with self.stage(name):
                try:
                    step = next(found)
                except StopIteration:
                    return
            yield step


@contextmanager
def timed(stages: Stages) -> Iterator[Clock]:
    """Have a clock around every one of ``stages`` for as long as the block lasts."""
    clock = Clock()
    with ExitStack() as stack:
        for owner, attribute, name in stages:
            stack.enter_context(patch.object(owner, attribute, clock.around(name, getattr(owner, attribute))))
        yield clock


class AtOnce(Executor):
    """Does what it is given where it is given it, so that one clock sees all of it."""

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:  # noqa: ANN401 (as Executor has it)
        """Do it now."""
        done: Future[Any] = Future()
        done.set_result(function(*given, **named))
        return done


def indexing(files: Path, folder: Path, embedder: embedding.Embedder) -> tuple[Clock, int]:
    """Index ``files`` and return what was spent, and on how many articles."""
    create(folder, embedder.model, Chunking())
    index = open_index(folder, embedder.model, Chunking())
    with patch.object(pipeline, "ahead", iter), timed(INDEXING) as clock, clock.stage("the rest"):
        report = pipeline.add(index, embedder, texts.articles(files / "articles.jsonl"), chunking=Chunking())
    return clock, report.added


def asking(folder: Path, questions: list[str], embedder: embedding.Embedder) -> tuple[Clock, int]:
    """Ask and return what was spent, and on how many questions."""
    searcher = search.Searcher(open_index(folder, embedder.model), embedder)
    searcher._side = AtOnce()
    asked = [Query(question, datetime.now(UTC), min_confidence=0.0) for question in questions]
    for query in asked[:20]:
        searcher.search(query)
    with timed(ASKING) as clock:
        for query in asked:
            with clock.stage("the rest"):
                answer = searcher.search(query)
                AnswerOut.of(answer, took_ms=0.0).model_dump_json()
    return clock, len(asked)


def table(what: str, clock: Clock, count: int) -> list[str]:
    """Return the lines of a table, the dearest stage first."""
    total = Spent(sum(s.seconds for s in clock.spent.values()), sum(s.worked for s in clock.spent.values()))
    lines = [f"| {what} | ms | share | processor time, ms | share |", "| --- | --- | --- | --- | --- |"]
    for name, one in [*sorted(clock.spent.items(), key=lambda item: -item[1].worked), ("together", total)]:
        each = (
            f"{1000 * one.seconds / count:.2f}",
            f"{one.seconds / total.seconds:.1%}",
            f"{1000 * one.worked / count:.2f}",
            f"{one.worked / total.worked:.1%}",
        )
        lines.append(f"| {name} | {' | '.join(each)} |")
    return lines


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__.splitlines()[0])
    parser.add_argument("data_set", type=Path, metavar="FOLDER", help="a data set in BEIR's format")
    parser.add_argument("--articles", type=int, default=100, help="how many to index (default: 100)")
    parser.add_argument("--index", type=Path, help="the index to ask (default: the one that is made)")
    parser.add_argument("--json", type=Path, help="write the seconds of every stage, of all together, there as well")
    given = parser.parse_args()
    embedder = embedding.load_embedder()
    if not isinstance(embedder, CompiledEmbedder):
        raise SystemExit("These are the stages of an embedder that runs on OpenVINO, which cannot run here.")
    embedder.embed_passages(["warm"])
    with tempfile.TemporaryDirectory(prefix="stages-") as name:
        work = Path(name)
        texts.write(given.data_set, given.articles, work)
        found = {"one article, indexed": indexing(work / "first", work / "index", embedder)}
        questions = json.loads((work / "first" / "questions.json").read_text("utf-8"))
        found["one question, answered"] = asking(given.index or work / "index", questions, embedder)
    for what, (clock, count) in found.items():
        print("", *table(what, clock, count), sep="\n")
    if given.json:
        content = {
            what: {"count": count, "spent": {stage: asdict(one) for stage, one in clock.spent.items()}}
            for what, (clock, count) in found.items()
        }
        given.json.write_text(json.dumps(content, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
