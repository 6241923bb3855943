"""How well confidence tells questions that the index can answer from those it cannot.

    python benchmarks/abstention.py FOLDER --index INDEX

FOLDER is a data set in BEIR format, INDEX an index of its corpus. Every question is asked twice: of the index as it is,
and of a copy from which the articles that answer any question were removed. Prints the area under the ROC curve and
the curve itself: what share of the answerable questions is answered, and of the others refused, at each threshold.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from indexer import pipeline
from indexer.embedded import open_index
from service.evaluation.data_sets import DataSet, read_data_set
from service.opening import open_searcher
from service.search import Searcher
from service.settings import Settings
from service.types import Query

THRESHOLDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)


def confidences(searcher: Searcher, data: DataSet, now: bool) -> np.ndarray:
    """Ask every judged question, now or when it was asked, and return how sure the answers are."""
    moment = datetime.now(UTC)
    asked = (Query(one.text, moment if now else one.asked_on or moment) for one in data.questions)
    return np.array([searcher.search(query).confidence for query in asked])


def area(answerable: np.ndarray, others: np.ndarray) -> float:
    """Return the probability that an answerable question is surer than another (Mann-Whitney)."""
    above = answerable[:, None] > others[None, :]
    equal = answerable[:, None] == others[None, :]
    return float(np.mean(above + 0.5 * equal))


def without(index: Path, ids: Sequence[str], folder: Path) -> Path:
    """Copy ``index`` into ``folder`` and remove articles from the copy."""
    copy = folder / "index"
    shutil.copytree(index, copy)
    pipeline.remove(open_index(copy), ids)
    return copy


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--index", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--now", is_flag=True, help="Ask everything now instead of when it was asked.")
def main(folder: Path, index: Path, now: bool) -> None:
    """Print the area under the curve, and the curve."""
    data = read_data_set(folder)
    answerable = confidences(open_searcher(Settings(index)), data, now)
    with TemporaryDirectory(prefix="dateline-abstention-") as place:
        others = confidences(open_searcher(Settings(without(index, sorted(data.answers), Path(place)))), data, now)
    print(f"{len(answerable)} questions, AUROC {area(answerable, others):.3f}\n")
    print("threshold   answered where it can be   refused where it cannot")
    for threshold in THRESHOLDS:
        print(f"{threshold:9.2f}   {np.mean(answerable >= threshold):24.3f}   {np.mean(others < threshold):23.3f}")


if __name__ == "__main__":
    main()
