"""What the words of an article give away: whom and what it names, and whether its body is about its headline."""

from __future__ import annotations

import re

from indexer.chunking import UNSPACED

WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
"""A word of letters and digits; in a script without spaces, every character."""

TELLING = 5
"""Letters of a word that says something, shorter ones stand in any text; and how many of them tell it from others."""

FEWEST_TELLING = 2
"""Telling words of a headline that can be missed; one with fewer is a date or the name of a column."""

TOLD = 0.2
"""Share of a headline's telling words that the shortest report of it repeats."""

LONGEST_NOTICE = 200
"""Words of the longest notice; a longer body under a headline that has nothing of it is a column or a round-up."""


def names(words: list[str]) -> frozenset[str]:
    """Return the numbers among ``words``, and those with a capital that never stand there without; case is folded."""
    plain = {word for word in words if word[0].islower()}
    marked = (word for word in words if word[0].isupper() or word[0].isdigit())
    return frozenset(word.casefold() for word in marked) - plain


def is_notice(title: list[str], body: list[str]) -> bool:
    """Return whether something else was captured in place of the article, given the words of both.

    Consent forms, pleas to register and broken players stand under thousands of headlines and say nothing of them.
    """
    telling = _telling(title)
    if len(body) > LONGEST_NOTICE or len(telling) < FEWEST_TELLING:
        return False
    return len(telling & _telling(body)) < TOLD * len(telling)


def _telling(words: list[str]) -> set[str]:
    """How the words that say something begin; their ends change with grammar."""
    return {word.casefold()[:TELLING] for word in words if len(word) >= TELLING}
