"""The whole of indexing, top to bottom: read -> clean -> compare -> chunk -> embed -> store -> visible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice

import numpy as np

from indexer.chunking import chunk
from indexer.cleaning import clean
from indexer.embedding import Embedder
from indexer.index import Index, Revision, Writer
from indexer.types import Arrival, Article, Chunking, Rejected, Report

BATCH = 32
"""Articles that become visible together: enough for the model to work on, few enough not to be waited for."""

HEADLINE = 300
"""Characters of a headline that are embedded with each passage; more would leave the passage no room."""

Read = Arrival | Rejected


@dataclass(slots=True)
class Batch:
    """Some articles on their way in, sorted by what is to be done with them."""

    added: list[Article] = field(default_factory=list)
    updated: list[Article] = field(default_factory=list)
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def changed(self) -> list[Article]:
        """Those that have to be stored."""
        return self.added + self.updated


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

    An article that is already there as it is costs nothing, a changed one replaces itself. ``progress`` is called
    after every batch with the report so far. Raises IndexLocked, StorageFull.
    """
    report = Report()
    with index.writing(wait) as writer:
        for batch in batches(articles, index.store.digests):
            report += store(writer, embedder, batch, chunking)
            progress(report)
    return report


def preview(articles: Iterable[Read], digests: Digests, *, chunking: Chunking) -> Report:
    """Return the report ``add`` would give, without embedding or writing anything; ``embedded`` stays 0."""
    report = Report()
    for batch in batches(articles, digests):
        passages = sum(len(chunk(article, chunking)) for article in batch.changed)
        report += tally(batch, passages=passages)
    return report


def remove(index: Index, ids: Sequence[str], *, wait: float = 60.0) -> Report:
    """Take articles out of the index; an id that is not there is rejected."""
    with index.writing(wait) as writer:
        known = writer.store.digests(ids)
        writer.apply([], [article_id for article_id in dict.fromkeys(ids) if article_id in known])
    missing = [
        Rejected(article_id, "there is no such article in the index") for article_id in ids if article_id not in known
    ]
    return Report(removed=len(known), rejected=tuple(missing))


Digests = Callable[[Sequence[str]], dict[str, str]]
"""Given article ids, returns the content digests of those that are in the index."""


def batches(articles: Iterable[Read], digests: Digests) -> Iterator[Batch]:
    """Clean the articles and sort them, some at a time. An id may be used once a run."""
    used: dict[str, str] = {}
    stream = iter(articles)
    while group := list(islice(stream, BATCH)):
        batch = Batch()
        arrived: dict[str, Article] = {}
        for item in group:
            checked = check(item, used)
            if isinstance(checked, Rejected):
                batch.rejected.append(checked)
            elif checked is None:
                batch.unchanged += 1
            else:
                arrived[checked.id] = checked
        known = digests(list(arrived))
        for article in arrived.values():
            sort(article, known.get(article.id), batch)
        yield batch


def check(item: Read, used: dict[str, str]) -> Article | Rejected | None:
    """Return an article cleaned; None where the run had it before, word for word. Notes its id in ``used``."""
    if isinstance(item, Rejected):
        return item
    article = clean(item.article)
    if not article.body:
        reason = "body: nothing is left of it without invisible characters"
        return Rejected(item.origin, reason, item.line)
    content, before = digest(article), used.get(article.id)
    if before is None:
        used[article.id] = content
        return article
    if before == content:
        return None
    reason = f"id: another article of this run has the id {article.id!r}; give each its own, or add them in two runs"
    return Rejected(item.origin, reason, item.line)


def sort(article: Article, known: str | None, batch: Batch) -> None:
    """Put ``article`` where it belongs in ``batch``; ``known`` is the digest of its state in the index."""
    if known is None:
        batch.added.append(article)
    elif known == digest(article):
        batch.unchanged += 1
    else:
        batch.updated.append(article)


def store(writer: Writer, embedder: Embedder, batch: Batch, chunking: Chunking) -> Report:
    """Chunk, embed and store what is new in ``batch``; passages that stayed the same keep their embeddings."""
    cut = [(article, chunk(article, chunking)) for article in batch.changed]
    if not cut:
        return tally(batch)
    wanted = [(article.title, passage.text) for article, passages in cut for passage in passages]
    known = {text: row for article in batch.updated for text, row in writer.store.embeddings(article.id).items()}
    new = [text for text in dict.fromkeys(wanted) if text not in known]
    texts = [f"{title[:HEADLINE]}\n{text}" for title, text in new]
    known.update(zip(new, embedder.embed_passages(texts), strict=True))
    rows = np.stack([known[text] for text in wanted])
    ends = np.cumsum([len(passages) for _, passages in cut])
    writer.apply(
        [
            Revision(article, digest(article), passages, vectors)
            for (article, passages), vectors in zip(cut, np.split(rows, ends[:-1]), strict=True)
        ]
    )
    return tally(batch, passages=len(wanted), embedded=len(new))


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
