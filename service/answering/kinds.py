"""What kind of thing a question asks for, and how much of that kind a sentence offers that the question has not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from service.highlights import WORD

ENOUGH = 4
"""New names from which a sentence offers all it can: more would only be a list."""

NUMBERS = re.compile(
    r"\d(?:[\d.,]*\d)?|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?"
    r"|[mb]illions?|trillions?|half|third|quarter|percent|double|triple"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|hundert|tausend|Million(?:en)?|Milliarden?|Prozent"
    r"|deux|trois|quatre|cinq|sept|huit|neuf|dix|cent|mille|milliards?|dos|tres|cuatro|cinco|mil|millones)\b",
    re.IGNORECASE,
)
DATES = re.compile(
    r"\b(?:(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|today|tomorrow|yesterday|tonight|spring|summer|autumn|winter|next"
    r"|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch|heute|morgen"
    r"|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|lundi|mardi|mercredi|jeudi"
    r"|vendredi|samedi|dimanche|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre|lunes|martes|miércoles|jueves|viernes|sábado|domingo|\d{1,2}:\d\d|[12]\d{3})\b",
    re.IGNORECASE,
)
REASONS = re.compile(
    r"\b(?:because|due to|after|over|caus\w+|since|as|amid|owing|reasons?|weil|wegen|da|nachdem|denn|parce que|car"
    r"|après|en raison|porque|debido|tras)\b",
    re.IGNORECASE,
)
NAME = re.compile(r"\b(?:[^\W\d_a-zß-öø-ÿ])[\w’'-]*\w")
"""A word that begins with a capital, or with a letter of a script that has none."""


def new(found: re.Pattern[str], sentence: str, question: str) -> list[str]:
    """Return what ``found`` finds in ``sentence`` whose words are not all in the question, each once."""
    asked = set(WORD.findall(question.casefold()))
    told = {match.casefold() for match in found.findall(sentence)}
    return [one for one in told if not asked.issuperset(WORD.findall(one))]


def names(sentence: str, question: str) -> float:
    """Return the share of ``ENOUGH`` new names; the first word has a capital of its own and tells nothing."""
    return min(len(new(NAME, sentence[1:], question)), ENOUGH) / ENOUGH


def numbers(sentence: str, question: str) -> float:
    """Return 1 where there is a new number."""
    return float(bool(new(NUMBERS, sentence, question)))


def dates(sentence: str, question: str) -> float:
    """Return 1 where there is a new date."""
    return float(bool(new(DATES, sentence, question)))


def reasons(sentence: str, question: str) -> float:
    """Return 1 where a word gives a reason."""
    return float(bool(new(REASONS, sentence, "")))


@dataclass(frozen=True, slots=True)
class Kind:
    """Something a question can ask for: how one tells, and how much of it, from 0 to 1, a sentence offers."""

    asked_by: re.Pattern[str]
    offered: Callable[[str, str], float]


KINDS = (
    Kind(
        re.compile(
            r"\bhow (?!(?:do|did|does|can|could|is|are|was|were|has|have|had|will|would|should|to)\b)\w+"
            r"|\b(?:what|which) (?:percent(?:age)?|share|price|number|rate)\b|\bamount\b|\bfigure\b"
            r"|\bwie ?viele?\b|\bcombien\b|\bcuánt[oa]s?\b",
            re.IGNORECASE,
        ),
        numbers,
    ),
    Kind(
        re.compile(r"\bwhen\b|\b(?:what|which) (?:day|date|year|month)\b|\bwann\b|\bquand\b|\bcuándo\b", re.IGNORECASE),
        dates,
    ),
    Kind(re.compile(r"\bwhy\b|\bwarum\b|\bwieso\b|\bweshalb\b|\bpourquoi\b|\bpor qué\b", re.IGNORECASE), reasons),
)
ANYTHING = Kind(re.compile(""), names)
"""Who, which, where and what: mostly a name."""


def kind(question: str) -> Kind:
    """Return what ``question`` asks for."""
    return next((one for one in KINDS if one.asked_by.search(question)), ANYTHING)
