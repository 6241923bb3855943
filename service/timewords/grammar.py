"""From single times to what the words around them make of it: "early", "since", "between ... and"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from service.timewords.languages import LINKS
from service.timewords.rules import Found, any_of
from service.timewords.spans import SECOND, WEEKLY, Firmness, Span, days, from_to, piece

NEAR, FURTHEST = 32, 80
"""Characters before a time in which its own words stand, and those of an event that it dates."""

PARTS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("early", "beginning of", "start of", "anfang", "début"), (3, 0)),
    **dict.fromkeys(("mid", "middle of", "mitte", "mi"), (3, 1)),
    **dict.fromkeys(("late", "end of", "ende", "fin"), (3, 2)),
    "first half of": (2, 0),
    "second half of": (2, 1),
    "first quarter of": (4, 0),
    "second quarter of": (4, 1),
    "third quarter of": (4, 2),
    "fourth quarter of": (4, 3),
    "last quarter of": (4, 3),
}
"""Words for a part: into how many equal parts, and which of them."""

PART = re.compile(rf"\b(?:the )?(?P<part>(?i:{any_of([*PARTS, 'week of'])}))[ -](?:the )?$")
LINK = re.compile(rf"\b(?P<link>(?i:{any_of(LINKS)})) (?:(?:the )?year |(?P<the>(?:the|dem|der|den|le|la|el) ))?$")
EVENT = re.compile(
    r"\b(?:(?P<link>since|before|after|seit|depuis|desde)|(?:about|at|during|of|over) (?:the|his|her|its|their|that))"
    r" (?:[\w'-]{1,24} ){1,6}?(?:(?:in|of|on|im|en) )?(?:the )?$"
)
"""The time of an event that something else is set against: "since the election in 2024"."""

GAP = re.compile(r" ?[-–—] ?|,? (?:to|and|until|till|through|bis|und|et|y|à|a|hasta) (?:the |in )?")
AND = re.compile(r",? (?:and|und|et|y) ")


def understood(text: str, found: Iterable[Found]) -> list[Found]:
    """Return the times in ``text`` with the words around them taken in; those that turn out to be none are left out."""
    parted = [with_part(text, one) for one in sorted(found, key=lambda one: one.begin)]
    linked = (with_link(text, one) for one in paired(text, parted))
    return [one for one in linked if one.span.firm != "bare"]


def with_part(text: str, found: Found) -> Found:
    """Take in "early", "first half of", "the week of"."""
    match = PART.search(text, max(0, found.begin - NEAR), found.begin)
    if not match:
        return found
    name = match["part"].lower()
    if name == "week of":
        return Found(match.start(), found.stop, week_around(found.span))
    parts, which = PARTS[name]
    span = piece(found.span, parts, which)
    if span != found.span:
        span = span.with_firm("vague" if parts == 3 else "plain")
    return Found(match.start(), found.stop, span)


def week_around(span: Span) -> Span:
    """Return the Monday before the day to the sixth day after it: "the week of 5 June" may begin on that day."""
    if span.start is None or span.unit != "day":
        return span
    day: date = span.start.date()
    return replace(days(day - timedelta(days=day.weekday()), day + timedelta(days=6), "week"), repeats=span.repeats)


def paired(text: str, found: list[Found]) -> list[Found]:
    """Join the two ends of "from ... to" and "between ... and"."""
    joined: list[Found] = []
    for one in found:
        pair = pair_of(text, joined[-1], one) if joined else None
        if pair:
            joined[-1] = pair
        else:
            joined.append(one)
    return joined


def pair_of(text: str, first: Found, last: Found) -> Found | None:
    """Return the span between both, or None where the words between them do not say so."""
    gap = text[first.stop : last.begin]
    if gap in (" ", ", ", ", the ") and first.span.repeats == WEEKLY and last.span.unit == "day":
        return Found(first.begin, last.stop, last.span)  # Monday, 5 June
    if len(gap) > 16 or not GAP.fullmatch(gap):
        return None
    link = LINK.search(text, max(0, first.begin - NEAR), first.begin)
    opened = link is not None and LINKS[link["link"].lower()] in ("from", "between")
    if not opened and (AND.fullmatch(gap) or first.span.firm == last.span.firm == "bare"):
        return None
    vague = "vague" in (first.span.firm, last.span.firm)
    begin = link.start() if link and opened else first.begin
    return Found(begin, last.stop, from_to(first.span, last.span, "vague" if vague else "plain"))


def with_link(text: str, found: Found) -> Found:
    """Take in "in", "since", "before": they say which side of the time is meant, and that it is one."""
    window = max(0, found.begin - NEAR), found.begin
    if found.span.firm == "plain" and found.span.unit == "month" and text.endswith("the ", *window):
        found = replace(found, span=found.span.with_firm("loose"))  # "the March 2025 floods" are told of in May, too
    link = LINK.search(text, *window)
    sense = LINKS[link["link"].lower()] if link else ""
    if not link and found.span.firm == "bare" and found.span.unit != "year":
        return unlinked(text, found)
    if sense in ("", "in"):
        event = EVENT.search(text, max(0, found.begin - FURTHEST), found.begin)
        if event:
            return dated_event(event, found)
    if not link:
        return unlinked(text, found)
    event_name = bool(link["the"]) and found.span.firm == "bare" and found.span.unit in ("year", "month")
    return Found(link.start(), found.stop, side(found.span, sense, event_name))


def dated_event(event: re.Match[str], found: Found) -> Found:
    """Take in an event, "since the election" or "during the riot": later articles tell of it, too."""
    if event["link"]:
        return Found(event.start(), found.stop, side(found.span, LINKS[event["link"]], event=True))
    return found if found.span.firm == "vague" else replace(found, span=found.span.with_firm("loose"))


def unlinked(text: str, found: Found) -> Found:
    """A bare year or day may be part of a name: a preference at most. A bare month is none at all."""
    span, words = found.span, text[found.begin : found.stop]
    if span.firm != "bare" or span.unit == "month" or "may" in words or "march" in words:
        return found
    named = text[: found.begin].endswith("the ") or re.match(r" [A-Z]", text[found.stop : found.stop + 2])
    return found if named and span.unit == "day" else replace(found, span=span.with_firm("vague"))


def side(span: Span, sense: str, event: bool) -> Span:
    """Return what lies on the side of ``span`` that ``sense`` names.

    Where it only dates an ``event`` ("after the election in 2024"), the event lies somewhere inside: all of ``span``
    belongs to either side, and nothing is plain. What was before a time is told after it, too.
    """
    firm: Firmness = "vague" if event else "plain" if span.firm == "bare" else span.firm
    if sense in ("before", "until") and firm == "plain":
        firm = "loose"
    start, end = span.start, span.end
    if sense == "since" or (sense == "after" and event):
        end = None
    elif sense == "after":
        start, end = end and end + SECOND, None
    elif sense == "until" or (sense == "before" and event):
        start = None
    elif sense == "before":
        start, end = None, start and start - SECOND
    return replace(span, start=start, end=end, firm=firm)
