"""Index, and the Store and View protocols it is made of.

The store is the truth and the only place that commits. A view is something searchable that follows the store's change
log; it can always be thrown away and made again. Nothing here knows which engine is underneath.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from threading import Lock
from time import monotonic, sleep
from typing import Protocol, TypeVar

from indexer.errors import DamagedView, IndexLocked, NotFound, Withdrawn
from indexer.inbox import Inbox
from indexer.stored import Candidate, Changes, Copy, Revision, StoredArticle, StoredPassage
from indexer.types import Filter, Freshness, Keys, Matches, Model, Scores, Vector

log = logging.getLogger(__name__)

PATIENCE = 0.2
"""Seconds to wait for a writer before looking at what it has published meanwhile."""

Query = TypeVar("Query", contravariant=True)
"""What a view is asked with: a vector, or words."""


class Searchable(Protocol[Query]):
    """A view frozen at one sequence number; safe to search from many threads."""

    @property
    def sequence_number(self) -> int:
        """The change up to which this state has been brought."""

    def nearest(self, query: Query, k: int, where: Filter) -> Matches:
        """Return the best ``k`` passages that ``where`` admits, or all of them if they are fewer."""

    def scores(self, query: Query, keys: Keys) -> Scores:
        """Return the score ``nearest`` would give to each of ``keys``; 0 for a key it does not know."""


class Words(Searchable[str], Protocol):
    """What a word view adds: words of the whole article, and a measure for its scores."""

    def article_scores(self, query: str, keys: Keys) -> Scores:
        """Return the score of the whole article that each of ``keys`` is a passage of; 0 for one it does not know."""

    def ceiling(self, query: str) -> float:
        """Return a score that no passage can exceed; 0 for a question without words."""


Frozen = TypeVar("Frozen", covariant=True)
"""What a view can be searched as."""


class View(Protocol[Frozen]):
    """Something searchable that follows the log of a store."""

    def snapshot(self, sequence_number: int | None = None) -> Frozen | None:
        """Return the newest published state, or the one at ``sequence_number``; None where there is no such state.

        Raises DamagedView where what is on disk cannot be trusted.
        """

    def sequence_number(self) -> int | None:
        """Return the number up to which all of it has been brought; None where there is nothing. Raises DamagedView."""

    def apply(self, changes: Iterable[Changes]) -> None:
        """Take in ``changes`` and publish the result in one step; durable on return. Writer only."""

    def clear(self) -> None:
        """Forget everything, whatever state it is in. Writer only."""


class Store(Protocol):
    """The truth: every version of every article, their passages and embeddings, and the log of changes."""

    @property
    def model(self) -> Model:
        """The model whose embeddings this store holds."""

    @property
    def engine(self) -> str:
        """Name of the engine, for people."""

    def exclusive(self, wait: float) -> AbstractContextManager[None]:
        """Be the only writer; raises IndexLocked, naming the holder, after ``wait`` seconds."""

    def sequence_number(self) -> int:
        """Number of the newest change; 0 in an empty store."""

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """Content digests of those of ``ids`` that are in the index now."""

    def embeddings(self, article_id: str) -> dict[tuple[str, str], Vector]:
        """Embeddings of the current passages of an article, by headline and text."""

    def apply(self, revisions: Sequence[Revision], removed: Sequence[str] = ()) -> None:
        """Write new versions and removals, all of them or none; durable on return."""

    def changes(self, since: int) -> Iterator[Changes]:
        """The log after ``since``, in steps of bounded size; what came and went in between is left out."""

    def article(self, article_id: str, at: int) -> StoredArticle | None:
        """The version of an article that was current at sequence number ``at``."""

    def articles(self, after: str, limit: int, at: int) -> list[StoredArticle]:
        """Up to ``limit`` current articles whose ids come after ``after``, in order of their ids."""

    def versions(self, article_id: str, at: int) -> list[StoredArticle]:
        """The versions of an article up to the one that was current at ``at``, the first one first."""

    def expired(self, by: datetime) -> list[str]:
        """Ids of the articles that readers may no longer see since ``by`` or before."""

    def article_passages(self, article_id: str, at: int) -> list[StoredPassage]:
        """The passages of that version, in order."""

    def opening(self, article_id: str, at: int) -> Vector:
        """The embedding of its first passage."""

    def candidates(self, keys: Sequence[int]) -> list[Candidate]:
        """What ranking needs of each of ``keys``, in their order."""

    def copies(self, groups: Sequence[int], at: int) -> list[Copy]:
        """Every current article of these groups of copies."""

    def copy_groups(self, article_ids: Sequence[str]) -> dict[str, int]:
        """What each of these articles has in common with its copies, by article id."""

    def story(self, story: str, at: int) -> list[StoredArticle]:
        """Every current article of a story."""

    def passages(self, keys: Sequence[int]) -> list[StoredPassage]:
        """The passages under ``keys``, in their order."""

    def neighbours(self, key: int, distance: int) -> list[StoredPassage]:
        """The passages up to ``distance`` places from the one under ``key``, itself among them, in order."""

    def passage_keys(self, passage_id: str) -> list[int]:
        """Keys under which a passage id was ever stored, oldest first."""

    def freshness(self, at: int) -> Freshness:
        """How new the index was at sequence number ``at``."""

    def bookmarks(self, kind: str) -> dict[str, str]:
        """Where a watcher or a poller stands: what ``bookmark`` last set under ``kind``, by name."""

    def bookmark(self, kind: str, values: Mapping[str, str | None]) -> None:
        """Remember ``values`` by name, all of them or none, and forget what is None; durable on return."""

    def size(self) -> int:
        """Bytes held on disk, the views included."""


class Snapshot:
    """The whole index frozen at one sequence number. Later writes do not show in it."""

    def __init__(self, store: Store, vectors: Searchable[Vector], words: Words) -> None:
        self.vectors = vectors
        self.words = words
        self.sequence_number = words.sequence_number
        self.freshness = store.freshness(self.sequence_number)
        self._store = store

    def stored(self, article_id: str) -> StoredArticle:
        """Return an article in its current version, whether readers may see it or not; raises NotFound."""
        found = self._store.article(article_id, self.sequence_number)
        if found is None:
            raise NotFound(f"There is no article {article_id!r} in this index.")
        return found

    def article(self, article_id: str, now: datetime) -> StoredArticle:
        """Return an article in its current version; raises NotFound, and Withdrawn if its publisher took it back."""
        found = self.stored(article_id)
        if found.article.status == "withdrawn" and found.published <= now:
            raise Withdrawn(f"The article {article_id!r} was withdrawn. {found.article.correction or ''}".rstrip())
        if not found.shown(now):
            raise NotFound(f"There is no article {article_id!r} in this index.")
        return found

    def articles(self, after: str, limit: int, now: datetime) -> list[StoredArticle]:
        """Return up to ``limit`` articles that readers may see, in order of their ids, beginning after ``after``."""
        found: list[StoredArticle] = []
        while len(found) < limit:
            page = self._store.articles(after, limit, self.sequence_number)
            found += [one for one in page if one.shown(now)]
            if len(page) < limit:
                break
            after = page[-1].article.id
        return found[:limit]

    def versions(self, article_id: str, now: datetime) -> list[StoredArticle]:
        """Return the versions of an article, the first one first; raises NotFound and Withdrawn as ``article`` does."""
        self.article(article_id, now)
        return self._store.versions(article_id, self.sequence_number)

    def article_passages(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article's current version, in order."""
        return self._store.article_passages(article_id, self.sequence_number)

    def opening(self, article_id: str) -> Vector:
        """Return the embedding of an article's first passage."""
        return self._store.opening(article_id, self.sequence_number)

    def passage(self, passage_id: str, now: datetime) -> StoredPassage:
        """Return a passage by its id, also one of an earlier version of its article.

        Raises NotFound, also where readers may no longer see the article, and Withdrawn.
        """
        keys = self._store.passage_keys(passage_id)
        if not keys:
            raise NotFound(f"There is no passage {passage_id!r} in this index.")
        (found,) = self._store.passages(keys[-1:])
        states = self.versions(found.passage.article_id, now)
        shown = (one.version for one in states if one.shown(now))  # not so one that was removed
        if found.source.version not in shown:
            raise NotFound(f"There is no passage {passage_id!r} in this index.")
        return found

    def neighbours(self, found: StoredPassage, distance: int) -> list[StoredPassage]:
        """Return the passages up to ``distance`` places from ``found`` in its version, itself among them, in order."""
        return self._store.neighbours(found.key, distance)

    def copies(self, groups: Sequence[int], now: datetime) -> list[Copy]:
        """Return the articles of these groups of copies that readers may see at ``now``, the earliest first."""
        found = self._store.copies(groups, self.sequence_number)
        visible = (copy for copy in found if copy.source.shown(now))
        return sorted(visible, key=lambda copy: (copy.source.published, copy.source.article.id))

    def copy_groups(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return what each of these articles has in common with its copies."""
        return self._store.copy_groups(article_ids)

    def story(self, story: str, now: datetime) -> list[StoredArticle]:
        """Return the articles of a story that readers may see at ``now``, the earliest first; raises NotFound."""
        visible = [one for one in self._store.story(story, self.sequence_number) if one.shown(now)]
        if not visible:
            raise NotFound(f"There is no story {story!r} in this index.")
        return sorted(visible, key=lambda one: (one.published, one.article.id))

    def candidates(self, keys: Keys) -> list[Candidate]:
        """Return what ranking needs of each of ``keys``, in their order."""
        return self._store.candidates(keys.tolist())

    def passages(self, keys: Sequence[int]) -> list[StoredPassage]:
        """Return the passages under ``keys``, in their order."""
        return self._store.passages(keys)


class Index:
    """One store and its two views. Any number of readers, in any number of processes, beside one writer.

    The vector view is published before the word view and can still be opened at earlier sequence numbers. So the word
    view decides at which number a snapshot stands, and both always stand at the same.
    """

    def __init__(
        self, store: Store, vectors: View[Searchable[Vector]], words: View[Words], inbox: Inbox
    ) -> None:
        self.store = store
        self.inbox = inbox
        self._vectors = vectors
        self._words = words
        self._refreshing = Lock()
        self._snapshot: Snapshot | None = None

    def open(self, wait: float = 60.0) -> None:
        """Bring the views up to the store, rebuilding one that is damaged, and take the first snapshot.

        Raises IndexLocked if that needs a writer and another process stays one for ``wait`` seconds.
        """
        deadline = monotonic() + wait
        while not self._in_step():
            try:
                with self.store.exclusive(wait=min(wait, PATIENCE)):
                    self._catch_up()
            except IndexLocked:  # a writer is at work; what it last published will do, as soon as it can be read
                if self._readable():
                    return
                if monotonic() >= deadline:
                    raise

    def snapshot(self) -> Snapshot:
        """Return the newest state seen so far; ``refresh`` looks for a newer one."""
        if self._snapshot is None:
            self.open()
        assert self._snapshot is not None
        return self._snapshot

    def refresh(self) -> bool:
        """Move to the newest published state. False where none can be read, which leaves the old one in place."""
        with self._refreshing:
            if self._snapshot is not None and self._snapshot.sequence_number == self.store.sequence_number():
                return True
            for attempt in range(5):  # a writer may publish between the lines below
                sleep(attempt / 100)
                words = self._words.snapshot()
                vectors = self._vectors.snapshot(words.sequence_number) if words else None
                if words and vectors:
                    if self._snapshot is None or self._snapshot.sequence_number != words.sequence_number:
                        self._snapshot = Snapshot(self.store, vectors, words)
                    return True
            return False

    def behind(self) -> int:
        """Return how many changes the snapshot does not show yet."""
        shown = self._snapshot.sequence_number if self._snapshot else 0
        return self.store.sequence_number() - shown

    @contextmanager
    def writing(self, wait: float = 60.0) -> Iterator[Writer]:
        """Be the one writer of this index; raises IndexLocked if another stays it for ``wait`` seconds."""
        with self.store.exclusive(wait):
            self._catch_up()
            yield Writer(self.store, self._catch_up)

    def _in_step(self) -> bool:
        return self._readable() and self.behind() == 0

    def _readable(self) -> bool:
        """Move to the newest published state, if there is one that is not damaged."""
        try:
            return self.refresh()
        except DamagedView as damage:
            log.warning("%s", damage)
            return False

    def _catch_up(self) -> None:
        follow(self.store, self._vectors)
        follow(self.store, self._words)


class Writer:
    """The right to change an index, for as long as it is held."""

    def __init__(self, store: Store, publish: Callable[[], None]) -> None:
        self.store = store
        self._publish = publish

    def apply(self, revisions: Sequence[Revision], removed: Sequence[str] = ()) -> None:
        """Store new versions and removals and make them searchable; both hold on return, even through a crash."""
        self.store.apply(revisions, removed)
        self._publish()


def follow(store: Store, view: View[object]) -> None:
    """Bring ``view`` up to ``store``, from nothing if it is damaged or knows of changes the store never made."""
    try:
        bring_up(store, view)
    except DamagedView as damage:
        log.warning("%s Rebuilding it from the store.", damage)
        view.clear()
        view.apply(store.changes(0))


def bring_up(store: Store, view: View[object]) -> None:
    """Have ``view`` take in what it lacks; raises DamagedView."""
    reached, target = view.sequence_number(), store.sequence_number()
    if reached is None or reached > target:
        view.clear()
        reached = None
    if reached != target:
        view.apply(store.changes(reached or 0))
