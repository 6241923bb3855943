"""What a language model writes, cut into sentences with their citations while it is still coming."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indexer import sentences, shown

QUOTE = r"""["“”„«]\s*(?P<quote>[^\n]{0,600}?)\s*["“”»]"""
CITATION = re.compile(rf"\[\s*(?P<numbers>\d{{1,4}}(?:\s*[,;]\s*\d{{1,4}})*)\s*[:,]?\s*(?:{QUOTE})?\s*\]")
BARE = re.sub(r"\?P<\w+>", "", CITATION.pattern)
UNIT = re.compile(
    rf"[^\n]*?\s*{BARE}(?:\s*{BARE})*[ \t]*[.!?]?(?=\s*[^\s\[.!?])"
    r"|[^\n]*\n(?=\s*[^\s\[])"
)
"""A sentence with its citations, known to be whole because something else follows; or else a line."""

PATIENCE = 0.02
"""How much must have come, as a share of what waits, for that to be looked at again: what never ends takes little."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A citation as it was written: the number of a passage, and what is said to stand there."""

    number: int
    quote: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as it was written, without its citations, and these."""

    text: str
    claims: tuple[Claim, ...]


def drafts(pieces: Iterable[str]) -> Iterator[Draft]:
    """Yield every sentence once it and its citations are whole."""
    waiting = more = ""
    for piece in pieces:
        more += shown(piece)
        if len(more) < PATIENCE * len(waiting):
            continue
        waiting, more = squeezed(waiting + more), ""
        while (unit := UNIT.match(waiting)) is not None:
            yield from cut(unit.group())
            waiting = waiting[unit.end() :]
    yield from cut(squeezed(waiting + more))


def squeezed(text: str) -> str:
    """Make every run of white space one space, or one end of a line: in long ones a pattern would try each of them."""
    return re.sub(r"\s\s+", lambda run: "\n" if "\n" in run.group() else " ", text)


def cut(unit: str) -> Iterator[Draft]:
    """Yield the sentences of ``unit``. A citation belongs to the sentence before it, and to no earlier one."""
    text = ""
    claims: list[Claim] = []
    place = 0
    for citation in CITATION.finditer(unit):
        between = unit[place : citation.start()]
        if claims and says(between):
            yield from split(text, claims)
            text, claims = "", []
        text += between
        claims += read(citation)
        place = citation.end()
    rest = unit[place:]
    if claims and says(rest):
        yield from split(text, claims)
        text, claims = "", []
    yield from split(text + rest, claims)


def says(text: str) -> bool:
    """Tell whether there is more to ``text`` than marks."""
    return bool(text.strip(" \n.!?,;"))


def read(citation: re.Match[str]) -> Iterator[Claim]:
    """Yield a claim for each number."""
    for number in re.findall(r"\d+", citation["numbers"]):
        yield Claim(int(number), citation["quote"] or "")


def split(text: str, claims: Iterable[Claim]) -> Iterator[Draft]:
    """Yield the sentences of ``text``, all ``claims`` with the last of them."""
    text = re.sub(r"\s+([.,;!?])", r"\1", " ".join(text.split())).lstrip(" .,;-*•")
    spans = list(sentences(text))
    for span in spans[:-1]:
        yield Draft(text[span.start : span.end], ())
    if spans:
        yield Draft(text[spans[-1].start : spans[-1].end], tuple(claims))
