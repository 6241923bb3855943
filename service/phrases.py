"""Phrases that must stand in an article as they are."""

from __future__ import annotations

import re

from indexer import Article

QUOTED = re.compile(r'["“„]([^"“”„]+)["”“]')
LETTER = r"[^\W\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af]"
"""A letter or digit of a script that puts spaces between words: there, a phrase is made of whole words."""
BETWEEN = r"[\W_]+"


def phrases(question: str) -> list[str]:
    """Return the quoted phrases of a question, or all of it where nothing is quoted."""
    return QUOTED.findall(question) or [question]


def tells(article: Article, phrase: str) -> bool:
    """Return whether ``phrase`` stands in the headline or the text, whatever its case and its punctuation."""
    words = BETWEEN.join(map(re.escape, re.findall(r"\w+", phrase.casefold())))
    pattern = rf"(?<!{LETTER}){words}(?!{LETTER})"
    return any(re.search(pattern, text.casefold()) for text in (article.title, article.body))
