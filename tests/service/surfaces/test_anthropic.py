"""Blocks as Anthropic's library describes them."""

from __future__ import annotations

import pytest
from anthropic.types import SearchResultBlockParam
from pydantic import TypeAdapter

BLOCKS = TypeAdapter(list[SearchResultBlockParam])


def test_the_same_question_has_the_same_hits_as_search(post, native):
    blocks = post("/anthropic/search", {"q": "why was the bridge closed", "limit": 3}).json()
    hits = native("why was the bridge closed", limit=3)
    assert [one["source"] for one in blocks] == [hit["url"] for hit in hits]
    assert blocks[0]["title"] == "Headline 1 (Gazette, 2025-03-01)"
    for block, hit in zip(blocks, hits, strict=True):
        assert "".join("".join(one["text"] for one in block["content"]).split()) == "".join(hit["text"].split())
        assert all(one["text"] in hit["text"] for one in block["content"])


def test_one_sentence_a_block(post):
    (block,) = post("/anthropic/search", {"q": "why was the bridge closed", "limit": 1}).json()
    assert [one["text"] for one in block["content"]] == [
        "The harbour bridge was closed on Monday.",
        "Engineers found cracks in a pier.",
        "It may stay shut for weeks.",
    ]


def test_the_library_knows_every_field_and_misses_none(post):
    blocks = post("/anthropic/search", {"q": "bridge Brücke"}).json()
    BLOCKS.validate_python(blocks)
    assert len(blocks) == 5
    for block in blocks:
        assert set(block) <= set(SearchResultBlockParam.__annotations__)
        assert block["content"] and block["source"] and block["title"]
        assert block["citations"] == {"enabled": True}


def test_an_article_without_publisher_date_and_url(post, url):
    (block,) = post("/anthropic/search", {"q": "bridge Brücke", "languages": ["de"]}).json()
    assert (block["title"], block["source"]) == ("Headline 3", f"{url}/articles/a3")


def test_filters_are_those_of_search(post):
    assert post("/anthropic/search", {"q": "bridge", "published_to": "2020-01-01"}).json() == []


@pytest.mark.parametrize("asked", [{}, {"q": ""}, {"q": "bridge", "published_from": "soon"}, {"q": "b", "x": 1}])
def test_what_cannot_be_done_is_a_problem(post, asked):
    response = post("/anthropic/search", asked)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
