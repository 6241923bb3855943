"""What looks like time words and is none: quotations, titles, names, numbers of things."""

from __future__ import annotations

import re

BLANK = "\0"
"""Stands for every character taken out, so that places in the text stay what they are."""

QUOTED = re.compile(
    r"""
    "[^"\n]{1,120}" | “[^”\n]{1,120}” | „[^“”\n]{1,120}[“”] | «[^»\n]{1,120}»
    | (?<!\w)'(?=[A-Z])[^'\n]{1,80}'(?!\w)
    """,
    re.VERBOSE,
)

WEEKDAY = r"(?:[Mm]on|[Tt]ues|[Ww]ednes|[Tt]hurs|[Ff]ri|[Ss]atur|[Ss]un)day"

NAMES = re.compile(
    rf"""
    \b(?:
      saturday\ night\ (?:live|fever) | friday\ night\ (?:lights|dinner|football) | monday\ night\ football
        | (?:thursday|sunday)\ night\ football | (?:black|good|freaky|man|casual)\ friday | friday\ the\ 13th
        | cyber\ monday | (?:bloody|palm|easter|super|super\ bowl)\ sunday | (?:ash|sheffield|spy)\ wednesday
        | (?:super|fat|shrove|giving|ruby)\ tuesday | maundy\ thursday | holy\ saturday | small\ business\ saturday
        | mail\ on\ sunday | sunday\ (?:times|mirror|mail|express|telegraph|people|post|school|roast)
        | (?:blue|happy|manic)\ monday[s]? | monday\.com | wednesday\ addams
        | last\ week\ tonight | this\ week\ in\ (?:tech|google) | (?:usa|russia|psychology|pakistan|india)\ today
        | today(?:'s)?\ (?:show|program(?:me)?) | tonight\ show
        | today's\ (?:teens|youth|young|kids|children|generations?|world|society|standards|money|dollars)
        | the\ day\ after\ tomorrow | apocalypse\ now
        | now\ you\ see\ me | thursday\ murder\ club | brian\ may | theresa\ may | cinco\ de\ mayo | may\ day
        | (?:fourth|4th)\ of\ july | new\ year's\ (?:eve|day) | september\ 11(?!,?\ ?[0-9]) | march\ madness
        | march\ (?:on\ washington|for\ (?:our\ lives|life)) | mars\ 2020 | vision\ 2020 | agenda\ 20[0-9]0
        | (?:flight|room|number|no\.|route|highway|resolution|boeing|channel|article|section|windows)
          \ [0-9]{{4}}
      | (?:every|each|any|most)\ (?:other\ )?{WEEKDAY}
      | (?:first|second|third|fourth|last)\ {WEEKDAY}\ (?:of|in)
      | (?<!from\ )(?<!between\ ){WEEKDAY}\ (?:to|through)\ {WEEKDAY}
    )(?!\w)
    """,
    re.VERBOSE,
)

THINGS = (
    r"people|persons?|men|women|children|kids|students|pupils|workers|employees|jobs|soldiers|troops|civilians|migrants|"
    r"refugees|protesters|passengers|patients|victims|deaths|dead|cases|infections|votes|voters|seats|homes|houses|"
    r"buildings|schools|shops|stores|companies|firms|cars|vehicles|planes|flights|ships|trees|acres|hectares|miles|"
    r"kilomet(?:er|re)s|met(?:er|re)s|km|m|kg|tons?|tonnes|dollars|euros|pounds|yen|points|degrees|times|hours|minutes|"
    r"days|weeks|months|years|copies|items|pages|words|calories|goals|runs|signatures|complaints|species|islands"
)
"""What is counted: a number before one of these is no year."""

NUMBERS = re.compile(
    rf"""
    [$€£¥\#][0-9]{{4}}\b
    | \b(?:than|least|about|nearly|almost|some|around|over)\ [0-9]{{4}}\b
    | (?<![\w.,/-])[0-9]{{4}}(?=(?:\ [a-z]{{1,12}})?\ (?:{THINGS})\b)
    """,
    re.VERBOSE,
)

FIRST_LETTERS = re.compile(
    rf"(?:^|[.?!:;\n])[^\w\n]{{0,3}}(?!{WEEKDAY}|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))([A-ZÀ-Ý])(?=[a-z])"
)

STRAIGHT = str.maketrans("’‘\n\t\xa0\u202f", "''    ")


def lower(text: str) -> str:
    """Return ``text`` in lower case, at the same length: the few letters that would grow stay as they are."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(one.lower()[:1] for one in text)


def without(pattern: re.Pattern[str], text: str, seen: str) -> str:
    """Return ``text`` with blanks where ``pattern`` matches ``seen``, which is as long."""
    for match in pattern.finditer(seen):
        text = text[: match.start()] + BLANK * len(match[0]) + text[match.end() :]
    return text


def readable(question: str) -> str:
    """Return ``question`` at the same length, without what is quoted, named or counted.

    Sentences begin in lower case, so that a capital letter tells a name ("Last Week", "Today") from ordinary words.
    """
    text = question.translate(STRAIGHT)
    text = lower(text) if text.isupper() else text
    text = without(QUOTED, text, text)
    text = without(NAMES, text, lower(text))
    text = without(NUMBERS, text, text)
    return FIRST_LETTERS.sub(lambda match: match[0][:-1] + lower(match[1]), text)
