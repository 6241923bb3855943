"""``/ask``: sentences of the articles, their sources, and checking them."""

from __future__ import annotations

import json

import pytest
from fakes import article
from invented import add

ANY = {"min_confidence": 0}
ANSWER = "Engineers found cracks in a pier."


def ask(client, q, **asked):
    response = client.post("/ask", json={"q": q, **ANY, **asked})
    assert response.status_code == 200, response.text
    return response.json()


def events(text):
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_every_sentence_is_a_slice_of_the_article_it_cites(client):
    answer = ask(client, "Why was the harbour bridge closed and what did engineers find?", sentences=5)
    assert answer["sentences"]
    for sentence in answer["sentences"]:
        (citation,) = sentence["citations"]
        stored = client.get(f"/articles/{citation['article_id']}").json()
        assert stored["body"][citation["char_start"] : citation["char_end"]] == citation["text"] == sentence["text"]
        assert (stored["title"], stored["url"], stored["publisher"], stored["published_at"]) == tuple(
            citation[name] for name in ("title", "url", "publisher", "published_at")
        )
        assert 0 <= sentence["score"] <= 1
        assert sentence["supported"]
        source = answer["sources"][citation["source"] - 1]
        assert (source["number"], source["id"]) == (citation["source"], citation["passage_id"])
    assert answer["answer"].startswith(f"{answer['sentences'][0]['text']} [1]")


def test_the_sentence_that_answers_comes_first(client):
    answer = ask(client, "What did engineers find in the bridge's pier?")
    assert answer["sentences"][0]["text"] == ANSWER
    scores = [sentence["score"] for sentence in answer["sentences"]]
    assert scores == sorted(scores, reverse=True)


def test_no_sentence_comes_twice(client):
    texts = [one["text"] for one in ask(client, "lighthouse keeper long read", sentences=10, limit=20)["sentences"]]
    assert len(texts) == len(set(texts)) == 10


def test_each_part_has_its_own_sentences(client):
    answer = ask(client, "Why was the harbour bridge closed? Who voted for a new ferry?", sentences=1)
    assert [part["text"] for part in answer["parts"]] == [
        "Why was the harbour bridge closed?",
        "Who voted for a new ferry?",
    ]
    assert [one["parts"] for one in answer["sentences"]] == [[0], [1]]
    assert [one["citations"][0]["article_id"] for one in answer["sentences"]] == ["a1", "a2"]


def test_what_is_not_in_the_articles_is_said(client):
    answer = ask(client, "What is the boiling point of tungsten?", min_confidence=0.9)
    assert answer["no_answer"] is True
    assert answer["answer"] == "This is not in these articles."
    assert (answer["sentences"], answer["sources"]) == ([], [])
    assert answer["parts"][0]["no_answer"] is True


def test_one_part_may_have_an_answer_and_another_none(client):
    answer = ask(client, "Why was the harbour bridge closed? Who sang at the opera?", publishers=["Gazette"])
    confidences = [part["confidence"] for part in answer["parts"]]
    assert confidences[0] > confidences[1]
    between = sum(confidences) / 2
    answer = ask(client, "Why was the harbour bridge closed? Who sang at the opera?", min_confidence=between)
    assert [part["no_answer"] for part in answer["parts"]] == [False, True]
    assert answer["no_answer"] is False
    assert {part for one in answer["sentences"] for part in one["parts"]} == {0}


@pytest.mark.parametrize(
    ("asked", "found"),
    [({"publishers": ["Morning Post"]}, {"a2"}), ({"as_of": "2025-02-01"}, set()), ({"article_ids": ["a7"]}, {"a7"})],
)
def test_filters_are_those_of_search(client, asked, found):
    answer = ask(client, "What about the bridge?", **asked)
    assert {citation["article_id"] for one in answer["sentences"] for citation in one["citations"]} == found


def test_get_and_post_answer_alike(client):
    asked = {"q": "Why was the bridge closed?", "as_of": "2025-05-01", "publishers": ["Gazette"], "min_confidence": 0}
    got, posted = client.get("/ask", params=asked).json(), client.post("/ask", json=asked).json()
    for answer in (got, posted):
        del answer["took_ms"]
    assert got == posted


def test_a_stream_tells_the_same_in_events(client):
    asked = {"q": "Why was the bridge closed?", "as_of": "2025-05-01", **ANY}
    whole = client.post("/ask", json=asked).json()
    response = client.post("/ask", json={**asked, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    told = events(response.text)
    names = [name for name, _ in told]
    assert names == ["sources", *["delta", "citation"] * len(whole["sentences"]), "done"]
    assert told[0][1]["sources"] == whole["sources"]
    assert [data["text"] for name, data in told if name == "delta"] == [one["text"] for one in whole["sentences"]]
    done = told[-1][1]
    del done["took_ms"], whole["took_ms"]
    assert done == whole


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"q": "  "}, "q: the question is empty"),
        ({"q": "bridge", "mode": "sung"}, "mode: "),
        ({"q": "bridge", "mode": "written"}, "mode: no language model is configured"),
        ({"q": "bridge", "sentences": 0}, "sentences: "),
        ({"q": "bridge", "offset": 3}, "offset: "),
        ({"q": "bridge", "limit": 1000}, "limit: "),
    ],
)
def test_bad_questions_get_a_problem_that_names_the_field(client, asked, says, stream):
    response = client.post("/ask", json={**asked, "stream": stream})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert says in response.json()["detail"]


def test_every_hit_and_passage_carries_a_hash_that_can_be_checked(client):
    hit = client.get("/search", params={"q": "why was the bridge closed"}).json()["results"][0]
    citation = ask(client, "why was the bridge closed")["sentences"][0]["citations"][0]
    assert citation["hash"] == hit["hash"]
    for given in (hit["hash"], hit["hash"].upper()):
        checked = client.get(f"/passages/{hit['id']}", params={"verify": given}).json()
        assert checked["hash"] == hit["hash"]
        assert checked["verification"] == {"verified": True, "current": True}
    other = client.get(f"/passages/{hit['id']}", params={"verify": "0" * 64}).json()
    assert other["verification"] == {"verified": False, "current": True}
    assert client.get(f"/passages/{hit['id']}").json()["verification"] is None


def test_a_passage_that_was_edited_away_is_verified_and_not_current(client, index):
    hit = client.get("/search", params={"q": "why was the bridge closed"}).json()["results"][0]
    add(index, [article(1, "The harbour bridge was never closed, said the council.")])
    checked = client.get(f"/passages/{hit['id']}", params={"verify": hit["hash"]}).json()
    assert checked["verification"] == {"verified": True, "current": False}


@pytest.mark.parametrize("hash_", ["", "abc", "g" * 64, "0" * 63])
def test_a_malformed_hash_is_a_problem(client, hash_):
    hit = client.get("/search", params={"q": "why was the bridge closed"}).json()["results"][0]
    response = client.get(f"/passages/{hit['id']}", params={"verify": hash_})
    assert response.status_code == 422
    assert "verify: not a SHA-256: write the 64 hex digits" in response.json()["detail"]
