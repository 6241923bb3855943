"""Lines that a publisher puts before or behind many of its articles are dropped from them; never a line in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from indexer.cleaning import one_line, same
from indexer.types import Arrival, Article, Rejected

WINDOW = 512
"""Articles looked at together, so that the first ones of a run are rid of the lines that the later ones repeat."""

MANY = 5
"""Articles of one publisher in which a line must stand, and at least one in ``ONE_IN`` of them."""

ONE_IN = 10

SHORTEST = 16
"""Characters of the shortest line that is dropped; bylines and datelines may be shorter and tell something."""

LONGEST = 300

_EDGE = 8
"""Lines at either end of a body that are looked at."""

_REMEMBERED = 4000
"""Lines of one publisher that are counted. Of more, the half seen least is forgotten, which none that repeats is in."""


@dataclass(slots=True)
class _Publisher:
    """In how many of a publisher's articles each line stands at an end."""

    articles: int = 0
    lines: Counter[str] = field(default_factory=Counter)

    def note(self, lines: set[str]) -> None:
        self.articles += 1
        self.lines.update(lines)
        if len(self.lines) > _REMEMBERED:
            self.lines = Counter(dict(self.lines.most_common(_REMEMBERED // 2)))

    def repeats(self, line: str) -> bool:
        return self.lines[line] >= max(MANY, self.articles / ONE_IN)


def without_boilerplate(items: Iterable[Arrival | Rejected]) -> Iterator[Arrival | Rejected]:
    """Yield ``items`` in their order, their bodies without the lines that many articles of their publisher share.

    A line counts if it stands word for word at the beginning or the end of at least five articles of the run and of a
    tenth of that publisher's. An article of which less than half would be left stays as it is: it is a list or a copy,
    and its lines are its news. Whatever lost lines has its ``whole``, by which it is known again: which lines go
    depends on what it arrives with.
    """
    publishers: dict[str, _Publisher] = {}
    stream = iter(items)
    while window := list(islice(stream, WINDOW)):
        for item in window:
            if isinstance(item, Arrival):
                _note(item.article, publishers)
        for item in window:
            yield _without_lines(item, publishers) if isinstance(item, Arrival) else item


def _note(article: Article, publishers: dict[str, _Publisher]) -> None:
    name = _publisher(article)
    if name:
        keys = [_key(line) for line in article.body.splitlines() if line.strip()]
        publishers.setdefault(name, _Publisher()).note(set(filter(None, (*keys[:_EDGE], *keys[-_EDGE:]))))


def _without_lines(arrival: Arrival, publishers: dict[str, _Publisher]) -> Arrival:
    trimmed = _trimmed(arrival.article, publishers)
    return arrival if trimmed is arrival.article else replace(arrival, article=trimmed, whole=arrival.article)


def _trimmed(article: Article, publishers: dict[str, _Publisher]) -> Article:
    publisher = publishers.get(_publisher(article))
    if publisher is None or publisher.articles < MANY:
        return article
    lines = article.body.splitlines()
    start, end = 0, len(lines)
    while start < end and _goes(lines[start], publisher):
        start += 1
    while start < end and _goes(lines[end - 1], publisher):
        end -= 1
    body = "\n".join(lines[start:end]).strip("\n")
    changed = (start, end) != (0, len(lines)) and any(line.strip() for line in (*lines[:start], *lines[end:]))
    return replace(article, body=body) if changed and 2 * len(body) >= len(article.body) else article


def _goes(line: str, publisher: _Publisher) -> bool:
    """Whether a line at an end is empty or boilerplate."""
    return not line.strip() or publisher.repeats(_key(line))


def _key(line: str) -> str:
    """What two lines that say the same have in common; empty for a line too short or too long to be dropped."""
    return same(one_line(line)) if SHORTEST <= len(line.strip()) <= LONGEST else ""


def _publisher(article: Article) -> str:
    return (article.publisher or article.domain or "").casefold()
