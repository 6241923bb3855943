"""Conditions that are tried on the hits themselves, and phrases that must stand in an article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from service.phrases import phrases, tells
from service.search import Searcher
from service.sifting import sift
from service.types import Query

COPIED = (
    "The storm hit the long coast, and the old pier of the town broke away in the night. "
    "Nobody was hurt, said the mayor, who had walked down to the water before dawn."
)


@pytest.fixture
def searcher(index):
    articles = [article(n, f"The storm hit the coast near harbour {n}.") for n in range(150)]
    articles += [article(200 + n, COPIED, publisher=f"Paper {n}", url=f"https://p{n}.example/") for n in range(2)]
    pipeline.add(index, WordEmbedder(), arrived(*articles), chunking=CHUNKING)
    index.refresh()
    return Searcher(index, WordEmbedder())


@pytest.fixture
def query():
    return Query("the storm hit the coast", datetime.now(UTC), limit=5, min_confidence=0)


def ids(answer):
    return [hit.found.source.article.id for hit in answer.hits]


def test_a_condition_that_all_satisfy_changes_nothing(searcher, query):
    assert ids(sift(searcher, query, lambda source: True)) == ids(searcher.search(query))


def test_what_satisfies_is_found_however_far_down(searcher, query):
    ranked = ids(sift(searcher, Query(query.text, query.as_of, limit=100), lambda source: True))
    rest = {f"a{n}" for n in range(150)} - set(ranked)
    assert len(rest) > 40
    found = ids(sift(searcher, query, lambda source: source.article.id in rest))
    assert len(found) == 5 and set(found) <= rest


def test_of_copies_the_one_that_satisfies_is_kept(searcher, query):
    for one in ("a200", "a201"):
        assert ids(sift(searcher, query, lambda source, one=one: source.article.id == one)) == [one]
    assert len(ids(sift(searcher, query, lambda source: source.article.body == COPIED))) == 1


def test_nothing_satisfies(searcher, query):
    assert sift(searcher, query, lambda source: False).hits == ()


def test_quoted_phrases_or_all_of_the_question():
    assert phrases('who "found cracks" in “a pier”') == ["found cracks", "a pier"]
    assert phrases("found cracks") == ["found cracks"]


@pytest.mark.parametrize(
    ("phrase", "there"),
    [
        ("found cracks", True),
        ("FOUND, cracks!", True),
        ("found crack", False),
        ("cracks found", False),
        ("harbour bridge", True),  # in the headline
        ("bridge they found", False),  # not across headline and text
        ("哈尔滨大桥", True),
        ("尔滨", True),  # no spaces, so no whole words
    ],
)
def test_a_phrase_stands_in_the_headline_or_the_text(phrase, there):
    assert tells(article(1, "They found cracks. 哈尔滨大桥关闭。", title="The harbour bridge"), phrase) is there
