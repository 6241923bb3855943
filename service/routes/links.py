"""Where a caller can read an article: at its publisher, or else here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request

from service.types import Hit


@dataclass(frozen=True, slots=True)
class Linker:
    """Knows under which address this service was asked; most tools drop a result that has no link."""

    base: str

    def to(self, hit: Hit) -> str:
        """Return the address of the article that ``hit`` stands in, never nothing."""
        article = hit.found.source.article
        return article.url or f"{self.base}articles/{quote(article.id)}"


def linker(request: Request) -> Linker:
    """Return what makes links into the service that was asked."""
    return Linker(str(request.base_url))


Links = Annotated[Linker, Depends(linker)]
