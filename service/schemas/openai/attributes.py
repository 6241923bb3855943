"""What is known of an article, as OpenAI's attributes: a few short texts and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from indexer import Article, StoredArticle

LONGEST_TEXT = 512
"""Characters that an attribute may have."""

Attributes = dict[str, str | int]


def attributes(stored: StoredArticle) -> Attributes:
    """Return what is known of an article, within the limits that OpenAI sets for attributes."""
    return {key: value for key, value in facts(stored) if value not in (None, "")}


def facts(stored: StoredArticle) -> Iterator[tuple[str, str | int]]:
    """Yield every fact of an article."""
    article = stored.article
    yield "title", cut(article.title)
    if article.url and len(article.url) <= LONGEST_TEXT:  # half an address leads nowhere
        yield "url", article.url
    yield "publisher", cut(article.publisher or "")
    yield "domain", cut(article.domain or "")
    yield "author", cut(", ".join(article.authors))
    yield "category", cut(", ".join(article.categories))
    yield "language", cut(article.language or "")
    yield "status", article.status
    for name, time in (("published_at", article.published_at), ("updated_at", article.updated_at)):
        if time is not None:
            yield name, int(time.timestamp())
    yield "indexed_at", int(stored.indexed_at.timestamp())


def filename(article: Article) -> str:
    """Return what people see as the name of a source."""
    return article.title or article.id


def seconds(moment: datetime | None) -> int | None:
    """Return seconds since 1970."""
    return int(moment.timestamp()) if moment else None


def cut(text: str) -> str:
    """Return ``text`` at the length an attribute may have."""
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
