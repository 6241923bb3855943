"""Where a caller can read an article: at its publisher, or else here."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from indexer import Article


@dataclass(frozen=True, slots=True)
class Links:
    """Knows under which address this service is reached; most tools drop a result that has no link."""

    base_url: str

    def to(self, article: Article) -> str:
        """Return where to read ``article``, never nothing."""
        return article.url or f"{self.base_url.rstrip('/')}/articles/{quote(article.id)}"
