"""The whole of indexing, top to bottom: read -> clean -> compare -> chunk -> embed -> store -> visible."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice

import numpy as np

from indexer.ahead import ahead, behind
from indexer.chunking import chunk
from indexer.cleaning import clean
from indexer.dating import doubted
from indexer.embedding import Embedder, embeddable
from indexer.index import Index, Writer
from indexer.language import with_language
from indexer.placing import with_stories
from indexer.stored import Revision, StoredArticle
from indexer.stories import story_id
from indexer.types import Arrival, Article, Chunking, Rejected, Report

BATCH = 32
"""Articles that become visible together: enough for the model to work on, few enough not to be waited for."""

Read = Arrival | Rejected


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of an article: the digest of its content, when that was written, and where it stood."""

    content: str
    written: datetime | None
    changed: bool
    place: str

    @classmethod
    def of(cls, article: Article, content: str, place: str = "") -> Seen:
        """Note ``article``, whose content has the digest ``content``."""
        return cls(content, article.updated_at or article.published_at, article.updated_at is not None, place)

    def precedes(self, other: Seen) -> bool:
        """Return whether ``other`` says of itself that it is a later version."""
        return other.changed and self.written is not None and other.written is not None and self.written < other.written


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article on its way in, cleaned, and what is remembered of it as it came."""

    article: Article
    seen: Seen


@dataclass(slots=True)
class Batch:
    """Some articles on their way in, sorted by what is to be done with them."""

    added: list[Incoming] = field(default_factory=list)
    updated: list[Incoming] = field(default_factory=list)
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def changed(self) -> list[Incoming]:
        """Those that have to be stored."""
        return self.added + self.updated

    @property
    def ids(self) -> list[str]:
        """Ids of the articles that have to be stored."""
        return [one.article.id for one in self.changed]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch with all that can be known of it before it is stored: a revision of each article that has changed."""

    batch: Batch
    revisions: dict[str, Revision]
    embedded: int


def add(
    index: Index,
    embedder: Embedder,
    articles: Iterable[Read],
    *,
    chunking: Chunking,
    wait: float = 60.0,
    progress: Callable[[Report], object] = lambda report: None,
) -> Report:
    """Bring ``articles`` into ``index`` and return what was done; each batch is durable and visible before the next.

    An article that is already there as it is costs nothing, a changed one replaces itself, and what waits in the inbox
    says nothing about it any more. ``progress`` is called after every batch with the report so far. While a batch is
    stored, the next one is embedded and the one after that read; others may write between two batches. Raises
    IndexLocked, StorageFull.
    """
    report = Report()

    def store(ready: Prepared) -> None:  # and count it, also if it is the last before an interruption
        nonlocal report
        report += keep(index, ready, wait)
        progress(report)

    coming = ahead(batches(articles, index.store.digests))
    deque(behind(store, (prepare(index, embedder, batch, chunking) for batch in coming)), maxlen=0)
    return report


def keep(index: Index, ready: Prepared, wait: float) -> Report:
    """Store a batch, and have what waits say nothing about it any more. Raises IndexLocked, StorageFull."""
    if not ready.batch.changed:
        return tally(ready.batch)
    with index.writing(wait) as writer:
        done = write(index, writer, ready)
        index.inbox.overtake(ready.batch.ids)
    return done


def preview(articles: Iterable[Read], digests: Digests, *, chunking: Chunking) -> Report:
    """Return the report ``add`` would give, without embedding or writing anything; ``embedded`` stays 0."""
    report = Report()
    for batch in batches(articles, digests):
        passages = sum(len(chunk(one.article, chunking)) for one in batch.changed)
        report += tally(batch, passages=passages)
    return report


def remove(index: Index, ids: Sequence[str], *, wait: float = 60.0) -> Report:
    """Take articles out of the index, and out of what waits for it; an id that is not there is rejected."""
    with index.writing(wait) as writer:
        report = take_out(writer, ids)
        index.inbox.overtake(ids)
    return report


def take_out(writer: Writer, ids: Sequence[str]) -> Report:
    """Take articles out of the index; an id that is not there is rejected, once."""
    known = writer.store.digests(ids)
    if known:
        writer.apply([], list(known))
    missing = (Rejected(one, "there is no such article in the index") for one in dict.fromkeys(ids) if one not in known)
    return Report(removed=len(known), rejected=tuple(missing))


Digests = Callable[[Sequence[str]], dict[str, str]]
"""Given article ids, returns the content digests of those that are in the index."""


