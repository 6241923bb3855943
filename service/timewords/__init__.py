"""What the time words of a question mean: "last week", "in March 2023", "since the election in 2024".

What only looks like time ("Saturday Night Live") is taken out first (``folding``). Words are then read by a table of
small patterns (``rules``), each with a function that does the calendar (``readers``, ``spans``), and what stands around
them ("early", "since", "between ... and") is taken in (``grammar``). Everything is counted from as_of's day, in UTC.

Words filter where they are plain: a period with borders ("last week", "in August 2025"), not long ago, dated in the
sentence that asks. Others are a preference: a period that still runs ("this week", for recency serves it as well), the
past of over two years, a year that names an event ("the 2024 election"), what is told "since" or "about" an event,
"recently", seasons. A question for news itself ("What happened ...", "headlines from ...") makes the first two plain.

An article about a time is published in it or soon after, so a filter needs a margin at the end, never at the start:
three days after a day or a weekend (Friday's event is told on Monday), a week after a week, three weeks after a month
(its figures come out then), six weeks after a quarter, three months after a year (``spans.LAG``). No range reaches
beyond ``as_of``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from service.timewords.folding import readable
from service.timewords.grammar import understood
from service.timewords.rules import Found, find
from service.timewords.spans import LAG, Span

__all__ = ["Asks", "TimeWords", "understand"]

Asks = Literal["latest", "period", "past"]
"""What a question wants of time: what is new, a period, or what is long over."""

LONG_AGO = timedelta(days=2 * 365)
"""What is older is history: told again and again, so that an article of any later time may answer."""

RECENT = timedelta(days=31)

TREND = timedelta(days=180)
"""How long a time counted back from now is what a question is about ("how much have prices risen over the past
year?"), and no longer when its answer was published."""
YEARS_OF_NEWS = range(1600, 9000)
"""When questions may be asked: from the first newspaper on, and far from both ends of Python's calendar."""

NEWEST = re.compile(
    r"\b(?:latest|newest|most recent|recent|breaking|now|currently|current|at present|so far|ongoing|up to date"
    r"|jetzt|aktuell\w{0,3}|neueste[nrs]?|actuellement|dernières nouvelles|ahora|actualmente|últimas noticias)\b"
)
PRESENT = re.compile(r"\b(?:now|currently|at present|so far|jetzt|actuellement|actualmente|ahora)\b")
HISTORY = re.compile(
    r"\b(?:historically|throughout history|this day in history|(?:long|many years|decades|centuries) ago)\b"
)
FUTURE = re.compile(
    r"\b(?:will|won't|going to|expected to|scheduled|set to|upcoming|plans? to|wird|werden"
    r"|due to (?:be|begin|end|start|open|launch|speak|meet|take|return))\b"
)
ABOUT_NEWS = re.compile(
    r"^\W{0,3}(?:(?:show|find|give|tell|get|me|us|list|what|are|is|was|were|the|any|all|some|top|main|latest) ){0,5}"
    r"(?:news|headlines|articles|stories|reports|coverage|updates|[Nn]achrichten|nouvelles|noticias)\b"
    r"|\bin the news\b|\b(?:published|printed)\b|'s (?:top |main |biggest )?(?:news|headlines|stories)\b"
    r"|\bwhat(?:'s| is| has| was)? (?:happen(?:ed|ing)|new|going on)\b|\bqué (?:pasó|ha pasado)\b"
    r"|\bwas (?:ist|war|hat sich) .{0,40}(?:passiert|geschehen|ereignet)\b|\bque s'est-il passé\b"
)
"""Questions for news itself, whatever it is about."""

FURTHER_SENTENCE = re.compile(r"[.?!]['\")]?\s+\w")


@dataclass(frozen=True, slots=True)
class TimeWords:
    """What the time words of a question mean.

    ``start`` and ``end`` (UTC, both included, ``start <= end <= as_of``) are the time they name; None is open, and both
    are None where they name none ("latest", "next week"). Articles about it are published until ``published_to``, which
    is never earlier than ``end`` nor later than ``as_of``. ``plain`` words may filter, on ``start`` and
    ``published_to``: a reader would be astonished by anything else. Others are only a preference.
    """

    text: str
    start: datetime | None
    end: datetime | None
    published_to: datetime | None
    plain: bool
    asks: Asks


def understand(question: str, as_of: datetime) -> TimeWords | None:
    """Say what the time words of ``question`` mean, asked at ``as_of``; None where it has none.

    Of several times the latest counts: an article that tells of all was published after it.
    """
    as_of = as_of.astimezone(UTC)
    if as_of.year not in YEARS_OF_NEWS:
        return None
    text = readable(question)
    found = understood(text, find(text, as_of))
    past = [one for one in found if not is_future(one, text, as_of)]
    chosen = max(past, key=lambda one: lateness(one.span, as_of), default=None)
    present = PRESENT.search(text)
    if chosen is None or (present and chosen.span.firm != "plain" and closed(chosen.span, as_of)):
        return without_range(question, text, found)
    plain = is_plain(chosen.span, text[chosen.stop :], text, as_of) and all(
        one.span.contains(chosen.span) for one in past
    )
    return with_range(question[chosen.begin : chosen.stop], chosen.span, as_of, plain)


def is_future(found: Found, text: str, as_of: datetime) -> bool:
    """Tell whether it lies ahead: by the calendar, or by a verb before it where "on Monday" can be either."""
    span = found.span
    if (span.start or span.end or as_of) > as_of:
        return True
    sentence = max(text.rfind(mark, 0, found.begin) for mark in ".?!")
    return span.repeats is not None and FUTURE.search(text, sentence + 1, found.begin) is not None


def lateness(span: Span, as_of: datetime) -> tuple[float, float]:
    """Return a key by which the span that begins last, and of these the shortest, is the greatest."""
    start = span.start.timestamp() if span.start else float("-inf")
    return start, -min(span.end or as_of, as_of).timestamp()


def closed(span: Span, as_of: datetime) -> bool:
    """Tell whether ``span`` is over."""
    return span.end is not None and span.end < as_of


def is_plain(span: Span, rest: str, text: str, as_of: datetime) -> bool:
    """Tell whether the words filter: they name a recent period and date what is asked, or the question asks for news.

    Words of a sentence that only leads up to the question ("NASA stopped a launch on Monday. Where is the launchpad?")
    date what is known, not what is asked.
    """
    if span.firm == "vague":
        return False
    if ABOUT_NEWS.search(text):
        return True
    recent = span.end is None or as_of - span.end <= LONG_AGO
    return span.firm == "plain" and recent and not is_trend(span, as_of) and not FURTHER_SENTENCE.search(rest)


def is_trend(span: Span, as_of: datetime) -> bool:
    """Tell whether ``span`` is so many months or years up to now: what changed over them is told at their end."""
    if span.start is None or closed(span, as_of):
        return False
    return as_of - span.start >= TREND and span.start.day == as_of.day


def with_range(words: str, span: Span, as_of: datetime, plain: bool) -> TimeWords:
    """Return what ``words`` mean, cut off at ``as_of``."""
    end = min(span.end or as_of, as_of)
    if as_of - end > LONG_AGO:
        asks: Asks = "past"
    else:
        asks = "latest" if end == as_of and span.start and as_of - span.start <= RECENT else "period"
    return TimeWords(words, span.start, end, end + min(LAG[span.unit], as_of - end), plain, asks)


def without_range(question: str, text: str, found: list[Found]) -> TimeWords | None:
    """Return what words mean that say something of time but name none that is past."""
    newest, history = NEWEST.search(text), HISTORY.search(text)
    ahead = [(one.begin, one.stop) for one in found if not text[one.begin : one.stop].isdigit()]  # "Blade Runner 2049"
    if newest or ahead:
        begin, stop = newest.span() if newest else ahead[-1]
        return TimeWords(question[begin:stop], None, None, None, False, "latest")
    if history:
        return TimeWords(question[slice(*history.span())], None, None, None, False, "past")
    return None
