"""Comparisons of an article's fields joined by and/or, as alternatives that a search can take one by one.

Everything is said exactly or refused with a ValueError in words: no comparison is ever left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from math import ceil, floor
from typing import Literal

from indexer import Condition

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
Scalar = str | float | bool
Value = Scalar | list[Scalar]

KEYS: dict[str, Literal["article", "publisher", "author", "category", "language"]] = {
    "author": "author",
    "category": "category",
    "domain": "publisher",
    "file_id": "article",
    "language": "language",
    "publisher": "publisher",
}
TIME = "published_at"
WANTED = {"eq": True, "in": True, "ne": False, "nin": False}

MOST_ALTERNATIVES = 16


@dataclass(frozen=True, slots=True)
class Conjunction:
    """What an article must satisfy, all of it; both ends of the published range are included."""

    conditions: tuple[Condition, ...] = ()
    published_from: datetime | None = None
    published_to: datetime | None = None

    @property
    def possible(self) -> bool:
        """Whether there can be such an article."""
        return not (self.published_from and self.published_to and self.published_from > self.published_to)

    def __and__(self, other: Conjunction) -> Conjunction:
        """Return what satisfies both."""
        starts = [one for one in (self.published_from, other.published_from) if one]
        ends = [one for one in (self.published_to, other.published_to) if one]
        return Conjunction(self.conditions + other.conditions, max(starts, default=None), min(ends, default=None))


Alternatives = tuple[Conjunction, ...]
"""An article must satisfy one of them."""

ANYTHING: Alternatives = (Conjunction(),)


def compare(key: str, operator: Operator, value: Value) -> Alternatives:
    """Return what satisfies one comparison; raises ValueError."""
    if key == TIME:
        return bounded((during(operator, value),))
    if operator not in WANTED:
        raise ValueError(f"{key} is compared with eq, ne, in and nin; {operator!r} is for {TIME}")
    return (Conjunction((Condition(KEYS[key], texts(operator, value), WANTED[operator]),)),)


def texts(operator: Operator, value: Value) -> tuple[str, ...]:
    """Return the texts to compare with."""
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) != (operator in ("in", "nin")):
        raise ValueError(f"{operator!r} takes {'a list of texts' if operator in ('in', 'nin') else 'one text'}")
    if not all(isinstance(one, str) for one in values):
        raise ValueError("this field is a text")
    return tuple(str(one) for one in values)


def during(operator: Operator, value: Value) -> Conjunction:
    """Return what was published when a comparison says; never what has no date."""
    if operator in ("ne", "in", "nin"):
        raise ValueError(f"{TIME} is compared with eq, gt, gte, lt and lte")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{TIME} is a number, in seconds since 1970")
    try:
        return since(value, operator) & until(value, operator)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{value} is no time, in seconds since 1970") from None


def since(value: float, operator: Operator) -> Conjunction:
    """Return the beginning of a range, in whole seconds."""
    if operator in ("lt", "lte"):
        return Conjunction()
    first = floor(value) + 1 if operator == "gt" else ceil(value)
    return Conjunction(published_from=datetime.fromtimestamp(first, UTC))


def until(value: float, operator: Operator) -> Conjunction:
    """Return the end of a range, in whole seconds."""
    if operator in ("gt", "gte"):
        return Conjunction()
    last = ceil(value) - 1 if operator == "lt" else floor(value)
    return Conjunction(published_to=datetime.fromtimestamp(last, UTC))


def all_of(parts: Sequence[Alternatives]) -> Alternatives:
    """Return what satisfies every one of ``parts``; raises ValueError where that takes too many searches."""
    return reduce(both, parts, ANYTHING)


def both(left: Alternatives, right: Alternatives) -> Alternatives:
    """Return what satisfies ``left`` and ``right``."""
    return bounded(tuple(one & other for one in left for other in right))


def any_of(parts: Sequence[Alternatives]) -> Alternatives:
    """Return what satisfies one of ``parts``; raises ValueError where that takes too many searches."""
    joined: dict[object, Conjunction] = {}
    for one in (one for part in parts for one in part):
        match one:
            case Conjunction((Condition(field, values, True),), None, None):  # one search finds them all
                known = joined.get(field)
                values = (*known.conditions[0].values, *values) if known else values
                joined[field] = Conjunction((Condition(field, values),))
            case _:
                joined[one] = one
    return bounded(tuple(joined.values()))


def bounded(alternatives: Alternatives) -> Alternatives:
    """Return ``alternatives`` unless they are too many; raises ValueError."""
    possible = tuple(one for one in alternatives if one.possible)
    if len(possible) > MOST_ALTERNATIVES:
        raise ValueError(f"too many alternatives: written out, this is more than {MOST_ALTERNATIVES} joined by 'or'")
    return possible
