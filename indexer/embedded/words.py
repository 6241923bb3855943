"""Nearest passages by words: BM25 over headline and text in one stemmed field, by tantivy.

A document with key 0 and no text carries the sequence number the view stands at, so that it changes in the same commit
as the passages do.
"""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import tantivy
from tantivy import FieldType, Occur, Query, Tokenizer
from tantivy import Filter as TokenFilter

from indexer.embedded import files
from indexer.embedded.criteria import FIELDS, NEVER, conditions, seconds, terms
from indexer.errors import DamagedView
from indexer.index import Addition, Changes
from indexer.types import Filter, Keys, Matches, Scores

HEAP = 128_000_000
"""Bytes the writer may use before it puts a segment on disk by itself."""

FOOTER = struct.Struct("<II")
MAGIC = 1337
"""How every file of tantivy ends: a JSON object with the CRC-32 of what stands before it, its length, this number."""


def schema() -> tantivy.Schema:
    """Return the fields of a passage."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("sequence_number", fast=True)
    builder.add_text_field("text", tokenizer_name="news", index_option="freq")
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in ("opens", "closes", "published"):
        builder.add_integer_field(field, indexed=True, fast=True)
    return builder.build()


def analyzer(*last: TokenFilter) -> tantivy.TextAnalyzer:
    """Return what makes terms of a text: lower case, no accents, English stems; ``last`` come before the stemmer."""
    builder = tantivy.TextAnalyzerBuilder(Tokenizer.simple())
    steps = (TokenFilter.remove_long(60), TokenFilter.lowercase(), TokenFilter.ascii_fold(), *last)
    for step in (*steps, TokenFilter.stemmer("english")):
        builder = builder.filter(step)
    return builder.build()


ALL_WORDS = analyzer()
TELLING_WORDS = analyzer(TokenFilter.stopword("english"))


class WordView:
    """Follows the log with one tantivy commit a batch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._schema = schema()
        self._index: tantivy.Index | None = None

    def snapshot(self, sequence_number: int | None = None) -> WordSnapshot | None:
        """Return the newest state; None where there is none, or it is not the one at ``sequence_number``.

        Raises DamagedView.
        """
        if self._index is None:
            self._index = self._open()
        if self._index is None:
            return None
        try:
            self._index.reload()
            state = WordSnapshot(self._index.searcher(), self._schema)
        except (ValueError, OSError) as error:
            raise DamagedView(f"{self._folder} cannot be read: {error}.") from error
        return state if sequence_number in (None, state.sequence_number) else None

    def apply(self, changes: Iterable[Changes]) -> None:
        """Take in ``changes`` and commit once. Writer only."""
        state = self.snapshot()
        number = state.sequence_number if state else 0
        if self._index is None:
            self._folder.mkdir(exist_ok=True)
            self._index = self._registered(tantivy.Index(self._schema, str(self._folder)))
        try:
            self._commit(changes, number)
        except (ValueError, OSError) as error:
            self._index = None  # the writer is of no more use, nor is what it holds
            raise files.full(self._folder) if "No space left" in str(error) else error from error

    def _commit(self, changes: Iterable[Changes], number: int) -> None:
        assert self._index is not None
        writer = self._index.writer(HEAP, num_threads=1)
        for step in changes:
            number = step.sequence_number
            gone = [*step.removed.tolist(), *(one.key for one in step.added)]
            # not delete_documents_by_term, which finds nothing in a field of unsigned numbers
            writer.delete_documents_by_query(Query.term_set_query(self._schema, "key", gone))
            for one in step.added:
                writer.add_document(document(one))
        writer.delete_documents_by_query(Query.term_query(self._schema, "key", 0))
        writer.add_document(marker(number))
        writer.commit()
        writer.wait_merging_threads()

    def clear(self) -> None:
        """Delete every file of this view. Writer only."""
        self._index = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> tantivy.Index | None:
        if not (self._folder / "meta.json").exists():
            if self._folder.exists() and any(self._folder.iterdir()):
                raise DamagedView(f"{self._folder} has lost its meta.json.")
            return None
        verify(self._folder)
        try:
            return self._registered(tantivy.Index.open(str(self._folder)))
        except ValueError as error:
            raise DamagedView(f"{self._folder} cannot be opened: {error}.") from error

    def _registered(self, index: tantivy.Index) -> tantivy.Index:
        index.register_tokenizer("news", ALL_WORDS)
        index.config_reader("manual")
        return index


