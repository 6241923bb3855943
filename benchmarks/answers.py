"""How often the answer stands in the sentences that are cited, as a client sees it through the real HTTP service.

    python benchmarks/answers.py FOLDER

FOLDER is a data set in BEIR's format whose queries have an "answer", a list of phrases. It is indexed in a temporary
folder and served; every question of which a phrase stands in an article that answers it is asked at the end of the day
it was asked on. The weights of the ranking were fitted on the questions of even days only. Fails where a quote
does not stand in its article word for word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import httpx2
from quality import indexed, served

from service.evaluation.data_sets import read_data_set

SHOWN = (1, 3)
"""How many of the cited sentences are looked at."""


@dataclass(frozen=True, slots=True)
class Riddle:
    """A question with the phrases that answer it."""

    id: str
    text: str
    asked_on: str
    phrases: tuple[str, ...]

    @property
    def half(self) -> str:
        """Whether the day it was asked on is even."""
        return "odd" if int(self.asked_on[-2:]) % 2 else "even"


@dataclass(frozen=True, slots=True)
class Found:
    """The shares of ``questions`` whose answer stands in the first cited sentence, in the first three; and refused."""

    questions: int
    first: float
    three: float
    refused: float


def normal(text: str) -> str:
    """Return the words of ``text`` without case and marks, between spaces."""
    words = re.findall(r"\w+", text.casefold())
    return f" {' '.join(words)} "


def holds(text: str, phrases: Sequence[str]) -> bool:
    """Tell whether a phrase stands in ``text``."""
    return any(normal(phrase).strip() and normal(phrase) in normal(text) for phrase in phrases)


def riddles(folder: Path) -> Iterator[Riddle]:
    """Yield the questions of which a phrase stands in an article that answers it."""
    texts = {
        one["_id"]: f"{one['title']}\n{one['text']}"
        for one in map(json.loads, (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines())
    }
    judgements = read_data_set(folder).judgements
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        one: dict[str, Any] = json.loads(line)
        gold = [article for article, score in judgements.get(one["_id"], {}).items() if score > 0]
        if any(holds(texts[article], one["answer"]) for article in gold):
            yield Riddle(one["_id"], one["text"], one["asked_on"], tuple(one["answer"]))


def cited(client: httpx2.Client, riddle: Riddle) -> list[str]:
    """Return the sentences that are cited; fails where one is not in its article."""
    answer = client.post("/ask", json={"q": riddle.text, "as_of": riddle.asked_on}).raise_for_status().json()
    quotes = [citation for sentence in answer["sentences"] for citation in sentence["citations"]]
    for one in quotes:
        body = client.get(f"/articles/{quote(one['article_id'], safe='')}").raise_for_status().json()["body"]
        if body[one["char_start"] : one["char_end"]] != one["text"]:
            raise click.ClickException(f"{riddle.id}: this does not stand in {one['article_id']}: {one['text']}")
    return [one["text"] for one in quotes]


def summary(asked: Sequence[tuple[Riddle, list[str]]]) -> Found:
    """Return how often the answer was cited."""
    first, three = (
        sum(any(holds(text, riddle.phrases) for text in texts[:most]) for riddle, texts in asked) / len(asked)
        for most in SHOWN
    )
    return Found(len(asked), first, three, sum(not texts for _, texts in asked) / len(asked))


def measure(folder: Path, url: str) -> dict[str, Found]:
    """Ask every question; return what was found for each half and for all."""
    with (
        httpx2.Client(base_url=url, timeout=60) as client,
        click.progressbar(list(riddles(folder)), label="Asking") as questions,
    ):
        asked = [(riddle, cited(client, riddle)) for riddle in questions]
    halves = {half: [one for one in asked if one[0].half == half] for half in ("even", "odd")}
    return {name: summary(some) for name, some in {**halves, "all": asked}.items()}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--index", type=click.Path(exists=True, path_type=Path), help="An index of the corpus, if there is one.")
@click.option("--url", help="A service that runs already.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the figures into this file.")
@click.option("--floor", type=float, nargs=2, default=(0.0, 0.0), help="Fail where one of both shares of all is lower.")
def main(folder: Path, index: Path | None, url: str | None, out: Path | None, floor: tuple[float, float]) -> None:
    """Measure how often the answers to the questions in FOLDER are cited."""
    with ExitStack() as stack:
        if url is None:
            url = stack.enter_context(served(index or stack.enter_context(indexed(folder / "corpus.jsonl"))))
        found = measure(folder, url)
    click.echo("\nasked on   questions   in the first sentence   in the first three   refused")
    for name, one in found.items():
        click.echo(f"{name:<8}{one.questions:>12}{one.first:>24.3f}{one.three:>21.3f}{one.refused:>10.3f}")
    click.echo("\nEvery quote stands in its article word for word.")
    if out:
        out.write_text(json.dumps({name: asdict(one) for name, one in found.items()}, indent=2), encoding="utf-8")
    if found["all"].first < floor[0] or found["all"].three < floor[1]:
        raise click.ClickException("The answers are cited less often than the floor.")


if __name__ == "__main__":
    main()
