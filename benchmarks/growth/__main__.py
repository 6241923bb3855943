"""What becomes of search as an index grows: time, memory, room on disk and what is found, from 10,000 passages on.

    python -m benchmarks.growth FOLDER --index INDEX [--sizes N ...] [--json FILE]

FOLDER is a data set in BEIR format, whose questions are asked; INDEX is an index of real news, made with the default
model, that passages are made after. Their embeddings are real ones with noise of the same covariance added, so much
that their nearest neighbours are about as near as those of real news. Their texts are real sentences, shuffled. Ten
make an article; of the articles one in 2, in 10 and in 100 is in a category of its own, to be filtered by.

Only what grows is built: the two views, fed directly and then compacted. The store has of every article what filters
ask of it, and nothing else.

Each size is searched by a fresh process, so that its memory is its own: what it holds after all questions beyond what
it held before it opened anything. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.growth.measures import Figures, Question, measured
from benchmarks.growth.news import News
from indexer import load_embedder


def main() -> None:
    """Measure every size, and print a table of it."""
    given = arguments()
    embedder = load_embedder()
    lines = (given.data / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    questions = [Question(text, embedder.embed_query(text)) for text in texts]
    news = News(given.index)
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        found = [measured(given.folder or Path(folder), size, news, questions) for size in given.sizes]
    print(table(found))
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in found], indent=2), encoding="utf-8")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("data", metavar="FOLDER", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="where to build, and to find what was built before")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    return parser.parse_args()


def table(found: Sequence[Figures]) -> str:
    """Return the figures as a table, one column a size."""
    rows = [("passages", *(f"{one.passages:,}" for one in found))]
    for name in found[0].times:
        rows.append(
            (f"{name}, p50 / p99 ms", *(f"{one.times[name].p50:.1f} / {one.times[name].p99:.1f}" for one in found))
        )
    for name in found[0].recall:
        rows.append((f"recall@10, {name}", *(f"{one.recall[name]:.3f}" for one in found)))
    rows += [
        ("memory a passage, bytes", *(f"{one.memory.held:,}" for one in found)),
        ("of it its own", *(f"{one.memory.own:,}" for one in found)),
        ("disk a passage, bytes", *(f"{one.disk:,}" for one in found)),
        ("seconds to the first answer", *(f"{one.opening:.2f}" for one in found)),
        ("with nothing cached", *(f"{one.opening_cold:.2f}" for one in found)),
        ("load of the machine", *(f"{one.load:.1f}" for one in found)),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ("---",) * len(rows[0]), *rows[1:]])


if __name__ == "__main__":
    main()
