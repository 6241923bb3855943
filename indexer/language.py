"""The language a text is written in, told from the text alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from indexer.types import Article

SHORTEST = 40
"""Letters a text must have; in a script that writes a word in one or two characters each counts for three."""

_LONGEST = 3000
_SUREST = 0.8
_DENSE_FROM = "\u2e80"
"""From here on Unicode has the scripts of East Asia."""


def with_language(article: Article) -> Article:
    """Return ``article`` with the language of its body, if none is stated and it can be told."""
    return article if article.language else replace(article, language=language_of(article.body))


def language_of(text: str) -> str | None:
    """The language of ``text`` by its ISO 639-1 code; None for a text too short, or too mixed, to be sure of."""
    sample = text[:_LONGEST]
    letters = sum(3 if letter >= _DENSE_FROM else 1 for letter in sample if letter.isalpha())
    if letters < SHORTEST:
        return None
    language, confidence = _identifier().classify(sample)
    return str(language) if confidence >= _SUREST and len(language) == 2 else None


@cache
def _identifier() -> LanguageIdentifier:
    """The model, which takes a moment to load."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
