"""Articles on their way out of an index: nothing in them acts without being seen.

Cleaning has taken such characters out of every article that was indexed. This is for those that came to be in an index
in another way; it keeps every offset, so that passages and citations still point at the same words.
"""

from __future__ import annotations

from dataclasses import replace

from indexer.types import Article
from indexer.unseen import shown


def shown_article(article: Article) -> Article:
    """Return ``article`` with every text as it is shown; the id, which names it, stays as it is."""
    return replace(
        article,
        title=line(article.title),
        body=shown(article.body),
        summary=maybe(article.summary),
        url=maybe(article.url),
        publisher=maybe(article.publisher),
        authors=tuple(map(line, article.authors)),
        categories=tuple(map(line, article.categories)),
        language=maybe(article.language),
        correction=maybe(article.correction),
        date_source=maybe(article.date_source),
    )


def line(text: str) -> str:
    """Return ``text`` as it is shown, on one line."""
    return shown(text).replace("\n", " ")


def maybe(text: str | None) -> str | None:
    """Return ``text`` as it is shown on one line, if there is any."""
    return None if text is None else line(text)
