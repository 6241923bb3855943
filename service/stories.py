"""A story: the articles that tell one event, in the order in which they were published."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from indexer import Snapshot, StoredArticle


@dataclass(frozen=True, slots=True)
class Story:
    """``articles`` are the earliest first; each of ``reports`` is an article followed by its copies."""

    id: str
    articles: tuple[StoredArticle, ...]
    reports: tuple[tuple[StoredArticle, ...], ...]


def read_story(snapshot: Snapshot, story_id: str, now: datetime) -> Story:
    """Return a story as readers may see it at ``now``; raises NotFound."""
    articles = snapshot.story(story_id, now)
    groups = snapshot.copy_groups([one.article.id for one in articles])
    reports: dict[int, list[StoredArticle]] = defaultdict(list)
    for one in articles:
        reports[groups[one.article.id]].append(one)
    return Story(story_id, tuple(articles), tuple(map(tuple, reports.values())))
