"""Searching texts by their words: BM25 over one stemmed field, by tantivy.

A document with key 0 and no text carries the sequence number an index stands at, so that it changes in the same commit
as the texts do.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from tantivy import FieldType, Occur, Query, Tokenizer
from tantivy import Filter as TokenFilter

from indexer.embedded import files, text_files
from indexer.embedded.criteria import FIELDS, NEVER, closing, conditions, seconds, terms
from indexer.errors import DamagedView
from indexer.stored import StoredArticle
from indexer.types import Filter, Keys, Matches, Scores

HEAP = 128_000_000
"""Bytes the writer may use before it puts a segment on disk by itself."""

SATURATION = 1.2
"""BM25's k1, as tantivy has it: however often a word occurs, it counts at most k1 + 1 times its weight."""

FORMAT = 2
"""Rises with every change to the fields below, and is part of the folder's name: older folders are made anew."""

TIMES = ("opens", "closes", "published", "indexed", "ends", "replaced")

NOTHING = Matches(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Text:
    """What is found by its words: ``key`` is above 0, ``parent`` is any number to be got back with it."""

    key: int
    parent: int
    text: str
    source: StoredArticle


def schema() -> tantivy.Schema:
    """Return the fields of a text."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("parent", fast=True)
    builder.add_unsigned_field("sequence_number", fast=True)
    builder.add_text_field("text", tokenizer_name="news", index_option="freq")
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in TIMES:
        builder.add_integer_field(field, indexed=True, fast=True)
    return builder.build()


def analyzer(*last: TokenFilter) -> tantivy.TextAnalyzer:
    """Return what makes terms of a text: lower case, no accents, English stems; ``last`` come before the stemmer."""
    builder = tantivy.TextAnalyzerBuilder(Tokenizer.simple())
    steps = (TokenFilter.remove_long(60), TokenFilter.lowercase(), TokenFilter.ascii_fold(), *last)
    for step in (*steps, TokenFilter.stemmer("english")):
        builder = builder.filter(step)
    return builder.build()


SCHEMA = schema()
ALL_WORDS = analyzer()
TELLING_WORDS = analyzer(TokenFilter.stopword("english"))


class TextIndex:
    """One tantivy index in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: tantivy.Index | None = None

    def state(self) -> TextState | None:
        """Return what was last committed; None where nothing ever was. Raises DamagedView."""
        if self._index is None:
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
        if self._index is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._index = registered(tantivy.Index(SCHEMA, str(self._folder)))
        return TextWriter(self._index)

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
            before = meta.read_bytes()
            try:
                text_files.verify(self._folder)
                return registered(tantivy.Index.open(str(self._folder)))
            except (DamagedView, ValueError) as error:
                if meta.read_bytes() == before:  # else a writer has put other files in the place of these
                    raise DamagedView(f"{self._folder} cannot be opened: {error}") from error


class TextWriter:
    """Changes to an index that show, all at once, when they are committed."""

    def __init__(self, index: tantivy.Index) -> None:
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
        self._writer.wait_merging_threads()


class TextState:
    """The texts of one commit. Scores are BM25, from 0 up."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self.sequence_number = self._read_marker()

    def nearest(self, words: str, k: int, where: Filter) -> Matches:
        """Return the best ``k`` texts that share a word with ``words`` and that ``where`` admits."""
        query = text_query(words)
        return self._search([(Occur.Must, query), *required(where)], k) if query else NOTHING

    def scores(self, words: str, keys: Keys) -> Scores:
        """Return the score of each of ``keys``; 0 for a text that is not here or shares no word."""
        query = text_query(words)
        if query is None or not len(keys):
            return np.zeros(len(keys), dtype=np.float32)
        found = self._search([(Occur.Must, query), among(keys)], len(keys))
        known = dict(zip(found.keys.tolist(), found.scores.tolist(), strict=True))
        return np.array([known.get(key, 0.0) for key in keys.tolist()], dtype=np.float32)

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

    def _search(self, parts: list[tuple[Occur, Query]], k: int) -> Matches:
        hits = self._searcher.search(Query.boolean_query(parts), k, count=False).hits
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        return Matches(np.array(keys, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float32))

    def _read_marker(self) -> int:
        hits = self._searcher.search(Query.term_query(SCHEMA, "key", 0), 1, count=False).hits
        values = self._searcher.fast_field_values("sequence_number", [address for _, address in hits])
        if not values or values[0] is None:
            raise DamagedView("The word view does not say where it stands.")
        return int(values[0])


def stems(words: str) -> list[str]:
    """Return the terms of a question, each once. Stop words count only where there is nothing else."""
    return list(dict.fromkeys(TELLING_WORDS.analyze(words) or ALL_WORDS.analyze(words)))


def text_query(words: str) -> Query | None:
    """Return the query that any of ``words`` satisfies; None where there is none."""
    found = [(Occur.Should, Query.term_query(SCHEMA, "text", stem, "freq")) for stem in stems(words)]
    return Query.boolean_query(found) if found else None


def among(keys: Keys) -> tuple[Occur, Query]:
    """Require one of ``keys``, without a say in the score."""
    return Occur.Must, Query.const_score_query(Query.term_set_query(SCHEMA, "key", keys.tolist()), 0.0)


def required(where: Filter) -> Iterator[tuple[Occur, Query]]:
    """Require what ``where`` asks, without a say in the score."""
    yield within("opens", None, seconds(where.as_of))
    yield within("closes", closing(where) + 1, None)
    if where.known_at is None:
        yield within("ends", seconds(where.as_of) + 1, None)
    else:
        yield within("indexed", None, seconds(where.known_at))
        yield within("replaced", seconds(where.known_at) + 1, None)
    if where.published_from or where.published_to:
        first = seconds(where.published_from) if where.published_from else None
        last = seconds(where.published_to) if where.published_to else NEVER - 1
        yield within("published", first, last)
    for condition in conditions(where):
        having = Query.term_set_query(SCHEMA, condition.field, list(condition.values))
        if condition.wanted:
            yield Occur.Must, Query.const_score_query(having, 0.0)
        else:
            yield Occur.MustNot, having


def within(field: str, first: int | None, last: int | None) -> tuple[Occur, Query]:
    """Require a number from ``first`` to ``last``."""
    return Occur.Must, Query.const_score_query(Query.range_query(SCHEMA, field, FieldType.Integer, first, last), 0.0)


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
