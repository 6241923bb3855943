"""Dify's conditions as what a search can take: said exactly, or refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Literal

from indexer import BadInput, Condition
from service.expressions import ANYTHING, Alternatives, Conjunction, all_of, any_of
from service.schemas.asked import ending, starting
from service.schemas.dify import DifyConditionIn, DifyConditionsIn

FIELDS: dict[str, Literal["article", "publisher", "author", "category", "language"]] = {
    "publisher": "publisher",
    "authors": "author",
    "categories": "category",
    "language": "language",
    "article_id": "article",
}
"""By the names that records have in their metadata."""
LISTS = ("authors", "categories")
DATE = "published_at"

WANTED = {"is": True, "=": True, "in": True, "is not": False, "≠": False, "not in": False}
WANTED_IN_LISTS = {"contains": True, "not contains": False}

SECOND = timedelta(seconds=1)
"""What times in the index are kept to."""
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


def alternatives(where: DifyConditionsIn | None) -> Alternatives:
    """Return what satisfies ``where``; raises BadInput for what no search can tell exactly."""
    if where is None or not where.conditions:
        return ANYTHING
    join = any_of if where.logical_operator == "or" else all_of
    try:
        return join([(satisfying(one),) for one in where.conditions])
    except OverflowError as error:
        raise BadInput(f"metadata_condition: {DATE}: this is before or after all dates") from error
    except ValueError as error:
        raise BadInput(f"metadata_condition: {error}") from error


def satisfying(one: DifyConditionIn) -> Conjunction:
    """Return what satisfies one condition."""
    if one.name == DATE:
        return dated(one)
    if one.name not in FIELDS:
        raise ValueError(f"there is no field {one.name!r}; there are {', '.join([*FIELDS, DATE])}")
    operators = WANTED | WANTED_IN_LISTS if one.name in LISTS else WANTED
    if one.comparison_operator not in operators:
        raise unsupported(one, operators)
    return Conjunction((Condition(FIELDS[one.name], texts(one), operators[one.comparison_operator]),))


def texts(one: DifyConditionIn) -> tuple[str, ...]:
    """Return what a condition compares with."""
    values = one.value if isinstance(one.value, list) else [one.value]
    found = tuple(value for value in values if isinstance(value, str) and value)
    if not found or len(found) < len(values):
        raise ValueError(f"{one.name}: {one.comparison_operator!r} needs a text to compare with")
    return found


def dated(one: DifyConditionIn) -> Conjunction:
    """Return what was published when a condition says; never what has no date."""
    match one.comparison_operator:
        case "not empty":
            return Conjunction(published_from=EARLIEST)
        case "after" | ">":
            return Conjunction(published_from=moment(one, last=True) + SECOND)
        case "≥":
            return Conjunction(published_from=moment(one))
        case "before" | "<":
            return Conjunction(published_to=moment(one) - SECOND)
        case "≤":
            return Conjunction(published_to=moment(one, last=True))
        case "is" | "=":
            return Conjunction(published_from=moment(one), published_to=moment(one, last=True))
        case _:
            raise unsupported(one, ("before", "after", "is", "=", ">", "<", "≥", "≤", "not empty"))


def moment(one: DifyConditionIn, last: bool = False) -> datetime:
    """Read a date, of which the first or the ``last`` second counts; a number is seconds since 1970."""
    if isinstance(one.value, float):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=floor(one.value))
    read = (ending if last else starting)(one.value)
    if not isinstance(read, datetime):
        raise ValueError(f"{DATE}: {one.comparison_operator!r} needs one date, such as 2025-08-21")
    return read


def unsupported(one: DifyConditionIn, known: Iterable[str]) -> ValueError:
    """Say that no search can do this, and which comparisons it can."""
    names = ", ".join(map(repr, known))
    return ValueError(f"{one.comparison_operator!r} cannot be done on {one.name}; it takes {names}")
