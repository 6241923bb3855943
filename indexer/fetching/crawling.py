"""Addresses become articles: a page is one, a feed or a sitemap leads to those of its pages."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from html import escape

from indexer.errors import BadInput
from indexer.fetching.fetcher import Answer, Fetcher, Validators
from indexer.sources import addresses, feeds, items, json_feed, pages, trees, xml
from indexer.sources.items import Item
from indexer.sources.urls import tidy
from indexer.types import Arrival, Article, Rejected

_DEEPEST = 3
"""Lists within lists that are followed: an OPML file or sitemap index, what it lists, and once more."""

_TOLD_BY_ITEM = ("summary", "publisher", "authors", "categories", "language", "updated_at", "expires_at")


@dataclass(frozen=True, slots=True)
class Task:
    """An address to fetch, as far as it is known what is there; ``item`` is what a feed said about it."""

    url: str
    depth: int = 0
    kind: addresses.Kind | None = None
    item: Item | None = None
    number: int = 0
    feed: str = ""


@dataclass(slots=True)
class _Crawl:
    """One address and what it leads to, ``left`` pages at most."""

    fetcher: Fetcher
    validators: MutableMapping[str, Validators]
    left: int
    tasks: deque[Task] = field(default_factory=deque)
    known: set[str] = field(default_factory=set)
    left_out: int = 0


def crawl(
    url: str,
    fetcher: Fetcher,
    *,
    max_pages: int = 50,
    validators: MutableMapping[str, Validators] | None = None,
    note: Callable[[str], object] = lambda text: None,
) -> Iterator[Arrival | Rejected]:
    """Yield the articles at ``url``, or on the first ``max_pages`` pages it lists; why not, where one cannot be had.

    What has not changed since ``validators`` were noted is passed over; they are brought up to date on the way, so keep
    them only once the articles are stored. ``note`` is told in words of what was left out.
    """
    work = _Crawl(fetcher, {} if validators is None else validators, max_pages)
    work.tasks.append(Task(url))
    while work.tasks:
        yield from _do(work.tasks.popleft(), work)
    if work.left_out:
        note(f"{url}: {work.left_out:,} more addresses were left out; --max-pages admits more than {max_pages}")


def _do(task: Task, work: _Crawl) -> Iterator[Arrival | Rejected]:
    """Fetch one address; yield what is there, or add what it lists to the tasks."""
    url = tidy(task.url)
    if url is None:
        yield Rejected(task.url, "not an http or https address")
        return
    if url in work.known:
        return
    work.known.add(url)
    if work.left <= 0:
        work.left_out += 1
        return
    work.left -= task.depth > 0
    try:
        answer = work.fetcher.get(url, work.validators.get(url))
        if answer is None:
            return
        listed = listed_at(answer, task)
    except BadInput as error:
        yield instead(task, Rejected(url, str(error)))
        return
    work.validators[url] = answer.validators
    if listed is None:
        yield article_at(answer, task)
    work.tasks.extend(listed or ())


def listed_at(answer: Answer, task: Task) -> list[Task] | None:
    """What a feed, a sitemap or an OPML document leads to; None for anything else. Raises BadInput."""
    root = xml.first_element(answer.data[: 2**16]) if answer.data.lstrip()[:1] in (b"<", b"\xef") else None
    reader = xml.reader_of(root) if root else None
    if reader is addresses.refuse:
        found = [Task(one.url, kind=one.kind) for one in addresses.addresses(trees.parse(answer.data))]
    elif reader is feeds.read:
        found = _leading(feeds.items(answer.data), answer.url)
    elif (document := _json_feed(answer.data)) is not None:
        found = _leading(json_feed.items(document), answer.url)
    else:
        return None
    if task.depth >= _DEEPEST:
        raise BadInput(f"a list that was reached by {_DEEPEST} others")
    return [replace(one, depth=task.depth + 1) for one in found]


def _leading(found: tuple[Item, ...], feed: str) -> list[Task]:
    """Where the items of a feed can be read; those without an address are at the feed itself."""
    return [
        Task(tidy(item.url, feed) or "", kind="page", item=item, number=number, feed=feed)
        for number, item in enumerate(found, start=1)
    ]


def _json_feed(data: bytes) -> dict[str, object] | None:
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        document = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and json_feed.recognises(document) else None


def article_at(answer: Answer, task: Task) -> Arrival | Rejected:
    """The article of a page, completed by what a feed said about it."""
    arrival = pages.arrive(answer.data, answer.url, address=answer.url, charset=answer.charset)
    if isinstance(arrival, Rejected):
        return instead(task, arrival)
    if task.item is None:
        return arrival
    told = items.arrive(task.item, task.feed, task.number)
    if isinstance(told, Rejected):  # for want of a text, mostly
        told = items.arrive(replace(task.item, body=escape(arrival.article.body)), task.feed, task.number)
    return Arrival(_completed(arrival.article, told.article), answer.url) if isinstance(told, Arrival) else arrival


def instead(task: Task, rejected: Rejected) -> Arrival | Rejected:
    """What a feed itself brings of an article whose page cannot be had, if that is a text."""
    told = items.arrive(task.item, task.feed, task.number) if task.item else rejected
    return told if isinstance(told, Arrival) else rejected


def _completed(article: Article, told: Article) -> Article:
    """``article`` with what only the feed says about it, and with the feed's text if there is more of it."""
    missing = {name: getattr(told, name) for name in _TOLD_BY_ITEM if not getattr(article, name)}
    if article.date_confidence != "high" and told.published_at:
        dates = ("published_at", "date_source", "date_confidence")
        missing |= {name: getattr(told, name) for name in dates}
    return replace(article, body=max(article.body, told.body, key=len), **missing)
