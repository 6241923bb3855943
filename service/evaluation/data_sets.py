"""Data sets in BEIR's format: ``queries.jsonl`` and ``qrels/*.tsv``; ``corpus.jsonl`` is the indexer's to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from indexer import BadInput
from service.schemas import To, errors_of
from service.types import LONGEST_QUESTION

HEADER = ["query-id", "corpus-id", "score"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION)]
Judged = Mapping[str, int]
"""The scores that people gave to articles for one question. From 1 up, an article answers it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and when it was asked: a date is the end of its day."""

    id: Annotated[str, Field(alias="_id")]
    text: Text
    asked_on: To | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """Questions that have judgements, in the order of their file; ``skipped`` counts those that have none."""

    name: str
    questions: tuple[Question, ...]
    judgements: Mapping[str, Judged]
    skipped: int

    @property
    def answers(self) -> frozenset[str]:
        """Ids of the articles that answer a question."""
        return frozenset(i for judged in self.judgements.values() for i, score in judged.items() if score > 0)


QUESTION = TypeAdapter(Question)


def read_data_set(folder: Path, split: str | None = None) -> DataSet:
    """Read the questions of ``folder`` and their judgements; raises BadInput, naming the file and the line."""
    qrels = find_qrels(folder, split)
    judgements = read_judgements(qrels)
    questions = read_questions(folder / "queries.jsonl")
    unasked = sorted(judgements.keys() - questions.keys())
    if unasked:
        raise BadInput(f"{qrels}: judges {unasked[0]!r}, a question that is not in queries.jsonl.")
    judged = tuple(question for question in questions.values() if question.id in judgements)
    return DataSet(f"{folder.resolve().name}/{qrels.stem}", judged, judgements, len(questions) - len(judged))


def find_qrels(folder: Path, split: str | None) -> Path:
    """Return the judgements of ``split``: by default of the test split, or of the only one there is."""
    found = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    chosen = split or ("test" if len(found) > 1 else next(iter(found), None))
    if chosen in found:
        return found[chosen]
    if not found:
        raise BadInput(f"{folder}: a BEIR data set has corpus.jsonl, queries.jsonl and qrels/*.tsv; no qrels here.")
    raise BadInput(f"{folder / 'qrels'}: no {chosen}.tsv; choose with --split one of {', '.join(found)}.")


def read_questions(path: Path) -> dict[str, Question]:
    """Return the questions in ``path`` by their ids."""
    questions: dict[str, Question] = {}
    for place, line in lines(path):
        try:
            question = QUESTION.validate_json(line)
        except ValidationError as error:
            raise BadInput(f"{place}: {explain(error)}") from error
        if question.id in questions:
            raise BadInput(f"{place}: there is a question {question.id!r} already.")
        questions[question.id] = question
    return questions


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Return the scores in ``path``, by question and article."""
    judgements: dict[str, dict[str, int]] = {}
    place = f"{path}:1"
    for number, (place, line) in enumerate(lines(path)):
        cells = line.split("\t")
        if number == 0:
            if cells != HEADER:
                raise BadInput(f"{place}: the first line must be {'<tab>'.join(HEADER)}.")
            continue
        if len(cells) != len(HEADER):
            raise BadInput(f"{place}: {len(cells)} cells between tabs where {' '.join(HEADER)} are expected.")
        question, article, score = cells
        given = judgements.setdefault(question, {}).setdefault(article, whole(score, place))
        if given != whole(score, place):
            raise BadInput(f"{place}: {article!r} has the score {given} for {question!r} already.")
    if not judgements:
        raise BadInput(f"{place}: no judgements follow.")
    return judgements


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of ``path`` that hold anything, each behind its place, ``file:line``."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                place = f"{path}:{number}"
                if line.strip():
                    yield place, line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{place}: not UTF-8 ({error.reason} at byte {error.start + 1}).") from error
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}.") from error


def whole(score: str, place: str) -> int:
    """Read a score."""
    try:
        return int(score)
    except ValueError as error:
        raise BadInput(f"{place}: score: {score!r} is not a whole number.") from error


def explain(error: ValidationError) -> str:
    """Say what pydantic found: the field where there is one, and what is wrong."""
    found = errors_of(error.errors())
    return "; ".join(one.message if one.field == "body" else f"{one.field}: {one.message}" for one in found)
