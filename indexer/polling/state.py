"""What is remembered of a feed between two polls, and when the next one is due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from random import uniform

from indexer.engine import Store
from indexer.fetching import Validators

KIND = "feed"

DAY = 86400.0

LEAST = 60.0
"""Seconds that always lie between two polls of a feed at the command line, and after each error."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How to poll: every so many seconds where a feed does not ask for less, and so many pages at once at most."""

    every: float = 1800.0
    max_pages: int = 50

    def after(self, wanted: float) -> float:
        """Seconds until a feed that wants to be left alone for so long is polled again, spread a little by chance."""
        return max(self.every, min(wanted, DAY)) * uniform(1.0, 1.1)

    def after_errors(self, errors: int) -> float:
        """Seconds until the next poll of a feed that failed so many times one after the other."""
        return min(self.every * 2.0 ** min(errors, 20), DAY) * uniform(0.75, 1.25)


@dataclass(frozen=True, slots=True)
class SeenItem:
    """What a feed last said of an item, as a digest, and how often its page was asked for in vain since."""

    said: str
    failures: int = 0


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where polling a feed stands. Times are seconds since 1970; ``address`` is where it has moved, if it has.

    ``pause`` are the seconds for which the feed itself asks. ``items`` are those it last listed, by what they are
    known by; ``articles`` counts those it has brought.
    """

    address: str = ""
    validators: Validators = Validators()
    polled_at: float = 0.0
    due_at: float = 0.0
    pause: float = 0.0
    errors: int = 0
    gone: bool = False
    result: str = ""
    articles: int = 0
    items: Mapping[str, SeenItem] = field(default_factory=dict)

    def due(self, now: float) -> bool:
        """Return whether it is time; also if the clock has been set back a long way."""
        return not self.gone and (self.due_at <= now or self.due_at > now + 2 * DAY)

    def to_json(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> FeedState:
        """Read what ``to_json`` wrote."""
        values = json.loads(text)
        items = {name: SeenItem(**one) for name, one in values.pop("items").items()}
        return cls(**{**values, "validators": Validators(**values["validators"]), "items": items})


def states(store: Store) -> dict[str, FeedState]:
    """Return the state of every feed that an index knows."""
    return {feed: FeedState.from_json(text) for feed, text in store.bookmarks(KIND).items()}


def remember(store: Store, feed: str, state: FeedState | None) -> None:
    """Keep the state of a feed, or forget it; durable on return."""
    store.bookmark(KIND, {feed: state.to_json() if state else None})
