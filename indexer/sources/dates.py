"""Dates as articles carry them, read as moments in UTC to the second, and only where they can be read one way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from dateutil import parser

EARLIEST_YEAR = 1500
LATEST_YEAR = 2199

_USE = "use ISO 8601 such as 2025-08-21T14:05:00Z"
_LONGEST = 80
_SOONEST_EPOCH = 10**8  # smaller numbers are years, days written without dashes, and nothing at all
_LATEST_EPOCH_IN_SECONDS = 10**11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DIGITS = re.compile(r"\d{10}|\d{13}", re.ASCII)

_CLOCK = re.compile(r"T\d\d|\d:\d\d|\d\s*[ap]\.?m\b", re.ASCII | re.IGNORECASE)
"""What a date with a time of day has somewhere."""

_OFFSET_FROM = re.compile(r"\b(?:GMT|UTC)(?=[+-]\d)")
"""What dateutil would take as POSIX does, where GMT+2 lies west of Greenwich."""

_HOURS = {
    **{"UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2},
    **{"EET": 2, "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8},
    **{"PDT": -7, "JST": 9, "AEST": 10, "AEDT": 11},
}
"""Hours before UTC of the zones news is dated in by name."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A moment in UTC, and in words what the text it was read from left open, if anything."""

    moment: datetime
    lacking: str = ""


def moment(value: str | float, latest_year: int = LATEST_YEAR) -> datetime:
    """Return the moment ``value`` names, as ``dated`` reads it."""
    return dated(value, latest_year).moment


def dated(value: str | float, latest_year: int = LATEST_YEAR) -> Dated:
    """Return the moment ``value`` names; a date alone is its midnight and a time without a zone is taken as UTC.

    A number counts seconds or milliseconds since 1970. Raises ValueError, saying why, for what is no date, leaves its
    day open or could be two different days.
    """
    shown = repr(value[:_LONGEST] if isinstance(value, str) else value)
    try:
        time = _in_text(value.strip(), shown) if isinstance(value, str) else _in_number(value, shown)
        lacking = "" if time.tzinfo else _lacking(str(value))
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{shown} is not a date; {_USE}") from error
    if not EARLIEST_YEAR <= time.year <= latest_year:
        raise ValueError(f"{shown} is in the year {time.year}; only {EARLIEST_YEAR} to {latest_year} is possible")
    return Dated(time.replace(microsecond=0), lacking)


def _lacking(text: str) -> str:
    return "no time zone" if _CLOCK.search(text) else "day only"


def _in_text(text: str, shown: str) -> datetime:
    if len(text) > _LONGEST:
        raise ValueError(f"{shown} is not a date; {_USE}")
    if _EPOCH_DIGITS.fullmatch(text):
        return _in_number(int(text), shown)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _in_words(text, shown)


def _in_number(number: float, shown: str) -> datetime:
    if not abs(number) >= _SOONEST_EPOCH:
        raise ValueError(f"{shown} is not a date; a number must be seconds or milliseconds since 1970")
    milliseconds = abs(number) >= _LATEST_EPOCH_IN_SECONDS
    return _EPOCH + (timedelta(milliseconds=number) if milliseconds else timedelta(seconds=number))


def _in_words(text: str, shown: str) -> datetime:
    """Read ``text`` in every way it could be meant; they must all come to the same moment."""
    text = _OFFSET_FROM.sub("", text)
    try:
        plain, *others = (
            parser.parse(text, default=default, dayfirst=day_first, yearfirst=year_first, tzinfos=_zone)
            for default in (datetime(2000, 1, 1), datetime(2001, 2, 2))
            for day_first in (False, True)
            for year_first in (False, True)
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{shown} is not a date; {_USE}") from error
    if any(other != plain for other in others[:3]):
        raise ValueError(f"{shown} could be more than one day; {_USE}")
    if any(other != plain for other in others):
        raise ValueError(f"{shown} does not say which day; {_USE}")
    return plain


def _zone(name: str | None, seconds: int | None) -> timezone | None:
    """The time zone dateutil found, refused if its name is not one that everybody reads alike."""
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    if name is None:
        return None
    if name not in _HOURS:
        raise ValueError(f"unknown time zone {name}")
    return timezone(timedelta(hours=_HOURS[name]))
