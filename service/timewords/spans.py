"""Spans of time and the calendar arithmetic behind them; no words in it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

Unit = Literal["day", "weekend", "week", "month", "quarter", "year", "decade"]

Firmness = Literal["plain", "loose", "bare", "vague"]
"""How much the words alone say: ``plain`` names a period ("last week"); ``loose`` one that still runs ("this week");
``bare`` needs a preposition to be a time at all ("March", "2023"); ``vague`` has no borders ("recently")."""

LAG: dict[Unit, timedelta] = {
    "day": timedelta(days=3),  # Friday's event is told on Monday
    "weekend": timedelta(days=3),
    "week": timedelta(days=7),  # weekly reviews; and where a week begins on Sunday, "last week" ends six days later
    "month": timedelta(days=21),  # a month's figures come out in the middle of the next
    "quarter": timedelta(days=45),  # a quarter's results within six weeks
    "year": timedelta(days=90),  # a year's statistics in spring
    "decade": timedelta(days=365),
}
"""How long after a period has ended articles about it still come out."""

LENGTH: dict[str, relativedelta] = {
    "hour": relativedelta(hours=1),
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "weekend": relativedelta(weeks=1),
    "fortnight": relativedelta(weeks=2),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
    "decade": relativedelta(years=10),
}

SECOND = timedelta(seconds=1)
YEARLY = relativedelta(years=1)
WEEKLY = relativedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time in UTC, both ends included, None where it is open; it may lie in the future.

    ``repeats`` tells how far back the same words named another time ("March": a year, "Monday": a week).
    """

    start: datetime | None
    end: datetime | None
    unit: Unit
    firm: Firmness = "plain"
    repeats: relativedelta | None = None

    def with_firm(self, firm: Firmness) -> Span:
        """Return the same span, as sure as ``firm``."""
        return replace(self, firm=firm)

    def contains(self, other: Span) -> bool:
        """Tell whether ``other`` lies wholly inside."""
        return (self.start is None or (other.start is not None and self.start <= other.start)) and (
            self.end is None or (other.end is not None and other.end <= self.end)
        )


def days(first: date, last: date, unit: Unit, firm: Firmness = "plain", repeats: relativedelta | None = None) -> Span:
    """Return the span from the first second of ``first`` to the last one of ``last``."""
    end = datetime.combine(last, time(23, 59, 59), UTC)
    return Span(datetime.combine(first, time.min, UTC), end, unit, firm, repeats)


def day(one: date, firm: Firmness = "plain", repeats: relativedelta | None = None) -> Span:
    """Return one day."""
    return days(one, one, "day", firm, repeats)


def week(one: date, firm: Firmness = "plain") -> Span:
    """Return the week, Monday to Sunday, that ``one`` lies in."""
    monday = one - timedelta(days=one.weekday())
    return days(monday, monday + timedelta(days=6), "week", firm)


def weekend(one: date, firm: Firmness = "plain") -> Span:
    """Return Saturday and Sunday of the week that ``one`` lies in."""
    saturday = one - timedelta(days=one.weekday()) + timedelta(days=5)
    return days(saturday, saturday + timedelta(days=1), "weekend", firm)


def month(year: int, number: int, firm: Firmness = "plain", repeats: relativedelta | None = None) -> Span:
    """Return a calendar month."""
    return days(date(year, number, 1), date(year, number, monthrange(year, number)[1]), "month", firm, repeats)


def quarter(one: date, firm: Firmness = "plain") -> Span:
    """Return the quarter of the calendar year that ``one`` lies in."""
    first = date(one.year, one.month - (one.month - 1) % 3, 1)
    return days(first, first + relativedelta(months=3, days=-1), "quarter", firm)


def year(number: int, firm: Firmness = "plain") -> Span:
    """Return a calendar year."""
    return days(date(number, 1, 1), date(number, 12, 31), "year", firm)


def decade(first: int) -> Span:
    """Return ten years."""
    return days(date(first, 1, 1), date(first + 9, 12, 31), "decade")


def calendar_unit(unit: str, one: date, firm: Firmness = "plain") -> Span:
    """Return the calendar week, weekend, month, quarter, year or decade that ``one`` lies in."""
    if unit == "month":
        return month(one.year, one.month, firm)
    if unit == "year":
        return year(one.year, firm)
    if unit == "decade":
        return decade(one.year - one.year % 10)
    return {"week": week, "weekend": weekend, "quarter": quarter}[unit](one, firm)


def rolling(as_of: datetime, amount: int, unit: str, firm: Firmness = "plain") -> Span:
    """Return the last ``amount`` units before ``as_of``, from the start of a day: many articles have a date only."""
    start = datetime.combine((as_of - LENGTH[unit] * amount).date(), time.min, UTC)
    return Span(start, as_of, "day", firm)


def latest_day(as_of: datetime, number: int, of_month: int, firm: Firmness = "plain") -> Span:
    """Return the most recent such day, today included. Raises ValueError where no year has it."""
    today = as_of.date()
    for back in range(9):  # 29 February may be eight years back
        if number <= monthrange(today.year - back, of_month)[1]:
            found = date(today.year - back, of_month, number)
            if found <= today:
                return day(found, firm, repeats=YEARLY)
    raise ValueError(f"no month {of_month} has a day {number}")


def latest_month(as_of: datetime, number: int, firm: Firmness = "plain") -> Span:
    """Return the most recent such month; the one that runs counts."""
    return month(as_of.year - (number > as_of.month), number, firm, repeats=YEARLY)


def piece(span: Span, parts: int, which: int) -> Span:
    """Return one of equal ``parts`` of a month, year or decade; other spans are not cut."""
    steps: dict[Unit, relativedelta] = {
        "month": relativedelta(days=30 // parts),
        "year": relativedelta(months=12 // parts),
        "decade": relativedelta(months=120 // parts),
    }
    step = steps.get(span.unit)
    if step is None or span.start is None:
        return span
    end = span.end if which == parts - 1 else span.start + step * (which + 1) - SECOND
    return replace(span, start=span.start + step * which, end=end)


def from_to(first: Span, last: Span, firm: Firmness) -> Span:
    """Return the span from the start of one to the end of the other.

    A ``first`` that repeats is the last one that does not begin after ``last``.
    """
    start, end = first.start, last.end
    while first.repeats and start and last.start and start > last.start:
        start -= first.repeats
    if start and end and start > end:
        start, end = last.start, first.end
    return Span(start, end, last.unit, firm, last.repeats)
