"""Saved filters: parts of the index under a name of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Self

from indexer import BadInput, Condition, Filter, NotFound, Snapshot, StoredArticle, describes

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NEWS = "news"
"""The name of the whole index."""


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """Which articles belong to it, as in ``Filter``; without any of these, all of them."""

    name: str
    description: str = ""
    publishers: tuple[str, ...] = ()
    exclude_publishers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What an article must satisfy."""
        asked = (
            Condition("publisher", self.publishers),
            Condition("publisher", self.exclude_publishers, wanted=False),
            Condition("author", self.authors),
            Condition("category", self.categories),
            Condition("language", self.languages),
        )
        return tuple(one for one in asked if one.values)

    def admits(self, stored: StoredArticle) -> bool:
        """Return whether an article belongs to it."""
        return describes(Filter(datetime.now(UTC), conditions=self.conditions), stored.article)

    def article(self, snapshot: Snapshot, article_id: str) -> StoredArticle:
        """Return an article that belongs to it; raises NotFound, and Withdrawn if its publisher took it back."""
        found = snapshot.article(article_id, datetime.now(UTC))
        if not self.admits(found):
            raise NotFound(f"There is no article {article_id!r} in {self.name!r}.")
        return found

    @classmethod
    def read(cls, name: str, table: object) -> Self:
        """Read the fields of a ``[stores.NAME]`` table; raises BadInput, naming the table and the field."""
        place = f"stores.{name}"
        if not NAME.fullmatch(name) or name == NEWS:
            raise BadInput(f"{place}: a name has letters, digits, - and _ only, at most 64, and is not {NEWS!r}.")
        if not isinstance(table, Mapping):
            raise BadInput(f"{place}: it is not a table; write [{place}] and its fields below.")
        known = [one.name for one in fields(cls) if one.name != "name"]
        unknown = sorted(set(table) - set(known))
        if unknown:
            raise BadInput(f"{place}: unknown field {', '.join(unknown)}; known are {', '.join(known)}.")
        return cls(name, **{field: read_value(f"{place}.{field}", field, value) for field, value in table.items()})


EVERYTHING = SavedFilter(NEWS, "Every article of this index.")


def articles(
    snapshot: Snapshot, store: SavedFilter, now: datetime, after: str = "", step: int = 100
) -> Iterator[StoredArticle]:
    """Yield the articles of ``store`` in order of their ids, beginning after one; ``step`` of them are held at once."""
    while page := snapshot.articles(after, step, now):
        yield from filter(store.admits, page)
        after = page[-1].article.id


def count(snapshot: Snapshot, store: SavedFilter, now: datetime) -> int:
    """Return how many articles there are in ``store``."""
    return snapshot.count(Filter(now, conditions=store.conditions))


def read_value(place: str, field: str, value: object) -> Any:  # noqa: ANN401 (a text or texts, as the field has it)
    """Return the description as it is and anything else as texts; raises BadInput."""
    if field == "description":
        if not isinstance(value, str):
            raise BadInput(f"{place}: it is not a text.")
        return value
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one.strip() for one in value):
        raise BadInput(f'{place}: it is not a list of texts; write {field} = ["...", "..."].')
    return tuple(value)


def read_stores(tables: object) -> tuple[SavedFilter, ...]:
    """Read the ``[stores.*]`` tables of a settings file, in order of their names; raises BadInput."""
    if not isinstance(tables, Mapping):
        raise BadInput("stores: it is not a table; write [stores.NAME] and its fields below.")
    return tuple(SavedFilter.read(name, tables[name]) for name in sorted(tables))


def to_json(stores: Iterable[SavedFilter]) -> str:
    """Write saved filters for ``from_json``."""
    return json.dumps({one.name: {k: v for k, v in asdict(one).items() if v and k != "name"} for one in stores})


def from_json(text: str) -> tuple[SavedFilter, ...]:
    """Read what ``to_json`` wrote; raises BadInput."""
    try:
        tables = json.loads(text)
    except ValueError as error:
        raise BadInput(f"DATELINE_STORES: {error}") from error
    return read_stores(tables)
