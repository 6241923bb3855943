"""Cohere's own clients against the service, and what Jina's read."""

from __future__ import annotations

import cohere
import numpy as np
import pytest
from fakes import CHUNKING, WordEmbedder

from indexer.embedded import create, open_index
from service.search import Searcher

QUESTION = "why was the bridge closed"
DOCUMENTS = ["A goal won the final.", "The bridge was closed, engineers say.", "The bridge."]


@pytest.fixture
def newer(url):
    with cohere.ClientV2("any", base_url=f"{url}/rerank") as client:
        yield client


@pytest.fixture
def older(url):
    with cohere.Client("any", base_url=f"{url}/rerank") as client:
        yield client


def cosines():
    embedder = WordEmbedder()
    return embedder.embed_passages(DOCUMENTS) @ embedder.embed_query(QUESTION)


def test_relevance_is_the_cosine_where_there_is_no_reranker(newer):
    answer = newer.rerank(model="any", query=QUESTION, documents=DOCUMENTS)
    assert [one.index for one in answer.results] == np.argsort(-cosines()).tolist() == [1, 2, 0]
    assert [one.relevance_score for one in answer.results] == pytest.approx(sorted(cosines(), reverse=True), abs=1e-5)
    assert all(0 <= one.relevance_score <= 1 for one in answer.results)


def test_relevance_is_what_the_reranker_says_where_there_is_one(tmp_path):
    class Lengths:
        def scores(self, question, texts):
            return np.array([len(text) / 100 for text in texts], dtype=np.float32)

    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    searcher = Searcher(open_index(tmp_path / "index"), WordEmbedder(), Lengths())
    assert searcher.relevance(QUESTION, ["ab", "abcd"]).tolist() == pytest.approx([0.02, 0.04])


def test_only_the_best_and_with_their_texts(older):
    asked = [{"text": text} for text in DOCUMENTS]
    answer = older.rerank(model="any", query=QUESTION, documents=asked, top_n=1, return_documents=True)
    (best,) = answer.results
    assert (best.index, best.document.text) == (1, DOCUMENTS[1])


def test_jina_asks_the_same(post):
    asked = {"model": "jina-reranker-v2", "query": QUESTION, "documents": DOCUMENTS, "top_n": 2}
    answer = post("/rerank/v1/rerank", asked).json()
    assert [one["index"] for one in answer["results"]] == [1, 2]
    assert set(answer["results"][0]) == {"index", "relevance_score"}
    assert answer["model"] == "jina-reranker-v2"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"query": ""}, "query"),
        ({"documents": []}, "documents"),
        ({"documents": ["x"] * 1001}, "documents"),
        ({"top_n": 0}, "top_n"),
    ],
)
def test_what_cannot_be_done_is_a_bad_request(newer, asked, says):
    with pytest.raises(cohere.BadRequestError) as caught:
        newer.rerank(**{"model": "any", "query": QUESTION, "documents": DOCUMENTS, **asked})
    assert says in caught.value.body["message"]


def test_fields_that_cannot_be_read_are_refused(older):
    with pytest.raises(cohere.BadRequestError, match="rank_fields"):
        older.rerank(query=QUESTION, documents=[{"text": "x", "title": "y"}], rank_fields=["title"])
