"""``dateline eval``: options in, a run, a table out."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import get_origin

import click

from indexer import BadInput, counted, index_option, json_option, model_option, require_index
from service.evaluation.chance import Estimate
from service.evaluation.data_sets import read_data_set
from service.evaluation.report import Comparison, Report, compare, report
from service.evaluation.runs import Asking, Options, load, run, save
from service.evaluation.subjects import OpenIndex, RunningService, Subject
from service.opening import open_searcher
from service.schemas import SearchIn
from service.settings import Settings
from service.types import MOST_HITS


@click.command("eval")
@click.argument("data_set", metavar="FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path))
@index_option
@model_option
@json_option
@click.option("--url", help="A running service to ask in place of an index, such as http://127.0.0.1:8000.")
@click.option("--split", help="Which file in qrels/. [default: test, or the only one there is]")
@click.option("--now", is_flag=True, help="Ask all questions now, not each at the end of the day it was asked on.")
@click.option(
    "--depth",
    type=click.IntRange(1, MOST_HITS),
    default=MOST_HITS,
    show_default=True,
    help="How many articles to ask for; figures that look deeper are left out.",
)
@click.option("--ask", "options", multiple=True, metavar="NAME=VALUE", help="A further field of /search; repeatable.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the run in this JSON file.")
@click.option(
    "--compare",
    "earlier",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A run that was saved: say how much better or worse this one is.",
)
def evaluate(
    data_set: Path,
    folder: Path,
    model: str | None,
    as_json: bool,
    url: str | None,
    split: str | None,
    now: bool,
    depth: int,
    options: tuple[str, ...],
    out: Path | None,
    earlier: Path | None,
) -> None:
    """Measure how well a data set's questions are answered.

    FOLDER holds a data set in BEIR's format: corpus.jsonl, which must be in the index (dateline add), queries.jsonl
    and qrels/*.tsv. A query may say in asked_on when it was asked. An article's rank is its best passage's. Values are
    means over the judged questions; the latency is that of one question after the other.
    """
    data = read_data_set(data_set, split)
    asking = Asking("now" if now else "asked_on", depth, read_options(options))
    before = load(earlier) if earlier else None
    with (
        open_subject(folder, model, url) as subject,
        click.progressbar(length=len(data.questions), hidden=not sys.stderr.isatty(), file=sys.stderr) as bar,
    ):
        made = run(data, subject, url or str(folder), asking, advance=bar.update)
        found = report(made, data, subject)
    if out:
        save(made, out)
    comparison = compare(made, before, data) if before else None
    if as_json:
        click.echo(json.dumps({**asdict(found), "comparison": comparison and asdict(comparison)}, indent=2))
        return
    click.echo(table(found))
    if comparison:
        click.echo(f"\n{compared(comparison, earlier)}")


@contextmanager
def open_subject(folder: Path, model: str | None, url: str | None) -> Iterator[Subject]:
    """Open the service at ``url``, or the index in ``folder`` to be asked in this process."""
    if url:
        with RunningService(url) as service:
            yield service
        return
    require_index(folder)
    yield OpenIndex(open_searcher(Settings(folder, model)))


def read_options(options: Iterable[str]) -> Options:
    """Read ``NAME=VALUE``; a field that takes a list takes all its values."""
    given: dict[str, list[str]] = defaultdict(list)
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise BadInput(f"--ask {option}: write NAME=VALUE, such as publishers=Gazette.")
        given[name].append(value)
    lists = {name for name, field in SearchIn.model_fields.items() if get_origin(field.annotation) is list}
    return {name: values if name in lists else values[-1] for name, values in given.items()}


def table(found: Report) -> str:
    """Lay a report out for a terminal."""
    options = "".join(f", {name}={value}" for name, value in found.asking.options.items())
    rows = [
        f"Data set   {found.data_set}: {counted(found.questions, 'question')},"
        f" {found.skipped:,} without judgements skipped",
        f"Asked      {when(found)}, {found.asking.depth} articles a question{options}",
        f"Index      {found.subject} ({counted(found.state.articles, 'article')}, {found.state.model}, "
        f"sequence number {found.state.sequence_number})",
        f"Judged     {judged(found)}",
        "",
        f"{'':<12}{'value':>7}   95 % interval",
        *(f"{name:<12}{one.value:>7.3f}   {one.low:.3f} to {one.high:.3f}" for name, one in found.figures.items()),
        "",
        f"{'Latency':<12}{found.latency_ms.p50:>7.1f} ms (p50), {found.latency_ms.p95:.1f} ms (p95)",
    ]
    return "\n".join(rows)


def when(found: Report) -> str:
    """Say as of which moment the questions were asked."""
    if found.asking.as_of == "now" or not found.dated:
        return "all now"
    rest = found.questions - found.dated
    return "each at the end of its day" + (f" ({rest:,} without a date: now)" if rest else "")


def judged(found: Report) -> str:
    """Say whether the index has the articles that answer."""
    answers, missing = found.coverage.answers, found.coverage.missing
    if not missing:
        return f"all {answers:,} articles that answer a question are in the index"
    there = f"{answers - missing:,} of {answers:,} articles that answer a question are in the index"
    return f"{there} ({1 - missing / answers:.1%})\n{'':<11}The others count as not found; add them with: dateline add"


def compared(found: Comparison, earlier: Path | None) -> str:
    """Lay a comparison out for a terminal."""
    left_out = f", {found.unpaired:,} that only one of them asked left out" if found.unpaired else ""
    rows = [
        f"Against {earlier}: {counted(found.questions, 'question')}{left_out}",
        f"{'':<12}{'change':>7}   {'95 % interval':<18}   p (paired randomisation test)",
        *(f"{name:<12}{change(one.mean)}   {one.p:.4f}" for name, one in found.differences.items()),
    ]
    return "\n".join(rows)


def change(mean: Estimate) -> str:
    """Lay a difference out for a terminal."""
    interval = f"{mean.low:+.3f} to {mean.high:+.3f}"
    return f"{mean.value:>+7.3f}   {interval:<18}"
