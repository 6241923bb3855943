"""From a run to figures, and from two runs to the difference between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from indexer import BadInput
from service.evaluation.chance import Estimate, estimate, p_value
from service.evaluation.data_sets import DataSet
from service.evaluation.figures import FIGURES, MRR, NDCG, Figure
from service.evaluation.runs import Asking, Result, Run
from service.evaluation.subjects import State, Subject

COMPARED = (MRR, NDCG)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds within which half of the questions, and 95 % of them, were answered."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many articles answer a question, and how many of them are not in the index, so that none can find them."""

    answers: int
    missing: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a run is worth, and what it was a run of; ``dated`` questions say when they were asked."""

    data_set: str
    subject: str
    state: State
    asking: Asking
    questions: int
    dated: int
    skipped: int
    coverage: Coverage
    figures: dict[str, Estimate]
    latency_ms: Latency


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more the new run is worth than the old one, a question, and how likely chance alone is to do that."""

    mean: Estimate
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the questions that both asked."""

    questions: int
    unpaired: int
    differences: dict[str, Difference]


def report(run: Run, data: DataSet, subject: Subject) -> Report:
    """Work out the figures of ``run``; those that look deeper than its rankings go are left out."""
    taken = [result.milliseconds for result in run.results]
    p50, p95 = (round(float(value), 1) for value in np.percentile(taken, [50, 95]))
    return Report(
        data_set=run.data_set,
        subject=run.subject,
        state=run.state,
        asking=run.asking,
        questions=len(run.results),
        dated=sum(question.asked_on is not None for question in data.questions),
        skipped=data.skipped,
        coverage=coverage(run, data, subject),
        figures={
            figure.name: estimate(values(run.results, data, figure))
            for figure in FIGURES
            if figure.depth <= run.asking.depth
        },
        latency_ms=Latency(p50, p95),
    )


def values(results: Iterable[Result], data: DataSet, figure: Figure) -> list[float]:
    """Return what the ranking of each result is worth."""
    return [figure.of(result.article_ids, data.judgements[result.question_id]) for result in results]


def coverage(run: Run, data: DataSet, subject: Subject) -> Coverage:
    """Count the articles that ``subject`` cannot find, whatever it is asked. What the run found is not looked up."""
    found = {article for result in run.results for article in result.article_ids}
    missing = sum(not subject.holds(article) for article in sorted(data.answers - found))
    return Coverage(len(data.answers), missing)


def compare(new: Run, old: Run, data: DataSet) -> Comparison:
    """Compare two runs over ``data``, question by question; raises BadInput where they cannot be compared."""
    before = {(result.question_id, result.question): result for result in old.results}
    paired = [result for result in new.results if (result.question_id, result.question) in before]
    earlier = [before[result.question_id, result.question] for result in paired]
    figures = [figure for figure in COMPARED if figure.depth <= min(new.asking.depth, old.asking.depth)]
    if not paired:
        raise BadInput(f"Runs are compared question by question; {old.data_set} and {new.data_set} share none.")
    if not figures:
        raise BadInput("Runs are compared by their first 10 articles; give both a --depth of 10 or more.")
    differences = {
        figure.name: difference(np.subtract(values(paired, data, figure), values(earlier, data, figure)).tolist())
        for figure in figures
    }
    return Comparison(len(paired), len(new.results) + len(old.results) - 2 * len(paired), differences)


def difference(differences: Sequence[float]) -> Difference:
    """Sum up what was found question by question."""
    return Difference(estimate(differences), p_value(differences))
