"""One run: every judged question asked once, and what came back. It is saved and read as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from indexer import BadInput
from service.evaluation.data_sets import DataSet, Question, explain
from service.evaluation.subjects import State, Subject
from service.schemas import SearchIn
from service.types import MOST_HITS

AsOf = Literal["asked_on", "now"]

Advance = Callable[[int], object]
"""Is told how many more questions are answered."""

Options = Mapping[str, str | list[str]]
"""Further fields of a search, by name."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How the questions are asked: when, for how many articles, and with which further fields of a search.

    A question that does not say when it was asked is asked now.
    """

    as_of: AsOf = "asked_on"
    depth: int = MOST_HITS
    options: Options = field(default_factory=dict)

    def __post_init__(self) -> None:
        ours = sorted(self.options.keys() & {"q", "limit", "offset", "group_by", "as_of"})
        if ours:
            raise BadInput(f"--ask {ours[0]}: the evaluation sets this field itself.")
        self.ask("Is this a question?", None)

    def question(self, question: Question) -> SearchIn:
        """Return the search that asks ``question``."""
        return self.ask(question.text, question.asked_on if self.as_of == "asked_on" else None)

    def ask(self, text: str, as_of: object) -> SearchIn:
        """Return a search; raises BadInput where the options make none."""
        moment = {} if as_of is None else {"as_of": as_of}
        try:
            return SearchIn.model_validate({"q": text, "limit": self.depth, **moment, **self.options})
        except ValidationError as error:
            raise BadInput(f"--ask {explain(error)}") from error


@dataclass(frozen=True, slots=True)
class Result:
    """The articles that came back for a question, best first, and how long that took."""

    question_id: str
    question: str
    article_ids: tuple[str, ...]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked of what and how, and every result."""

    data_set: str
    subject: str
    state: State
    asking: Asking
    results: tuple[Result, ...]


RUN = TypeAdapter(Run)


def run(data: DataSet, subject: Subject, name: str, asking: Asking, advance: Advance = lambda _: None) -> Run:
    """Ask every question of ``data`` once, one after the other; the first is asked before as well, to warm up.

    ``advance`` is told of questions as they are answered.
    """
    state = subject.state()
    subject.rank(asking.question(data.questions[0]))
    results = tuple(timed(subject, question, asking, advance) for question in data.questions)
    return Run(data.name, name, state, asking, results)


def timed(subject: Subject, question: Question, asking: Asking, advance: Advance) -> Result:
    """Ask ``question`` and take the time until its ranking is at hand."""
    asked = asking.question(question)
    started = perf_counter()
    ranking = subject.rank(asked)
    milliseconds = round((perf_counter() - started) * 1000, 3)
    advance(1)
    return Result(question.id, question.text, ranking, milliseconds)


def save(run: Run, path: Path) -> None:
    """Write ``run`` to ``path``."""
    try:
        path.write_bytes(RUN.dump_json(run, indent=1))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}.") from error


def load(path: Path) -> Run:
    """Read a run that was saved; raises BadInput if this is none."""
    try:
        return RUN.validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}.") from error
    except ValidationError as error:
        raise BadInput(f"{path}: not a run that --out saved ({explain(error)}).") from error