class WordSnapshot:
    """The words at one sequence number. Scores are BM25, from 0 up."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema) -> None:
        self._searcher = searcher
        self._schema = schema
        self.sequence_number = self._read_marker()

    def nearest(self, query: str, k: int, where: Filter) -> Matches:
        """Return the best ``k`` passages that share a word with ``query`` and that ``where`` admits."""
        text = self._text_query(query)
        return self._search([(Occur.Must, text), *self._conditions(where)], k) if text else NOTHING

    def scores(self, query: str, keys: Keys) -> Scores:
        """Return the BM25 of each of ``keys``; 0 for a key that is not here or shares no word."""
        text = self._text_query(query)
        if text is None or not len(keys):
            return np.zeros(len(keys), dtype=np.float32)
        among = Query.const_score_query(Query.term_set_query(self._schema, "key", keys.tolist()), 0.0)
        found = self._search([(Occur.Must, text), (Occur.Must, among)], len(keys))
        known = dict(zip(found.keys.tolist(), found.scores.tolist(), strict=True))
        return np.array([known.get(key, 0.0) for key in keys.tolist()], dtype=np.float32)

    def _search(self, parts: list[tuple[Occur, Query]], k: int) -> Matches:
        hits = self._searcher.search(Query.boolean_query(parts), k, count=False).hits
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        return Matches(np.array(keys, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float32))

    def _text_query(self, text: str) -> Query | None:
        """Any of the words of ``text`` will do. Stop words count only where there is nothing else."""
        stems = dict.fromkeys(TELLING_WORDS.analyze(text) or ALL_WORDS.analyze(text))
        if not stems:
            return None
        return Query.boolean_query(
            [(Occur.Should, Query.term_query(self._schema, "text", stem, "freq")) for stem in stems]
        )

    def _conditions(self, where: Filter) -> Iterator[tuple[Occur, Query]]:
        now = seconds(where.as_of)
        yield self._within("opens", None, now)
        yield self._within("closes", now + 1, None)
        if where.published_from or where.published_to:
            first = seconds(where.published_from) if where.published_from else None
            last = seconds(where.published_to) if where.published_to else NEVER - 1
            yield self._within("published", first, last)
        for condition in conditions(where):
            having = Query.term_set_query(self._schema, condition.field, list(condition.values))
            if condition.wanted:
                yield Occur.Must, Query.const_score_query(having, 0.0)
            else:
                yield Occur.MustNot, having

    def _within(self, field: str, first: int | None, last: int | None) -> tuple[Occur, Query]:
        inside = Query.range_query(self._schema, field, FieldType.Integer, first, last)
        return Occur.Must, Query.const_score_query(inside, 0.0)

    def _read_marker(self) -> int:
        hits = self._searcher.search(Query.term_query(self._schema, "key", 0), 1, count=False).hits
        values = self._searcher.fast_field_values("sequence_number", [address for _, address in hits])
        if not values or values[0] is None:
            raise DamagedView("The word view does not say where it stands.")
        return int(values[0])


NOTHING = Matches(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


def document(one: Addition) -> tantivy.Document:
    """Return a passage as tantivy takes it."""
    article = one.source.article
    made = tantivy.Document()
    made.add_unsigned("key", one.key)
    made.add_text("text", f"{article.title}\n{one.text}")
    for field, value in terms(article):
        made.add_text(field, value)
    made.add_integer("opens", seconds(one.source.opens))
    made.add_integer("closes", seconds(one.source.closes))
    made.add_integer("published", seconds(article.published_at))
    return made


def marker(sequence_number: int) -> tantivy.Document:
    """Return the document that says where the view stands."""
    made = tantivy.Document()
    made.add_unsigned("key", 0)
    made.add_unsigned("sequence_number", sequence_number)
    return made


def verify(folder: Path) -> None:
    """Check every segment file against the checksum in its footer; raises DamagedView."""
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        names = [segment["segment_id"].replace("-", "") for segment in meta["segments"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedView(f"{folder / 'meta.json'} is damaged.") from error
    for name in names:
        paths = list(folder.glob(f"{name}.*"))
        if not paths or not all(is_whole(path.read_bytes()) for path in paths):
            raise DamagedView(f"A file of the word segment {name} in {folder} is missing or damaged.")


def is_whole(content: bytes) -> bool:
    """Return whether the content of a tantivy file matches the checksum in its footer."""
    try:
        length, magic = FOOTER.unpack(content[-FOOTER.size :])
        body, footer = content[: -FOOTER.size - length], content[-FOOTER.size - length : -FOOTER.size]
        return bool(magic == MAGIC and json.loads(footer)["crc"] == zlib.crc32(body))
    except (struct.error, ValueError, KeyError, TypeError):
        return False
