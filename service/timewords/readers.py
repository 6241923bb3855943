"""From matched words to the span they name: one function a kind of words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from service.timewords import spans
from service.timewords.languages import MONTHS, SAME_AS
from service.timewords.spans import Span

NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "couple of": 2,
    "three": 3,
    "few": 3,
    "four": 4,
    "five": 5,
    "several": 5,
}
NUMBERS |= {"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
DECADES = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80}
DECADES |= {"nineties": 90}
AROUND: dict[str, spans.Unit] = {
    "week": "week",
    "fortnight": "week",
    "month": "month",
    "year": "year",
    "decade": "decade",
}
"""What "three of them ago" is rounded to."""


def amount_of(words: str) -> int:
    """Read "3", "three" or "a few"."""
    return int(words) if words.isdigit() else NUMBERS[words.removeprefix("a ") or "a"]


def month_of(match: re.Match[str]) -> int:
    """Return the number of the month that is named."""
    return MONTHS[match["month"].lower()]


def iso(match: re.Match[str], as_of: datetime) -> Span:
    """2023-03-05, 2023-03."""
    in_year, in_month = int(match[1]), int(match[2])
    return spans.day(date(in_year, in_month, int(match[3]))) if match[3] else spans.month(in_year, in_month)


def numeric(match: re.Match[str], as_of: datetime) -> Span:
    """5.3.2023; and 3/5/2023, which is one day in America and another in Europe, so it is both."""
    first, mark, second, number = int(match[1]), match[2], int(match[3]), int(match[4])
    if mark == "." or first > 12 or first == second:
        return spans.day(date(number, second, first))
    if second > 12:
        return spans.day(date(number, first, second))
    either, other = sorted((date(number, second, first), date(number, first, second)))
    return spans.days(either, other, "day", "vague")


def named_day(match: re.Match[str], as_of: datetime) -> Span:
    """3 March 2023, March 3rd; and 3-5 March."""
    number, last, in_year = int(match["day"]), match.groupdict().get("last"), match["year"]
    if in_year:
        first = spans.day(date(int(in_year), month_of(match), number))
        until = spans.day(date(int(in_year), month_of(match), int(last or number)))
    else:
        until = spans.latest_day(as_of, int(last or number), month_of(match), "bare")
        first = spans.latest_day(as_of, number, month_of(match), "bare")
    return spans.from_to(first, until, until.firm)


def named_month(match: re.Match[str], as_of: datetime) -> Span:
    """March 2023."""
    return spans.month(int(match["year"]), month_of(match))


def bare_month(match: re.Match[str], as_of: datetime) -> Span | None:
    """March: the most recent one. "last March" may be the one before that, and "this March" the one to come."""
    which = match.groupdict().get("which")
    found = spans.latest_month(as_of, month_of(match), "vague" if which else "bare")
    if which == "last" and found.end and found.end > as_of:
        return spans.month(as_of.year - 1, month_of(match), "vague")
    if which in ("this", "next") and month_of(match) > as_of.month:
        return spans.month(as_of.year, month_of(match))
    return found


def quarter(match: re.Match[str], as_of: datetime) -> Span:
    """Q3 2024; without a year the most recent one."""
    first, in_year = 3 * int(match["quarter"]) - 2, match["year"] or match["before"]
    if in_year:
        return spans.quarter(date(int(in_year), first, 1))
    return spans.quarter(date(as_of.year - (first > as_of.month), first, 1), "vague")


def season(match: re.Match[str], as_of: datetime) -> Span:
    """Summer 2022, last winter: of the northern half, so never plain."""
    named = match.groupdict()
    first, in_year, which = SEASONS[match["season"].lower()], named.get("year"), named.get("which")
    begin = date(int(in_year) if in_year else as_of.year - (first > as_of.month), first, 1)
    over = begin + relativedelta(months=3) <= as_of.date()
    if which == "last" and not over:
        begin -= spans.YEARLY
    if which == "this" and over and as_of.month < first:
        begin += spans.YEARLY
    return spans.days(begin, begin + relativedelta(months=3, days=-1), "quarter", "vague")


def half(match: re.Match[str], as_of: datetime) -> Span:
    """H1 2023."""
    return spans.piece(spans.year(int(match["year"])), 2, int(match["half"]) - 1)


def decade(match: re.Match[str], as_of: datetime) -> Span:
    """The 1990s, the nineties, the '90s: the most recent ones."""
    word = match["decade"]
    if len(word) == 4 and word.isdigit():
        return spans.decade(int(word))
    first = as_of.year - as_of.year % 100 + (DECADES[word] if word in DECADES else int(word))
    return spans.decade(first if first <= as_of.year else first - 100)


def century(match: re.Match[str], as_of: datetime) -> Span:
    """The 19th century."""
    first = 100 * int(match[1]) - 99
    return spans.days(date(first, 1, 1), date(first + 99, 12, 31), "decade", "vague")


def bare_year(match: re.Match[str], as_of: datetime) -> Span:
    """2023."""
    return spans.year(int(match["year"]), "bare")


