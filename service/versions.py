"""What an article said before, and what changed from one version to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise

from indexer import Article, BadInput, Snapshot, StoredArticle, sentences
from service.types import Span

UNTOLD = ("id", "body", "language", "date_source", "date_confidence")
"""Fields that say nothing to readers, or are compared sentence by sentence."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version with what is different from the one before: names of fields, and sentences that came and went.

    ``added`` are slices of the body of ``stored``, ``removed`` of the body before it.
    """

    stored: StoredArticle
    before: Article | None = None
    changed: tuple[str, ...] = ()
    added: tuple[Span, ...] = ()
    removed: tuple[Span, ...] = ()


def stood(
    snapshot: Snapshot, article_id: str, now: datetime, number: int | None, as_of: datetime | None
) -> StoredArticle:
    """Return an article in the version of this number, or as it stood at a time, or else as it stands now.

    Raises NotFound, Withdrawn, and BadInput where both are asked for.
    """
    if number is not None and as_of is not None:
        raise BadInput("version, as_of: either one or the other can be asked for.")
    if number is None and as_of is None:
        return snapshot.article(article_id, now)
    return snapshot.version(article_id, now, number=number, as_of=as_of)


def compared(versions: Sequence[StoredArticle]) -> list[Version]:
    """Return the versions of an article, the first one first, each compared with the one before."""
    return [Version(versions[0]), *(compare(one, other) for one, other in pairwise(versions))]


def compare(earlier: StoredArticle, later: StoredArticle) -> Version:
    """Return what ``later`` has changed."""
    before, after = earlier.article, later.article
    told = (field.name for field in fields(Article) if field.name not in UNTOLD)
    changed = [name for name in told if getattr(before, name) != getattr(after, name)]
    old, new = spans(before), spans(after)
    matcher = SequenceMatcher(None, texts(before, old), texts(after, new), autojunk=False)
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    return Version(
        later,
        before,
        tuple(changed + ["body"] * (before.body != after.body)),
        added=tuple(span for _, _, _, first, last in steps for span in new[first:last]),
        removed=tuple(span for _, first, last, _, _ in steps for span in old[first:last]),
    )


def spans(article: Article) -> list[Span]:
    """Return the sentences of an article's body."""
    return [Span(one.start, one.end) for one in sentences(article.body, article.language)]


def texts(article: Article, found: Sequence[Span]) -> list[str]:
    """Return the texts of spans of an article's body."""
    return [article.body[span.start : span.end] for span in found]
