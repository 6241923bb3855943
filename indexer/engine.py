"""What an engine is: a store, which is the truth and the only place that commits, and views that follow its log.

A view is something searchable that can always be thrown away and made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from indexer.stored import Candidate, Changes, Copy, Revision, StoredArticle, StoredPassage
from indexer.types import Filter, Freshness, Keys, Matches, Model, Scores, Vector

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

    def keys(self) -> Keys:
        """Return the key of every passage that can be found, rising."""


class Words(Searchable[str], Protocol):
    """What a word view adds: words of the whole article, and a measure for its scores."""

    def article_scores(self, query: str, version_keys: Keys) -> Scores:
        """Return the score of each of these versions of articles as a whole; 0 for one it does not know."""

    def count(self, where: Filter) -> int:
        """Return how many articles ``where`` admits."""

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

    def published(self) -> object:
        """Return what differs after everything that is published, also at the same sequence number; cheap to ask."""

    def apply(self, changes: Iterable[Changes]) -> None:
        """Take in ``changes`` and publish the result in one step; durable on return. Writer only."""

    def compact(self, changes: Iterable[Changes], /) -> None:
        """Publish the newest state without what no longer counts in it; ``changes`` is the whole log. Writer only."""

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
        """Be the only writer; raises IndexLocked, naming the holder, after ``wait`` seconds.

        Raises IncompatibleIndex where the index has moved to another model since it was opened.
        """

    def moved(self) -> bool:
        """Return whether the index has moved to another model since this store was opened."""

    def check_model(self) -> None:
        """Raise IncompatibleIndex where it has."""

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

    def version_passages(self, article_id: str, version: int) -> list[StoredPassage]:
        """The passages of a version, in order."""

    def opening(self, article_id: str, at: int) -> Vector:
        """The embedding of its first passage."""

    def candidates(self, keys: Sequence[int]) -> list[Candidate]:
        """What ranking needs of each of ``keys``, in their order."""

    def copies(self, groups: Sequence[int], at: int) -> list[Copy]:
        """Every current article of these groups of copies; one that is alone in its group may be left out."""

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

    def compact(self) -> None:
        """Give back what nothing needs any more. Writer only."""

    def size(self) -> int:
        """Bytes held on disk, the views included."""