def year_pair(match: re.Match[str], as_of: datetime) -> Span:
    """2019-2021; and 2023-24 or 2023/24, which mostly name a season."""
    first = int(match["year"])
    last = int(match["last"]) if len(match["last"]) == 4 else first - first % 100 + int(match["last"])
    return spans.from_to(spans.year(first), spans.year(last), "plain" if len(match["last"]) == 4 else "vague")


def ago(match: re.Match[str], as_of: datetime) -> Span:
    """3 days ago: that day. Two weeks ago: thereabouts, half a unit to either side."""
    unit, then = match["unit"], as_of - spans.LENGTH[match["unit"]] * amount_of(match["amount"])
    if unit in ("hour", "day"):
        return spans.day(then.date())
    half = (as_of - (as_of - spans.LENGTH[unit])) / 2
    return spans.days((then - half).date(), (then + half).date(), AROUND[unit], "vague")


def last_few(match: re.Match[str], as_of: datetime) -> Span:
    """The last 3 days, the past year."""
    return spans.rolling(as_of, amount_of(match.groupdict().get("amount") or "one"), match["unit"])


def next_unit(match: re.Match[str], as_of: datetime) -> Span:
    """Tomorrow, next year, the coming days: all the same, nothing is published yet."""
    return spans.day(as_of.date() + timedelta(days=1))


def weekday(match: re.Match[str], as_of: datetime) -> Span:
    """On Monday: the most recent one, today included.

    Asked on a Wednesday, "last Monday" may be this week's or last week's.
    """
    number, which, today = WEEKDAYS.index(match["weekday"].lower()), match["which"], as_of.date()
    back = (today.weekday() - number) % 7
    if which == "next" or (which == "this" and number > today.weekday()):
        return spans.day(today + timedelta(days=7 - back))
    if which in ("last", "past"):
        return spans.day(today - timedelta(days=back or 7), "vague" if number < today.weekday() else "plain")
    return spans.day(today - timedelta(days=back), "plain" if which else "bare", repeats=spans.WEEKLY)


def today(as_of: datetime) -> Span:
    """Return as_of's day, but at least twelve hours: soon after midnight, today is still yesterday in the west."""
    start = spans.day(as_of.date()).start
    return Span(min(start or as_of, as_of - timedelta(hours=12)), as_of, "day", "loose")


def days_back(number: int) -> Callable[[datetime], Span]:
    """Return the reader of a word for the day that many days back."""
    return lambda as_of: spans.day(as_of.date() - timedelta(days=number))


def recent_weekend(as_of: datetime) -> Span:
    """Return the last weekend that has begun."""
    return spans.weekend((as_of - timedelta(days=5)).date())


def roughly(number: int) -> Callable[[datetime], Span]:
    """Return the reader of vague words for the last days."""
    return lambda as_of: spans.rolling(as_of, number, "day", "vague")


def calendar(unit: str, back: int) -> Callable[[datetime], Span]:
    """Return the reader of a word for the calendar unit that many units back; the one that runs is loose."""
    firm: spans.Firmness = "plain" if back else "loose"
    return lambda as_of: spans.calendar_unit(unit, (as_of - spans.LENGTH[unit] * back).date(), firm)


CALENDAR = ("week", "weekend", "month", "quarter", "year", "decade")
FIXED: dict[str, Callable[[datetime], Span]] = {
    **{f"this {unit}": calendar(unit, 0) for unit in CALENDAR},
    **{f"last {unit}": calendar(unit, 1) for unit in CALENDAR},
    **{f"{unit} before last": calendar(unit, 2) for unit in CALENDAR},
    "this week": lambda as_of: spans.rolling(as_of, 7, "day", "loose"),  # on a Monday, nobody means one day
    "day before yesterday": days_back(2),
    "yesterday": days_back(1),
    "last night": lambda as_of: spans.rolling(as_of, 1, "day"),
    "overnight": lambda as_of: spans.rolling(as_of, 1, "day", "loose"),
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), today),
    **dict.fromkeys(("over the weekend", "at the weekend", "past weekend"), recent_weekend),
    **dict.fromkeys(("the other day", "recent days"), roughly(7)),
    **dict.fromkeys(("recently", "lately", "recent weeks"), roughly(30)),
    "recent months": roughly(180),
    "recent years": roughly(5 * 365),
}
"""Words that need no reading."""

MEANING = SAME_AS | {words.lower(): meaning for words, meaning in SAME_AS.items()}
FRENCH = re.compile(r"\b(?:est|qui|quoi|quel(?:le)?s?|que|les?|dans|ont|été|pourquoi|à)\b")


def fixed(match: re.Match[str], as_of: datetime) -> Span | None:
    """Yesterday, gestern, ayer. "Hier" is yesterday in French and here in German."""
    words = match[0]
    if words == "hier" and not FRENCH.search(match.string):
        return None
    return FIXED[MEANING.get(words, words)](as_of)
