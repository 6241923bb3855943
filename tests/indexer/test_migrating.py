"""Moving an index to another model."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article, revision

from indexer import pipeline
from indexer.embedded import create, migration_to, model_of, open_index
from indexer.errors import BadInput, IncompatibleIndex
from indexer.migrating import fill, migrate
from indexer.types import Filter, Model

TOMORROW = Filter(datetime.now(UTC) + timedelta(days=1))


class LetterEmbedder:
    """Counts letters: another model, of another dimension."""

    model = Model("letters", "1" * 64, 26)

    def __init__(self, fails_after=10**9):
        self.embedded = 0
        self._fails_after = fails_after

    def embed_passages(self, texts):
        if self.embedded + len(texts) > self._fails_after:
            raise RuntimeError("the machine went down")
        self.embedded += len(texts)
        rows = np.array([[text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def embed_query(self, text):
        return self.embed_passages([text])[0]


class WordsAgain(LetterEmbedder):
    model = Model("letters of another kind", "2" * 64, 26)


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    with open_index(tmp_path / "index").writing() as writer:
        writer.apply([revision(article(n, f"Bridge {n} is open. " + "Nobody was hurt. " * n)) for n in range(30)])
        writer.apply([revision(article(3, "Bridge 3 is shut, as an inspection found cracks in it."))], ["a4"])
    return tmp_path / "index"


def best(index, embedder, question):
    snapshot = index.snapshot()
    found = snapshot.vectors.nearest(embedder.embed_query(question), 1, TOMORROW)
    return [one.passage.text for one in snapshot.passages(found.keys.tolist())]


def test_a_moved_index_is_one_of_the_other_model(folder):
    letters = LetterEmbedder()
    migration = migration_to(folder, letters.model)
    migrate(open_index(folder), migration, letters)
    assert model_of(folder) == letters.model
    index = open_index(folder, letters.model)
    assert best(index, letters, "bridge 3 is shut, as an inspection") == [
        "Bridge 3 is shut, as an inspection found cracks in it."
    ]
    snapshot = index.snapshot()
    everything = snapshot.vectors.nearest(letters.embed_query("a"), 1000, TOMORROW).keys
    assert len(everything) == snapshot.freshness.passages
    texts = [f"{one.source.article.title}\n{one.passage.text}" for one in snapshot.passages(everything.tolist())]
    query = letters.embed_query("storm")
    assert snapshot.vectors.scores(query, everything) == pytest.approx(letters.embed_passages(texts) @ query, abs=2e-3)


def test_the_past_moves_with_the_rest(folder):
    letters = LetterEmbedder()
    migrate(open_index(folder), migration_to(folder, letters.model), letters)
    then = Filter(datetime(2025, 3, 2, tzinfo=UTC), article_ids=("a3",))
    snapshot = open_index(folder).snapshot()
    found = snapshot.passages(snapshot.vectors.nearest(letters.embed_query("open"), 100, then).keys.tolist())
    assert {one.source.version for one in found} == {1}


def test_what_was_embedded_before_an_interruption_is_not_embedded_again(folder, monkeypatch):
    monkeypatch.setattr("indexer.migrating.BATCH", 10)
    failing = LetterEmbedder(fails_after=35)
    with pytest.raises(RuntimeError, match="went down"):
        migrate(open_index(folder), migration_to(folder, failing.model), failing)
    assert model_of(folder) == WordEmbedder.model
    migration, again = migration_to(folder, LetterEmbedder.model), LetterEmbedder()
    made = migration.made()
    assert made >= 30
    migrate(open_index(folder), migration, again)
    assert again.embedded <= migration.wanted() - made
    assert model_of(folder) == LetterEmbedder.model


def test_articles_that_come_while_it_goes_on_move_too(folder):
    index, letters = open_index(folder), LetterEmbedder()
    migration = migration_to(folder, letters.model)
    fill(migration, letters, lambda passages: None)
    pipeline.add(index, WordEmbedder(), arrived(article(50, "A zeppelin landed.")), chunking=CHUNKING)
    migrate(index, migration, letters)
    assert best(open_index(folder), letters, "a zeppelin landed") == ["A zeppelin landed."]


def test_a_snapshot_and_a_reader_of_the_old_model_go_on(folder):
    reader, words, letters = open_index(folder), WordEmbedder(), LetterEmbedder()
    before = best(reader, words, "inspection found cracks")
    migrate(open_index(folder), migration_to(folder, letters.model), letters)
    pipeline.add(open_index(folder), letters, arrived(article(50, "A zeppelin landed.")), chunking=CHUNKING)
    assert not reader.refresh()
    assert best(reader, words, "inspection found cracks") == before
    assert reader.store.moved()


def test_a_writer_of_the_old_model_is_stopped(folder):
    old = open_index(folder)
    migrate(open_index(folder), migration_to(folder, LetterEmbedder.model), LetterEmbedder())
    with pytest.raises(IncompatibleIndex, match="has moved to the model letters"):
        pipeline.add(old, WordEmbedder(), arrived(article(50)), chunking=CHUNKING)
    open_index(folder, LetterEmbedder.model).compact()  # and with it go the embeddings of the model that was given up
    with pytest.raises(IncompatibleIndex, match="has moved to the model letters"):
        pipeline.add(old, WordEmbedder(), arrived(article(1, "Changed.")), chunking=CHUNKING)
    with pytest.raises(IncompatibleIndex, match="dateline migrate --model words"):
        open_index(folder, WordEmbedder.model)


def test_another_model_begins_anew(folder):
    fill(migration_to(folder, LetterEmbedder.model), LetterEmbedder(), lambda passages: None)
    other = migration_to(folder, WordsAgain.model)
    assert other.made() == 0
    migrate(open_index(folder), other, WordsAgain())
    assert model_of(folder) == WordsAgain.model


def test_moving_to_the_same_model_is_refused(folder):
    with pytest.raises(BadInput, match="is of the model words already"):
        migration_to(folder, WordEmbedder.model)


def test_there_and_back_again(folder):
    migrate(open_index(folder), migration_to(folder, LetterEmbedder.model), LetterEmbedder())
    migrate(open_index(folder), migration_to(folder, WordEmbedder.model), WordEmbedder())
    index = open_index(folder, WordEmbedder.model)
    assert best(index, WordEmbedder(), "inspection found cracks") == [
        "Bridge 3 is shut, as an inspection found cracks in it."
    ]
