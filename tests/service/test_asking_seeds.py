"""The sample articles, asked with the real model."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer import Chunking, load_embedder, pipeline
from indexer.embedded import create, open_index
from indexer.sources import find, read
from service.search import Searcher
from service.stories import read_story
from service.types import Query

SEEDS = Path(__file__).parents[2] / "seeds"
NOW = datetime(2999, 1, 1, tzinfo=UTC)
"""After all of them, also those without a date, which are as old as the index."""


@pytest.fixture(scope="module")
def searcher(tmp_path_factory):
    embedder = load_embedder()
    folder = tmp_path_factory.mktemp("seeds") / "index"
    create(folder, embedder.model, Chunking())
    index = open_index(folder)
    arrivals = (arrival for item in find([str(SEEDS)]).inputs for arrival in read(item))
    pipeline.add(index, embedder, arrivals, chunking=Chunking())
    index.refresh()
    return Searcher(index, embedder)


@pytest.fixture
def ask(searcher):
    def ask(text, as_of=NOW, **asked):
        return searcher.search(Query(text, as_of, **asked)).hits

    return ask


def title(hit):
    return hit.found.source.article.title


def test_two_reports_of_one_event_are_one_story_and_no_copies(ask, searcher):
    hits = [hit for hit in ask("What does the Kremlin say about talks with Zelensky?") if "Kremlin" in title(hit)]
    assert len(hits) == 2
    assert all(hit.copies == () for hit in hits)
    (story,) = {hit.story for hit in hits}
    told = read_story(searcher.index.snapshot(), story, NOW)
    assert [len(report) for report in told.reports] == [1, 1]
    assert {one.article.id for one in told.articles} == {hit.found.source.article.id for hit in hits}


def test_a_wire_text_two_publishers_ran_is_one_hit(ask, searcher):
    hits = ask("Why do the Skerrow ferry crews strike?")
    (wire,) = [hit for hit in hits if hit.copies]
    assert title(wire) == "Ferry crews to strike for four days over rosters"
    (copy,) = wire.copies
    assert (copy.source.article.title, copy.source.article.publisher) == (
        "Skerrow ferries: crews to walk out on Thursday",
        "Eastholm Radio",
    )
    told = read_story(searcher.index.snapshot(), wire.story, NOW)
    assert [len(report) for report in told.reports] == [2, 1]
    assert told.reports[-1][0].article.title == "Ferry strike ends after two days with deal on night pay"


def test_the_corrected_report_stands_before_the_one_that_was_wrong(ask):
    first, second, *_ = ask("How much did Aldous Foods pay for Kornmill?")
    article = first.found.source.article
    assert (article.id, article.status) == ("courier-2024-kornmill-2", "corrected")
    assert "£68 million" in article.body[first.highlight.start : first.highlight.end]
    assert second.found.source.article.id == "courier-2024-kornmill-1"


def test_the_answer_depends_on_when_it_is_asked(ask):
    elected = "Halina Broad elected mayor of Saltmere by 212 votes"
    resigns = "Saltmere mayor Halina Broad resigns over dredging contract"
    question = "Who is the mayor of Saltmere now?"
    assert title(ask(question, datetime(2024, 1, 1, tzinfo=UTC))[0]) == elected
    assert title(ask(question, datetime(2026, 10, 1, tzinfo=UTC))[0]) == resigns


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Why did the Fennel Bridge have to close?", "bearing"),
        ("Wie heizt die Stadt mit ihrem Fluss?", "Fluss"),
        ("Quand la bibliothèque rouvre-t-elle après l'inondation ?", "bibliothèque"),
    ],
)
def test_the_best_hit_holds_the_answer(ask, question, words):
    assert words in ask(question)[0].found.source.article.body


def test_a_question_the_sample_articles_cannot_answer_has_none(ask):
    assert ask("What is the boiling point of tungsten hexafluoride?") == ()
