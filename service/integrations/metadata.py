"""What frameworks keep beside the text of a passage."""

from __future__ import annotations

from typing import Any

from service.client import Hit


def metadata(hit: Hit) -> dict[str, Any]:
    """Return the source of ``hit`` as plain values, dates in ISO 8601; what is not known is left out."""
    known = {
        "title": hit.title,
        "publisher": str(hit.publisher),
        "published_at": hit.published_at and hit.published_at.isoformat(),
        "url": hit.url,
        "article_id": hit.article_id,
        "version": hit.version,
        "char_start": hit.char_start,
        "char_end": hit.char_end,
        "score": hit.score,
        "story_id": hit.story_id,
        "language": hit.language,
        "authors": list(hit.authors),
        "categories": list(hit.categories),
        "updated_at": hit.updated_at and hit.updated_at.isoformat(),
        "correction": hit.correction,
        "date_confidence": hit.date_confidence,
        "also_published_by": [str(copy.publisher) for copy in hit.also_published_by],
    }
    return {name: value for name, value in known.items() if value not in (None, "", [])}