def batches(articles: Iterable[Read], digests: Digests) -> Iterator[Batch]:
    """Clean the articles and sort them, some at a time. An id may be used once a run, but for later versions.

    What was yielded need not be stored yet when the next batch is asked for.
    """
    used: dict[str, Seen] = {}
    yielded: dict[str, str] = {}
    stream = iter(articles)
    while group := list(islice(stream, BATCH)):
        batch = Batch()
        arrived: dict[str, Incoming] = {}
        for item in group:
            checked = check(item, used)
            if isinstance(checked, Rejected):
                batch.rejected.append(checked)
            elif checked is None:
                batch.unchanged += 1
            else:
                arrived[checked.article.id] = checked
        known = digests(list(arrived))
        for article_id, one in arrived.items():
            sort(one, yielded.get(article_id, known.get(article_id)), batch)
        yielded.update((one.article.id, one.seen.content) for one in batch.changed)
        yield batch


def check(item: Read, used: dict[str, Seen]) -> Incoming | Rejected | None:
    """Return an article cleaned; None where the run had it already, as it is or in a later version."""
    if isinstance(item, Rejected):
        return item
    now = datetime.now(UTC)
    article = doubted(clean(item.article), now)
    if not article.body:
        return Rejected(item.origin, "body: nothing is left of it without invisible characters", item.line)
    came = doubted(clean(item.whole), now) if item.whole else article  # else what it is added with would change it
    seen, before = Seen.of(article, digest(came), item.place), used.get(article.id)
    if before is None or before.precedes(seen):
        used[article.id] = seen
        return Incoming(article, seen)
    if before.content == seen.content or seen.precedes(before):
        return None
    reason = f"id: {article.id!r} is another article's, at {before.place}; give each its own, or add them in two runs"
    return Rejected(item.origin, reason, item.line)


def sort(one: Incoming, known: str | None, batch: Batch) -> None:
    """Put an article where it belongs in ``batch``; ``known`` is the digest of its state in the index."""
    if known is None:
        batch.added.append(one)
    elif known == one.seen.content:
        batch.unchanged += 1
    else:
        batch.updated.append(one)


def sort_anew(index: Index, batch: Batch) -> None:
    """Sort what has to be stored by what the index has by now.

    What it has as it is or in a later version is left as it is: an old file takes no correction back.
    """
    number, changed = index.store.sequence_number(), batch.changed
    batch.added, batch.updated = [], []
    for one in changed:
        there = index.store.article(one.article.id, number)
        if there is None:
            batch.added.append(one)
        elif has(there, one.seen):
            batch.unchanged += 1
        else:
            batch.updated.append(one)


def has(there: StoredArticle, seen: Seen) -> bool:
    """Return whether the index has this version of an article, or a later one."""
    return there.digest == seen.content or seen.precedes(Seen.of(there.article, there.digest))


def prepare(index: Index, embedder: Embedder, batch: Batch, chunking: Chunking) -> Prepared:
    """Chunk and embed what is new in ``batch``; passages that stayed the same keep their embeddings.

    Raises IncompatibleIndex where the index has moved to another model.
    """
    index.store.check_model()
    sort_anew(index, batch)
    articles = [with_language(one.article) for one in batch.changed]
    passages = [chunk(article, chunking) for article in articles]
    if not articles:
        return Prepared(batch, {}, 0)
    wanted = [(article.title, passage.text) for article, own in zip(articles, passages, strict=True) for passage in own]
    known = {text: row for one in batch.updated for text, row in index.store.embeddings(one.article.id).items()}
    new = [text for text in dict.fromkeys(wanted) if text not in known]
    embedded = embedder.embed_passages([embeddable(title, text) for title, text in new])
    known.update(zip(new, embedded, strict=True))
    rows = np.stack([known[text] for text in wanted])
    vectors = np.split(rows, np.cumsum([len(own) for own in passages])[:-1])
    revisions = {
        article.id: Revision(article, one.seen.content, own, of_own, story_id(article.id))
        for one, article, own, of_own in zip(batch.changed, articles, passages, vectors, strict=True)
    }
    return Prepared(batch, revisions, len(new))


def write(index: Index, writer: Writer, ready: Prepared) -> Report:
    """Store a batch; durable and visible on return."""
    sort_anew(index, ready.batch)  # others may have written since it was prepared
    changed = [ready.revisions[article_id] for article_id in ready.batch.ids]
    new = len(ready.batch.added)  # what is known already stays in its story
    if changed:
        writer.apply([*with_stories(index, changed[:new]), *changed[new:]])
    return tally(ready.batch, passages=sum(len(one.passages) for one in changed), embedded=ready.embedded)


def tally(batch: Batch, passages: int = 0, embedded: int = 0) -> Report:
    """Count what is in ``batch``."""
    return Report(
        added=len(batch.added),
        updated=len(batch.updated),
        unchanged=batch.unchanged,
        passages=passages,
        embedded=embedded,
        rejected=tuple(batch.rejected),
    )


def digest(article: Article) -> str:
    """Return the SHA-256 of everything an article says; equal digests mean equal articles."""
    content = json.dumps(asdict(article), default=str, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
