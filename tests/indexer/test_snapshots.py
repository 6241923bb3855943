"""What a snapshot shows whenever it is taken, and that nothing is kept of those that are gone."""

from __future__ import annotations

import gc
from collections import Counter
from datetime import UTC, datetime

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from indexer.embedded import create, open_index
from indexer.embedded.columns import Columns
from indexer.embedded.texts import TextState
from indexer.embedded.vectors import Segment, VectorSnapshot
from indexer.types import Filter

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def open_one(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return lambda: open_index(tmp_path / "index")


def add(index, *articles):
    pipeline.add(index, WordEmbedder(), arrived(*articles), chunking=CHUNKING)
    index.refresh()


def found(index, where=None):
    """Texts that both views find."""
    snapshot, where = index.snapshot(), where or Filter(NOW)
    by_vector = snapshot.vectors.nearest(WordEmbedder().embed_query("bridge"), 50, where).keys
    by_words = snapshot.words.nearest("bridge", 50, where).keys
    assert sorted(by_vector) == sorted(by_words)
    return sorted(one.passage.text for one in snapshot.passages(by_vector.tolist()))


def test_an_index_whose_newest_articles_were_removed_can_be_opened_again(open_one):
    add(open_one(), *(article(number, f"Bridge {number} is open.") for number in range(10)))
    pipeline.remove(open_one(), ["a9"])
    assert found(open_one()) == [f"Bridge {number} is open." for number in range(9)]
    pipeline.remove(open_one(), [f"a{number}" for number in range(9)])
    assert found(open_one()) == []


class Interrupted:
    """A store that is written to just after it has said how far it is."""

    def __init__(self, store):
        self._store = store
        self.write = lambda: None

    def sequence_number(self):
        number = self._store.sequence_number()
        self.write()
        return number

    def touched(self, since, until):
        return self._store.touched(since, until)


def test_a_withdrawal_is_noticed_even_if_a_writer_goes_on_meanwhile(open_one):
    index = open_one()
    source = Interrupted(index.store)
    columns = Columns(source)
    for text in ("The bridge is open.", "The bridge is shut."):
        add(index, article(1, text))
    columns.catch_up()
    withdrawn = {"status": "withdrawn", "correction": "There is no bridge."}
    add(index, article(1, "The bridge is shut.", **withdrawn))
    source.write = lambda: add(index, article(1, "There is no bridge.", **withdrawn))
    columns.catch_up()
    source.write = lambda: None
    columns.catch_up()
    assert not columns.at(index.store.sequence_number()).admitted(Filter(NOW)).any()


def test_a_reader_who_has_not_looked_still_reads_the_passages_it_has_found(open_one):
    writer, reader = open_one(), open_one()
    add(writer, article(1, "The bridge is open."))
    reader.refresh()
    (passage,) = reader.snapshot().article_passages("a1")
    add(writer, article(1, "The bridge is open.", categories=("traffic",)))
    assert reader.snapshot().passage(passage.passage.id, NOW).source.version == 1
    reader.refresh()
    assert reader.snapshot().passage(passage.passage.id, NOW).source.version == 2


def test_what_no_snapshot_needs_is_let_go(open_one):
    def alive():
        gc.collect()
        kinds = Counter(map(type, gc.get_objects()))
        return [kinds[kind] for kind in (Segment, VectorSnapshot, TextState)]

    writer, reader = open_one(), open_one()
    counted = []
    for turn in range(4):
        add(writer, *(article(number, f"Bridge {number} is open, {turn}.") for number in range(5)))
        pipeline.remove(writer, ["a0", "a1"])
        writer.compact()
        reader.refresh()
        assert len(found(reader)) == 3
        counted.append(alive())
    assert counted[-1] == counted[1]
