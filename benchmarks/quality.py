"""Search quality as a client sees it: a data set asked through the real HTTP service, with time and without.

    python benchmarks/quality.py FOLDER

indexes the corpus of a data set in BEIR's format in a temporary folder, serves it, asks every judged question and
prints how well it was answered: each question asked at the end of the day it was asked on; all of them asked now; and
all of them asked now with a ranking that knows nothing of dates.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import click

from service.evaluation.command import table
from service.evaluation.data_sets import DataSet, read_data_set
from service.evaluation.report import Report, report
from service.evaluation.runs import Asking, run
from service.evaluation.subjects import NoAnswer, RunningService

DATELINE = (sys.executable, "-m", "service")
ASKED = {
    "with time": Asking("asked_on"),
    "asked now": Asking("now"),
    "without time": Asking("now", options={"recency": "off", "parse_time": "false"}),
}


@contextmanager
def indexed(corpus: Path) -> Iterator[Path]:
    """Make an index of ``corpus`` that lasts as long as the block."""
    with TemporaryDirectory(prefix="dateline-quality-") as folder:
        index = Path(folder) / "index"
        subprocess.run([*DATELINE, "add", corpus, "--index", index], check=True)
        yield index


@contextmanager
def served(index: Path) -> Iterator[str]:
    """Serve ``index`` on a free port for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [*DATELINE, "serve", "--index", str(index), "--port", port]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # a line for every request
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the service has its model and its index."""
    while process.poll() is None:
        try:
            with RunningService(url) as service:
                service.state()
                return
        except NoAnswer:
            sleep(0.5)
    raise click.ClickException("The service did not start; see above.")


def measure(data: DataSet, url: str) -> dict[str, Report]:
    """Ask the questions in every way."""
    with RunningService(url) as service:
        return {name: report(run(data, service, url, asking), data, service) for name, asking in ASKED.items()}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--index", type=click.Path(exists=True, path_type=Path), help="An index of the corpus, if there is one.")
@click.option("--url", help="A service that runs already.")
@click.option("--floor", type=float, default=0.0, help="Fail if MRR@10 without time is lower.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("quality.json"), show_default=True)
def main(folder: Path, index: Path | None, url: str | None, floor: float, out: Path) -> None:
    """Measure how well the questions of the data set in FOLDER are answered over HTTP."""
    data = read_data_set(folder)
    if url:
        found = measure(data, url)
    elif index:
        with served(index) as url:
            found = measure(data, url)
    else:
        with indexed(folder / "corpus.jsonl") as made, served(made) as url:
            found = measure(data, url)
    for name, one in found.items():
        click.echo(f"\n{name.capitalize()}\n\n{table(one)}")
    out.write_text(json.dumps({name: asdict(one) for name, one in found.items()}, indent=2), encoding="utf-8")
    if found["without time"].figures["MRR@10"].value < floor:
        raise click.ClickException(f"MRR@10 without time is lower than {floor}.")


if __name__ == "__main__":
    main()
