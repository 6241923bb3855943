"""Index: one store and the views that follow it, frozen for readers, and one writer at a time.

Nothing here knows which engine is underneath.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from time import monotonic, sleep

from indexer.engine import Searchable, Store, View, Words
from indexer.errors import DamagedView, IndexLocked, NotFound, NotPermitted, StorageFull, Withdrawn
from indexer.following import follow
from indexer.inbox import Inbox
from indexer.stored import Candidate, Copy, Revision, StoredArticle, StoredPassage
from indexer.types import Filter, Keys, Vector

log = logging.getLogger(__name__)

PATIENCE = 0.2
"""Seconds to wait for a writer before looking at what it has published meanwhile."""

SWEPT = 500
"""Expired articles removed at a time."""

AT_HAND = 50_000
"""Candidates that a snapshot keeps, in about 25 MB: questions about the news find the same ones again and again."""


class Snapshot:
    """The whole index frozen at one sequence number. Later writes do not show in it."""

    def __init__(self, store: Store, vectors: Searchable[Vector], words: Words) -> None:
        self.vectors = vectors
        self.words = words
        self.sequence_number = words.sequence_number
        self.freshness = store.freshness(self.sequence_number)
        self._store = store
        self._candidates: dict[int, Candidate] = {}

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

    def count(self, where: Filter) -> int:
        """Return how many articles ``where`` admits."""
        return self.words.count(where)

    def versions(self, article_id: str, now: datetime) -> list[StoredArticle]:
        """Return the versions of an article, the first one first; raises NotFound and Withdrawn as ``article`` does."""
        self.article(article_id, now)
        found = self._store.versions(article_id, self.sequence_number)
        if not found:  # it was removed since this snapshot
            raise NotFound(f"There is no article {article_id!r} in this index any more.")
        if found[-1].closed(now):  # since this snapshot, or the article would not be there
            raise Withdrawn(f"The article {article_id!r} was taken back just now.")
        return found

    def version(
        self, article_id: str, now: datetime, number: int | None = None, as_of: datetime | None = None
    ) -> StoredArticle:
        """Return a version of an article: by its number, or the one that was true at ``as_of``.

        Raises NotFound, and Withdrawn as ``article`` does.
        """
        for one in self.versions(article_id, now):
            if one.version == number or (as_of is not None and one.visible(as_of)):
                return one
        which = f"version {number}" if as_of is None else f"version that readers could see at {as_of.isoformat()}"
        raise NotFound(f"The article {article_id!r} has no {which}.")

    def article_passages(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article's current version, in order."""
        return self._store.article_passages(article_id, self.sequence_number)

    def version_passages(self, found: StoredArticle) -> list[StoredPassage]:
        """Return the passages of a version, in order."""
        return self._store.version_passages(found.article.id, found.version)

    def opening(self, article_id: str) -> Vector:
        """Return the embedding of an article's first passage."""
        return self._store.opening(article_id, self.sequence_number)

    def passage(self, passage_id: str, now: datetime) -> StoredPassage:
        """Return a passage by its id, also one of an earlier version of its article.

        Raises NotFound, also where readers may no longer see the article, and Withdrawn.
        """
        found = self._store.passages(self._store.passage_keys(passage_id))
        states = self.versions(found[0].passage.article_id, now) if found else ()
        shown = {one.version for one in states if one.shown(now)}  # not so one that was removed
        for one in reversed(found):
            if one.source.version in shown:
                return one
        raise NotFound(f"There is no passage {passage_id!r} in this index.")

    def neighbours(self, found: StoredPassage, distance: int) -> list[StoredPassage]:
        """Return the passages up to ``distance`` places from ``found`` in its version, itself among them, in order."""
        return self._store.neighbours(found.key, distance)

    def copies(self, groups: Sequence[int], now: datetime, known_at: datetime | None = None) -> list[Copy]:
        """Return those of these groups of two or more that readers may see at ``now``, the earliest first.

        With ``known_at`` only those that the index had by then.
        """
        found = self._store.copies(groups, self.sequence_number)
        visible = [copy for copy in found if copy.source.shown(now)]
        if known_at is not None:
            visible = [copy for copy in visible if self._had(copy.source.article.id, known_at)]
        return sorted(visible, key=lambda copy: (copy.source.published, copy.source.article.id))

    def _had(self, article_id: str, at: datetime) -> bool:
        return any(one.indexed_at <= at for one in self._store.versions(article_id, self.sequence_number))

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
        """Return what ranking needs of each of ``keys``, in their order, as it stood when it was first read."""
        wanted, read = keys.tolist(), self._candidates
        missing = [key for key in wanted if key not in read]
        if missing:
            read.update((one.key, one) for one in self._store.candidates(missing))
        if len(read) > AT_HAND:
            self._candidates = {}
        return [read[key] for key in wanted]

    def passages(self, keys: Sequence[int]) -> list[StoredPassage]:
        """Return the passages under ``keys``, in their order."""
        return self._store.passages(keys)


class Index:
    """One store and its two views. Any number of readers, in any number of processes, beside one writer.

    The vector view is published before the word view and can still be opened at earlier sequence numbers. So the word
    view decides at which number a snapshot stands, and both always stand at the same.
    """

    def __init__(self, store: Store, vectors: View[Searchable[Vector]], words: View[Words], inbox: Inbox) -> None:
        self.store = store
        self.inbox = inbox
        self._vectors = vectors
        self._words = words
        self._refreshing = Lock()
        self._snapshot: Snapshot | None = None
        self._taken_in: tuple[object, object] | None = None

    def open(self, wait: float = 60.0) -> None:
        """Bring the views up to the store, rebuilding one that is damaged, and take the first snapshot.

        Where that cannot be done now, what was last published will do. Raises IndexLocked where nothing was, and
        another process stays the writer for ``wait`` seconds; StorageFull and NotPermitted.
        """
        deadline = monotonic() + wait
        while not self._in_step():
            try:
                with self.store.exclusive(wait=min(wait, PATIENCE)):
                    self._catch_up()
            except (IndexLocked, StorageFull, NotPermitted) as error:
                if self._readable():
                    return
                if not isinstance(error, IndexLocked) or monotonic() >= deadline:  # a writer may soon publish something
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
            for attempt in range(5):  # a writer may publish between the lines below
                sleep(attempt / 100)
                published = self._vectors.published(), self._words.published()
                if self._snapshot is not None and published == self._taken_in:
                    return True
                words = self._words.snapshot()
                vectors = self._vectors.snapshot(words.sequence_number) if words else None
                if words and vectors:
                    self._snapshot, self._taken_in = Snapshot(self.store, vectors, words), published
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

    def compact(self, wait: float = 60.0) -> int:
        """Sweep what has expired and give back what is no longer needed, beside whoever searches.

        Returns how many articles were swept. Raises IndexLocked, StorageFull.
        """
        with self.writing(wait) as writer:
            expired = self.store.expired(datetime.now(UTC))
            for start in range(0, len(expired), SWEPT):
                writer.apply([], expired[start : start + SWEPT])
            for view in (self._vectors, self._words):
                view.compact(self.store.changes(0))
            self.store.compact()
        self.refresh()
        return len(expired)

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
        """Store new versions and removals and make them searchable; both hold on return, even through a crash.

        Raises StorageFull, which says so where only searches cannot follow.
        """
        self.store.apply(revisions, removed)
        try:
            self._publish()
        except StorageFull as error:
            raise StorageFull(f"{error} The last change is kept all the same, and shows once there is room.") from error
