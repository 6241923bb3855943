"""The table of time words: which pattern is read by which function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from service.timewords import readers
from service.timewords.folding import BLANK, THINGS
from service.timewords.languages import ENGLISH_MONTHS, MONTHS
from service.timewords.readers import DECADES, FIXED, MEANING, NUMBERS, SEASONS, WEEKDAYS
from service.timewords.spans import Span

Reader = Callable[[re.Match[str], datetime], Span | None]


def any_of(names: Iterable[str]) -> str:
    """Return a pattern for any of ``names``, longest first."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


def capital(names: Iterable[str]) -> str:
    """Return a pattern for any of ``names``, also with a capital letter."""
    return any_of([*names, *(name.capitalize() for name in names)])


AMOUNT = rf"(?P<amount>[0-9]{{1,3}}|(?:a )?(?:{any_of(NUMBERS)}))"
UNIT = r"(?P<unit>hour|day|week|fortnight|month|year|decade)"
YEAR = r"(?P<year>1[5-9][0-9]{2}|20[0-9]{2})"
DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th|\.)?"
LAST = r"(?P<last>[0-3]?[0-9])(?:st|nd|rd|th|\.)?"
TO = r"(?: ?[-–] ?| (?:to|and|until|bis|und|et|y|al|au) )"
MONTH = rf"\b(?P<month>{capital(MONTHS)})\b\.?"
MAY_ACTS = (
    r"(?!(?<=[Mm]ay)(?:'s|\ (?:be|have|not|resigned|quit|lost|won|said|announced|became|left|called|took|was|had))\b)"
)
OF = r"(?:,? |,| of | de )"
NOT_OF = r"\b(?! of\b)"
FOREIGN_LINK = r"\b(?:en|im|seit|depuis|desde|avant|après|de|entre|zwischen)"
ALONE = r"(?<![\w.,/:$€£#-])"


def table(*rows: tuple[str, Reader]) -> tuple[tuple[re.Pattern[str], Reader], ...]:
    """Return ``rows`` with their patterns compiled."""
    return tuple((re.compile(pattern), read) for pattern, read in rows)


NUMBERED = table(
    (rf"{ALONE}([0-9]{{4}})-([01][0-9])(?:-([0-3][0-9]))?(?![\w-])", readers.iso),
    (rf"{ALONE}([0-3]?[0-9])([./])([01]?[0-9]|[0-3][0-9])\2([12][0-9]{{3}})(?![\w/])", readers.numeric),
    (rf"{ALONE}{DAY}{TO}{LAST}(?: of)? {MONTH}(?:{OF}{YEAR}(?!\w))?", readers.named_day),
    (rf"{ALONE}{DAY}(?: of| de)? {MONTH}{MAY_ACTS}(?:{OF}{YEAR}(?!\w))?", readers.named_day),
    (
        rf"{MONTH} {DAY}(?:{TO}{LAST})?(?![\w%:]|[.,][0-9]| (?:{THINGS})\b)(?:,? {YEAR}(?!\w))?",
        readers.named_day,
    ),
    (rf"{MONTH}{OF}{YEAR}(?!\w)", readers.named_month),
    (rf"\b(?:(?P<before>20[0-9]{{2}}) )?[Qq](?P<quarter>[1-4])(?:{OF}{YEAR})?\b", readers.quarter),
    (rf"\b[Hh](?P<half>[12]){OF}{YEAR}\b", readers.half),
    (r"\b(?P<decade>(?:1[5-9]|20)[0-9]0)'?s\b", readers.decade),
    (r"\b([1-9]|1[0-9]|2[01])(?:st|nd|rd|th)[ -]century\b", readers.century),
    (
        rf"{ALONE}{YEAR}(?P<mark>[-–/])(?P<last>(?:1[5-9]|20)[0-9]{{2}}|[0-9]{{2}})(?![\w/-])",
        readers.year_pair,
    ),
    (rf"\b(?P<season>{capital(SEASONS)})(?: of)? {YEAR}\b", readers.season),
    (rf"(?:{ALONE}|(?<=[Mm]id-)|(?<=arly-)|(?<=late-)){YEAR}(?![\w%/-]|[.,][0-9])", readers.bare_year),
)
"""What has digits in it. Longer words come before the shorter ones they contain, here as below: what a rule has read,
the next one does not see."""

WORDED = table(
    (rf"\b(?P<which>last|this) (?P<season>{any_of(SEASONS)})\b", readers.season),
    (rf"(?:(?<=\bthe )'?|')(?P<decade>[0-9]0(?='?s\b)|(?:{any_of(DECADES)})\b)(?:'?s)?", readers.decade),
    (rf"{ALONE}\b{AMOUNT} {UNIT}s? ago\b", readers.ago),
    (rf"\b(?:last|past|previous) {AMOUNT} {UNIT}s?{NOT_OF}", readers.last_few),
    (rf"\bpast {UNIT}{NOT_OF}", readers.last_few),
    (rf"\b(?:over|in|during|within|for|throughout) the (?:last|previous) {UNIT}{NOT_OF}", readers.last_few),
    (rf"\b(?:{any_of(FIXED)}){NOT_OF}|\b(?:{any_of(MEANING)})\b", readers.fixed),
    (
        r"\btomorrow\b|\b(?:next|coming|upcoming) (?:\w+ )?(?:day|week|weekend|month|quarter|year|decade)s?\b",
        readers.next_unit,
    ),
    (rf"\b(?:(?P<which>last|past|this|next) )?(?P<weekday>{capital(WEEKDAYS)})\b", readers.weekday),
    (rf"\b(?:(?P<which>last|this|next) )?(?P<month>{capital(ENGLISH_MONTHS)})\b{MAY_ACTS}", readers.bare_month),
    (rf"{FOREIGN_LINK} (?P<words>{MONTH})", readers.bare_month),
)
"""What may be all words."""


MOST = 20
DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Found:
    """A span, and where its words stand: ``text[begin:stop]``."""

    begin: int
    stop: int
    span: Span


def find(text: str, as_of: datetime) -> list[Found]:
    """Return every time that ``text`` names, by the order of the rules; of a mere list of dates, the first found."""
    found: list[Found] = []
    for pattern, read in NUMBERED + WORDED if DIGIT.search(text) else WORDED:
        for match in list(pattern.finditer(text)):
            if len(found) == MOST:
                return found
            span = span_of(match, read, as_of)
            if span:
                begin, stop = match.span("words" if "words" in pattern.groupindex else 0)
                found.append(Found(begin, stop, span))
                text = text[:begin] + BLANK * (stop - begin) + text[stop:]
    return found


def span_of(match: re.Match[str], read: Reader, as_of: datetime) -> Span | None:
    """Return what ``read`` makes of ``match``; None where no calendar has it: 30 February, 900 decades ago."""
    with suppress(ValueError, OverflowError):
        return read(match, as_of)
    return None
