"""One question or several: "Who resigned, and why?" asks twice, and both are searched apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PARTS = 4
"""Questions that are searched apart; what is asked beyond them stays with the last one."""

FEWEST_WORDS = 3
"""Words that a later question must have to be understood without the first one."""

ASKING = {
    "and": r"who|whom|whose|what|which|when|where|why|how",
    "und": r"wer|wen|wem|wessen|was|welche[mnrs]?|wann|wo|wohin|woher|warum|wieso|weshalb|wie",
    "et": r"qui|quoi|quels?|quelles?|quand|où|pourquoi|comment|combien",
    "y": r"quién(?:es)?|qué|cuál(?:es)?|cuándo|dónde|por qué|cómo|cuánt[oa]s?",
}
"""Words that ask, by the "and" of their language."""

POINTING = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|its|their|this|that|these|those|there|one"
    r"|er|sie|es|ihn|ihm|dies\w*|il|elle|ils|elles|lui|cela|él|ella|ellos|eso)\b",
    re.IGNORECASE,
)
"""Words that stand for something named before."""

SENTENCE = re.compile(r"(?<=[.!?？。])\s+|(?<=[？。])")
AND = re.compile(
    "|".join(
        rf",?\s+{word}\s+(?=(?:(?:in|at|by|for|to|from|with)\s+)?(?:{asking})\b)" for word, asking in ASKING.items()
    ),
    re.IGNORECASE,
)
ASKS = re.compile(rf"\b(?:{'|'.join(ASKING.values())})\b", re.IGNORECASE)
LETTERS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Question:
    """A part of what was asked: as it was put, its very question, and what is searched for it.

    One that makes no sense alone ``leans`` on the first, with which it is searched: "why?" as "Who resigned why?".
    """

    text: str
    focus: str
    searched: str
    leans: bool = False


def split(asked: str) -> tuple[Question, ...]:
    """Return the questions that ``asked`` is made of, at least one; what only leads up to a question belongs to it."""
    found = list(questions(asked.strip()))
    head, rest = found[: MOST_PARTS - 1], found[MOST_PARTS - 1 :]
    texts = [*head, " ".join(rest)] if rest else head
    if len(texts) == 1:
        return (Question(asked, focus(asked), asked),)
    first = texts[0]
    return (
        Question(first, focus(first), first),
        *(later(text, first) for text in texts[1:]),
    )


def later(text: str, first: str) -> Question:
    """Return a question behind the ``first`` one."""
    if alone(text):
        return Question(text, focus(text), text)
    return Question(text, focus(text), f"{first.rstrip('?？ ')} {text}", leans=True)


def focus(text: str) -> str:
    """Return the last sentence of ``text`` that is a question; the last one where none is."""
    found = [sentence for sentence in SENTENCE.split(text.strip()) if sentence]
    asking = [sentence for sentence in found if sentence.endswith(("?", "？"))]
    return (asking or found or [text])[-1]


def questions(asked: str) -> Iterator[str]:
    """Yield each question with the sentences that lead up to it; the last also with those that follow."""
    sentences = [sentence for sentence in SENTENCE.split(asked) if sentence]
    asking = [place for place, sentence in enumerate(sentences) if sentence.endswith(("?", "？"))]
    ends = [place + 1 for place in asking[:-1]]
    for start, end in zip([0, *ends], [*ends, len(sentences)], strict=True):
        yield from clauses(" ".join(sentences[start:end]))


def clauses(text: str) -> Iterator[str]:
    """Yield the questions of one sentence that are joined by "and"."""
    start = 0
    for joint in AND.finditer(text):
        if ASKS.search(text, start, joint.start()):
            yield text[start : joint.start()].rstrip(" ,") + "?"
            start = joint.end()
    yield text[start:]


def alone(text: str) -> bool:
    """Tell whether a later question can be understood without the first one."""
    words = LETTERS.findall(ASKS.sub(" ", text))
    return len(words) >= FEWEST_WORDS and not POINTING.search(text)
