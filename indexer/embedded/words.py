"""The word view: passages by BM25, and beside them whole articles, for a question whose words lie far apart."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from indexer.embedded import files
from indexer.embedded.texts import Text, TextIndex, TextState
from indexer.errors import DamagedView
from indexer.stored import Changes
from indexer.types import Filter, Keys, Matches, Scores


class WordView:
    """Follows the log with two commits a batch: articles first, so that the passages say where the view stands."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forget()

    def snapshot(self, sequence_number: int | None = None) -> WordSnapshot | None:
        """Return the newest state; None where there is none, or it is not the one at ``sequence_number``.

        Raises DamagedView.
        """
        passages, articles = self._passages.state(), self._articles.state()
        if passages is None or articles is None or passages.sequence_number != articles.sequence_number:
            return None
        state = WordSnapshot(passages, articles)
        return state if sequence_number in (None, state.sequence_number) else None

    def sequence_number(self) -> int | None:
        """Return the number up to which every part has been brought; None where there is none. Raises DamagedView."""
        states = [self._passages.state(), self._articles.state()]
        return min((state.sequence_number for state in states if state), default=None) if all(states) else None

    def published(self) -> object:
        """Return what differs after everything that is published."""
        return self._articles.published(), self._passages.published()

    def apply(self, changes: Iterable[Changes]) -> None:
        """Take in ``changes`` and publish the state after them. Raises StorageFull, DamagedView. Writer only."""
        self._write(changes)

    def compact(self, changes: Iterable[Changes], /) -> None:
        """Write all of it anew where anything in it is dead, which tantivy itself does not merge away.

        Raises StorageFull, DamagedView. Writer only.
        """
        if self._articles.has_dead() or self._passages.has_dead():
            self._write(changes, anew=True)

    def clear(self) -> None:
        """Delete every file of this view. Writer only."""
        self._articles.clear()
        self._passages.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, changes: Iterable[Changes], *, anew: bool = False) -> None:
        number = self.sequence_number() or 0
        if files.is_full(self._folder.parent):  # with room for one commit only, there would be no state to search
            raise files.full(self._folder)
        try:
            articles, passages = self._articles.writer(), self._passages.writer()
            if anew:
                articles.begin_anew()
                passages.begin_anew()
            for step in changes:
                number = step.sequence_number
                articles.put(step.retired.tolist(), whole(step))
                passages.put(step.removed.tolist(), parts(step))
            articles.commit(number)
            passages.commit(number)
        except (ValueError, OSError) as error:
            self._forget()  # a writer that failed is of no more use, nor is the index that it locks
            if files.is_full(self._folder.parent, error):  # which is there, as this one may not be
                raise files.full(self._folder) from error
            raise DamagedView(f"{self._folder} cannot be written: {error}.") from error

    def _forget(self) -> None:
        self._articles = TextIndex(self._folder / "articles")
        self._passages = TextIndex(self._folder / "passages")


class WordSnapshot:
    """The words at one sequence number. Scores are BM25, from 0 up."""

    def __init__(self, passages: TextState, articles: TextState) -> None:
        self._passages = passages
        self._articles = articles
        self.sequence_number = passages.sequence_number

    def nearest(self, query: str, k: int, where: Filter) -> Matches:
        """Return the best ``k`` passages that share a word with ``query`` and that ``where`` admits."""
        return self._passages.nearest(query, k, where)

    def scores(self, query: str, keys: Keys) -> Scores:
        """Return the score of each of ``keys``; 0 for a key that is not here or shares no word."""
        return self._passages.scores(query, keys)

    def keys(self) -> Keys:
        """Return the key of every passage, rising."""
        return self._passages.keys()

    def version_keys(self) -> Keys:
        """Return the key of every version of an article that can be found as a whole, rising."""
        return self._articles.keys()

    def versions(self, keys: Keys) -> Keys:
        """Return the key of the version that each of ``keys`` is a passage of; 0 for one that is not here."""
        return self._passages.parents(keys)

    def has(self, key: int, text: str) -> bool:
        """Return whether the passage under ``key`` has every word of ``text``."""
        return self._passages.has(key, text)

    def article_scores(self, query: str, version_keys: Keys) -> Scores:
        """Return the score of each of these versions of articles as a whole; 0 for one that is not here."""
        each, place = np.unique(version_keys, return_inverse=True)
        scores: Scores = self._articles.scores(query, each)[place]
        return scores

    def count(self, where: Filter) -> int:
        """Return how many articles ``where`` admits; of each there is one version that readers may see."""
        return self._articles.count(where)

    def ceiling(self, query: str) -> float:
        """Return a score that no passage can exceed; 0 for a question without words."""
        return self._passages.ceiling(query)


def whole(step: Changes) -> Iterator[Text]:
    """Yield the articles of ``step`` as texts, each under the key of its version."""
    sources = {one.version_key: one.source for one in step.added}
    for key, source in sources.items():
        yield Text(key, 0, f"{source.article.title}\n{source.article.body}", source)


def parts(step: Changes) -> Iterator[Text]:
    """Yield the passages of ``step`` as texts, each with the key of its version as parent."""
    for one in step.added:
        yield Text(one.key, one.version_key, f"{one.source.article.title}\n{one.text}", one.source)
