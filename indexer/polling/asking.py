"""Asking one feed: what is new in it is fetched, and what became of that is noted for the next time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from time import time

from indexer.errors import BadInput
from indexer.fetching import Answer, Fetcher, FetchFailed, PrivateAddress, Validators
from indexer.fetching.crawling import Task, article_at, instead, listed_at
from indexer.polling.state import DAY, LEAST, FeedState, SeenItem, Terms
from indexer.sources import feeds, items
from indexer.sources.fields import digest
from indexer.types import Arrival, Rejected

TRIES = 3
"""Times that the page of an item is asked for where that fails in a way that may pass."""

LOYALTY = 3
"""Times that a feed is looked for in vain where it said it had moved, before it is asked at its old address again."""

TROUBLES = 3
"""Pages that fail in a way that may pass before the rest of a feed is left for the next time."""

Known = Callable[[Sequence[str]], Collection[str]]
"""Tells which of some article ids are in the index."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What a feed brought. ``state`` is for after the articles are indexed; ``note`` is news of the feed itself."""

    feed: str
    state: FeedState
    found: tuple[Arrival | Rejected, ...] = ()
    failure: str = ""
    note: str = ""


@dataclass(slots=True)
class _Reading:
    """The items of a feed as they are gone through, ``left`` pages at most; ``later``: some are still to do."""

    feed: str
    state: FeedState
    fetcher: Fetcher
    left: int
    troubles: int = 0
    found: list[Arrival | Rejected] = field(default_factory=list)
    items: dict[str, SeenItem] = field(default_factory=dict)
    later: bool = False


def poll(feed: str, state: FeedState, fetcher: Fetcher, terms: Terms, known: Known) -> Polled:
    """Ask ``feed`` for news; whatever goes wrong is told, and never raised."""
    try:
        answer = fetcher.ask(state.address or feed, state.validators)
        moved = replace(state, address=answer.moved_to or state.address, polled_at=time(), errors=0)
        if answer.unchanged:
            due = time() + terms.after(max(answer.fresh_for, state.pause))
            polled = Polled(feed, replace(moved, due_at=due, result="unchanged"))
        else:
            polled = _read(feed, moved, answer, fetcher, terms, known)
    except BadInput as error:
        return _failed(feed, state, error, terms)
    return replace(polled, note=f"has moved to {moved.address}" if moved.address != state.address else "")


def _read(feed: str, state: FeedState, answer: Answer, fetcher: Fetcher, terms: Terms, known: Known) -> Polled:
    """Fetch what is new in a feed. Raises BadInput where it is none."""
    try:
        tasks = listed_at(answer, Task(answer.url))
    except feeds.EmptyFeed:
        tasks = []
    if tasks is None or any(task.kind == "list" for task in tasks):
        raise BadInput("is no feed" if tasks is None else "lists other lists; name the feeds that they list")
    pause = _pause(answer.data)
    reading = _Reading(feed, state, fetcher, terms.max_pages)
    new = [digest(task.url) for task in tasks if task.url and _key(task, answer.url) not in state.items]
    there = known(new)
    for task in tasks:
        _do(task, answer.url, reading, there)
    done = replace(
        state,
        validators=Validators() if reading.later else answer.validators,  # else it would not be told of the rest again
        pause=pause,
        due_at=time() + terms.after(0.0 if reading.later else max(answer.fresh_for, pause)),
        result=f"{len(reading.found)} new or changed" + (", more to come" if reading.later else ""),
        items=reading.items,
    )
    return Polled(feed, done, tuple(reading.found))


def _do(task: Task, feed: str, reading: _Reading, there: Collection[str]) -> None:
    """Fetch one item, unless it is known as it is."""
    key, said = _key(task, feed), _said(task)
    before = reading.state.items.get(key)
    if key in reading.items:
        return
    if (before == SeenItem(said)) or (before is None and digest(task.url) in there):
        reading.items[key] = SeenItem(said)
    elif reading.left <= 0:
        reading.later = True
        if before:
            reading.items[key] = before
    else:
        reading.left -= 1
        failures = before.failures if before and before.said == said else 0
        _fetch(task, feed, key, SeenItem(said, failures), reading)


def _fetch(task: Task, feed: str, key: str, seen: SeenItem, reading: _Reading) -> None:
    """Fetch the page of an item; note whether it is to be asked for again."""
    if task.item and task.url in ("", feed):  # all there is of it stands in the feed
        reading.found.append(items.arrive(task.item, feed, task.number))
        reading.items[key] = SeenItem(seen.said)
        return
    try:
        found, done = article_at(reading.fetcher.ask(task.url, Validators()), task), True
    except BadInput as error:
        if isinstance(error, FetchFailed) and error.retry_after:  # its host is left alone, so this was no attempt
            reading.later = True
            return
        found = instead(task, Rejected(task.url, str(error)))
        done = not isinstance(error, FetchFailed) or error.final or seen.failures + 1 >= TRIES
    reading.found.append(found)
    reading.items[key] = SeenItem(seen.said, 0 if done else seen.failures + 1)
    if not done:
        reading.later = True
        reading.troubles += 1
        reading.left = reading.left if reading.troubles < TROUBLES else 0


def _failed(feed: str, state: FeedState, error: BadInput, terms: Terms) -> Polled:
    """What is to be remembered of a feed that could not be had."""
    now, status = time(), error.status if isinstance(error, FetchFailed) else 0
    rest = error.retry_after if isinstance(error, FetchFailed) else 0.0
    after = replace(state, polled_at=now, errors=state.errors + 1, result=str(error))
    if isinstance(error, PrivateAddress):  # our own refusal, which another option lifts
        return Polled(feed, replace(after, due_at=now + LEAST, errors=state.errors), failure=str(error))
    if rest:
        after = replace(after, due_at=now + min(max(rest, LEAST), DAY), errors=state.errors)
        return Polled(feed, after, failure=str(error))
    if state.address and (status in (404, 410) or after.errors >= LOYALTY):
        after = replace(after, address="", validators=Validators())
    elif status == 410:
        text = "is gone for good (status 410) and is not polled any more; take it out of the list"
        return Polled(feed, replace(after, gone=True, result=text), note=text)
    return Polled(feed, replace(after, due_at=now + terms.after_errors(after.errors)), failure=str(error))


def _key(task: Task, feed: str) -> str:
    """What an item is known by: its address, or what the feed calls it where it has no page."""
    if task.item and task.url in ("", feed):
        return digest(task.item.guid or task.item.title)
    return task.url


def _said(task: Task) -> str:
    """What tells whether the feed says something else of an item than before."""
    item = task.item
    if item is None:
        return ""
    return digest(item.title, item.updated_at or (item.published_at, item.summary, item.body))


def _pause(data: bytes) -> float:
    return 0.0 if data.lstrip().startswith(b"{") else feeds.pause(data)
