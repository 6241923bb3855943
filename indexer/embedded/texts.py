"""Searching texts by their words: BM25 over one stemmed field, by tantivy.

A document with key 0 and no text carries the sequence number an index stands at, so that it changes in the same commit
as the texts do.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexer.embedded import files, text_files
from indexer.embedded.criteria import holds, seconds, terms, visible
from indexer.embedded.text_queries import ALL_WORDS, SCHEMA, TIMES, Part, among, chosen, required, stems, text_query
from indexer.errors import DamagedView
from indexer.stored import StoredArticle
from indexer.types import Filter, Keys, Matches, Scores

HEAP = 128_000_000
"""Bytes the writer may use before it puts a segment on disk by itself."""

SATURATION = 1.2
"""BM25's k1, as tantivy has it: however often a word occurs, it counts at most k1 + 1 times its weight."""

FORMAT = 2
"""Rises with every change to the fields below, and is part of the folder's name: older folders are made anew."""

DEEPER = 8
"""Times as many texts are looked at where readers may not see all of the best."""

Hit = tuple[float, tantivy.DocAddress]
"""A score and where its text stands, as tantivy gives them."""

NOTHING = Matches(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Text:
    """What is found by its words: ``key`` is above 0, ``parent`` is any number to be got back with it."""

    key: int
    parent: int
    text: str
    source: StoredArticle


class TextIndex:
    """One tantivy index in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: tantivy.Index | None = None
        self._links: Links | None = None

    def state(self) -> TextState | None:
        """Return what was last committed; None where nothing ever was. Raises DamagedView."""
        if self._index is None or (self._links and self._links.made_of != self.published()):
            self._index = self._open()
        if self._index is None:
            return None
        try:
            self._index.reload()
            return TextState(self._index.searcher())
        except (ValueError, OSError) as error:
            raise DamagedView(f"{self._folder} cannot be read: {error}.") from error

    def writer(self) -> TextWriter:
        """Begin to write; the index is made if there is none. There may be one writer at a time."""
        if self._index is None or self._links:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._index, self._links = registered(tantivy.Index(SCHEMA, str(self._folder))), None
        return TextWriter(self._index, self._folder)

    def published(self) -> object:
        """Return what differs after every commit."""
        return files.identity(self._folder / "meta.json")

    def has_dead(self) -> bool:
        """Return whether texts that were taken out still take up room. Raises DamagedView."""
        return text_files.has_dead(self._folder)

    def clear(self) -> None:
        """Delete every file. Writer only."""
        self._index = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> tantivy.Index | None:
        meta = self._folder / "meta.json"
        while True:
            if not meta.exists():
                if self._folder.exists() and any(self._folder.iterdir()):
                    raise DamagedView(f"{self._folder} has lost its meta.json.")
                return None
            with files.explained(meta):
                before = meta.read_bytes()
            try:
                text_files.verify(self._folder)
                links = None if text_files.can_lock(self._folder) else Links(self._folder, self.published())
                index = registered(tantivy.Index.open(links.place if links else str(self._folder)))
            except (DamagedView, ValueError) as error:
                if meta.read_bytes() == before:  # else a writer has put other files in the place of these
                    raise DamagedView(f"{self._folder} cannot be opened: {error}") from error
            else:
                self._links = links  # not before: the index that is open may need those it has
                return index


class Links:
    """A folder with links to the files of another one, for tantivy: it makes a lock file even where it only reads."""

    def __init__(self, folder: Path, made_of: object) -> None:
        self.made_of = made_of
        self._folder = TemporaryDirectory(prefix="dateline-")
        self.place = self._folder.name
        for path in folder.iterdir():
            if path.suffix != ".lock":
                (Path(self.place) / path.name).symlink_to(path.absolute())

    def __del__(self) -> None:
        with suppress(AttributeError):  # where it could not be made
            self._folder.cleanup()


class TextWriter:
    """Changes to an index that show, all at once, when they are committed."""

    def __init__(self, index: tantivy.Index, folder: Path) -> None:
        self._folder = folder
        self._writer = index.writer(HEAP, num_threads=1)
        self._writer.garbage_collect_files()  # a writer that was killed may have left files that are in the way

    def begin_anew(self) -> None:
        """Take out everything. What was committed stays until the next commit, so that readers never go without."""
        self._writer.delete_all_documents()

    def put(self, gone: list[int], added: Iterable[Text]) -> None:
        """Take out the texts ``gone``, and put in ``added`` in the place of those with the same keys."""
        added = list(added)
        gone = [*gone, *(text.key for text in added)]
        # not delete_documents_by_term, which finds nothing in a field of unsigned numbers
        self._writer.delete_documents_by_query(Query.term_set_query(SCHEMA, "key", gone))
        for text in added:
            self._writer.add_document(document(text))

    def commit(self, sequence_number: int) -> None:
        """Publish, standing at ``sequence_number``; durable on return."""
        self._writer.delete_documents_by_query(Query.term_query(SCHEMA, "key", 0))
        self._writer.add_document(marker(sequence_number))
        self._writer.commit()
        text_files.open_to_readers(self._folder)
        self._writer.wait_merging_threads()  # which write their names anew
        text_files.open_to_readers(self._folder)


class TextState:
    """The texts of one commit. Scores are BM25, from 0 up."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self.sequence_number = self._read_marker()

    def nearest(self, words: str, k: int, where: Filter) -> Matches:
        """Return the best ``k`` texts that share a word with ``words`` and that ``where`` admits.

        Readers may see nearly all texts. So it is looked up for those that are found: a query that asks for it as well
        has to score every text with one of the words.
        """
        query = text_query(words)
        if query is None:
            return NOTHING
        parts, times = [(Occur.Must, query), *chosen(where)], list(visible(where))
        for depth in (k, DEEPER * k):
            hits = self._hits(parts, depth)
            numbers = partial(self._numbers, hits=hits)
            seen = np.all([holds(either, numbers) for either in times], axis=0)
            if np.count_nonzero(seen) >= k or len(hits) < depth:
                return self._matches([hit for hit, is_seen in zip(hits, seen, strict=True) if is_seen][:k])
        return self._search([*parts, *map(required, times)], k)

    def scores(self, words: str, keys: Keys) -> Scores:
        """Return the score of each of ``keys``; 0 for a text that is not here or shares no word."""
        query = text_query(words)
        if query is None or not len(keys):
            return np.zeros(len(keys), dtype=np.float32)
        found = self._search([(Occur.Must, query), among(keys)], len(keys))
        known = dict(zip(found.keys.tolist(), found.scores.tolist(), strict=True))
        return np.array([known.get(key, 0.0) for key in keys.tolist()], dtype=np.float32)

    def count(self, where: Filter) -> int:
        """Return how many texts ``where`` admits."""
        parts = [*chosen(where), *map(required, visible(where))]
        found = self._searcher.search(Query.boolean_query(parts), 1, count=True)
        return int(found.count)  # type: ignore[attr-defined]  # which its stub has not

    def keys(self) -> Keys:
        """Return the key of every text, rising."""
        hits = self._searcher.search(Query.all_query(), self._searcher.num_docs, count=False).hits
        found = self._searcher.fast_field_values("key", [address for _, address in hits])
        return np.sort(np.array(found, dtype=np.int64))[1:]  # the first stands for no text

    def has(self, key: int, text: str) -> bool:
        """Return whether the text under ``key`` has every word of ``text``."""
        words = [(Occur.Must, Query.term_query(SCHEMA, "text", stem, "freq")) for stem in set(ALL_WORDS.analyze(text))]
        query = Query.boolean_query([among(np.array([key])), *words])
        return bool(self._searcher.search(query, 1, count=False).hits)

    def parents(self, keys: Keys) -> Keys:
        """Return the parent of each of ``keys``; 0 for a text that is not here."""
        hits = self._searcher.search(Query.boolean_query([among(keys)]), max(1, len(keys)), count=False).hits
        addresses = [address for _, address in hits]
        found, parents = (self._searcher.fast_field_values(field, addresses) for field in ("key", "parent"))
        known = dict(zip(found, parents, strict=True))
        return np.array([known.get(key, 0) for key in keys.tolist()], dtype=np.int64)

    def ceiling(self, words: str) -> float:
        """Return a score no text can exceed: that of one which has every word more often than counts."""
        total = self._searcher.num_docs
        found = (self._searcher.doc_freq("text", stem) for stem in stems(words))
        return sum(math.log(1 + (total - n + 0.5) / (n + 0.5)) * (SATURATION + 1) for n in found)

    def _search(self, parts: list[Part], k: int) -> Matches:
        return self._matches(self._hits(parts, k))

    def _hits(self, parts: list[Part], k: int) -> list[Hit]:
        query = parts[0][1] if len(parts) == 1 else Query.boolean_query(parts)
        found: list[Hit] = self._searcher.search(query, k, count=False).hits
        return found

    def _matches(self, hits: list[Hit]) -> Matches:
        return Matches(self._numbers("key", hits), np.array([score for score, _ in hits], dtype=np.float32))

    def _numbers(self, field: str, hits: list[Hit]) -> Keys:
        found = self._searcher.fast_field_values(field, [address for _, address in hits])
        return np.array(found, dtype=np.int64)

    def _read_marker(self) -> int:
        hits = self._searcher.search(Query.term_query(SCHEMA, "key", 0), 1, count=False).hits
        values = self._searcher.fast_field_values("sequence_number", [address for _, address in hits])
        if not values or values[0] is None:
            raise DamagedView("The word view does not say where it stands.")
        return int(values[0])


def registered(index: tantivy.Index) -> tantivy.Index:
    """Tell ``index`` what its fields are made with, and to look for commits only when asked."""
    index.register_tokenizer("news", ALL_WORDS)
    index.config_reader("manual")
    return index


def document(text: Text) -> tantivy.Document:
    """Return a text as tantivy takes it."""
    made = tantivy.Document()
    made.add_unsigned("key", text.key)
    made.add_unsigned("parent", text.parent)
    made.add_text("text", text.text)
    for field, value in terms(text.source.article):
        made.add_text(field, value)
    source = text.source
    times = (
        source.opens,
        source.closes,
        source.article.published_at,
        source.indexed_at,
        source.valid_to,
        source.replaced_at,
    )
    for field, time in zip(TIMES, times, strict=True):
        made.add_integer(field, seconds(time))
    return made


def marker(sequence_number: int) -> tantivy.Document:
    """Return the document that says where the view stands."""
    made = tantivy.Document()
    made.add_unsigned("key", 0)
    made.add_unsigned("sequence_number", sequence_number)
    return made
