"""The native API over HTTP."""

from __future__ import annotations

import threading

import pytest
from starlette.testclient import TestClient

from indexer.errors import IncompatibleIndex
from service.app import create_app
from service.running import Running
from service.settings import Settings, Writes
from service.shapes import shape_of


def ids(response):
    assert response.status_code == 200, response.text
    return [hit["article_id"] for hit in response.json()["results"]]


def test_a_hit_says_exactly_where_it_stands(client):
    answer = client.get("/search", params={"q": "why was the bridge closed"}).json()
    hit = answer["results"][0]
    assert hit["article_id"] == "a1"
    assert hit["title"] == "Headline 1"
    assert hit["url"] == "https://www.gazette.example/1"
    assert hit["publisher"] == {"name": "Gazette", "domain": "gazette.example"}
    assert hit["published_at"] == "2025-03-01T00:00:00Z"
    assert hit["text"].startswith("The harbour bridge was closed")
    body = client.get("/articles/a1").json()["body"]
    assert body[hit["char_start"] : hit["char_end"]] == hit["text"]
    assert 0 < hit["score"] <= 1
    scores = hit["scores"]
    assert hit["score"] == pytest.approx(scores["fused"] * scores["recency"] * scores["period"])
    assert 0 < scores["words"] <= 1 and 0 < scores["vector"] <= 1


def test_the_answer_says_how_fresh_the_index_is(client):
    answer = client.get("/search", params={"q": "bridge"}).json()
    assert answer["index"]["articles"] == 7
    assert answer["index"]["sequence_number"] == 7
    assert answer["index"]["newest_article_at"] == "2025-03-01T00:00:00Z"
    assert answer["index"]["indexed_at"] is not None
    assert answer["query"] == "bridge"
    assert answer["warnings"] == []


def test_get_and_post_answer_alike(client):
    asked = {
        "q": "bridge",
        "limit": 3,
        "publishers": ["Gazette", "Küstenblatt"],
        "recency": "30d",
        "as_of": "2025-05-01",
    }
    got, posted = client.get("/search", params=asked).json(), client.post("/search", json=asked).json()
    for answer in (got, posted):
        del answer["took_ms"], answer["as_of"]
    assert got == posted


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"publishers": "gazette"}, {"a1", "a4", "a7"}),
        ({"publishers": "post.example"}, {"a2"}),
        ({"exclude_publishers": "GAZETTE"}, {"a2", "a3"}),
        ({"authors": "ada holm"}, {"a4"}),
        ({"categories": "sport"}, {"a4"}),
        ({"languages": "de"}, {"a3"}),
        ({"languages": ["fr", "en-GB"]}, {"a4"}),
        ({"languages": "en"}, {"a1", "a2", "a4", "a7"}),  # told from the text where the article does not say
        ({"article_ids": ["a2", "a6", "nothing"]}, {"a2"}),
        ({"published_from": "2025-03-01", "published_to": "2025-03-01"}, {"a1", "a2", "a4", "a7"}),
        ({"published_from": "2025-03-02"}, set()),
        ({"as_of": "2025-02-28"}, set()),
        ({"as_of": "2025-03-01"}, {"a1", "a2", "a4", "a7"}),
        ({"as_of": "2999-12-31"}, {"a1", "a2", "a3", "a4", "a7"}),
    ],
)
def test_filters_leave_exactly_what_they_say(client, asked, found):
    assert set(ids(client.get("/search", params={"q": "the bridge", "min_confidence": 0, **asked}))) == found


def test_a_filter_that_leaves_nothing_says_so(client):
    answer = client.get("/search", params={"q": "bridge", "authors": "nobody"}).json()
    assert answer["results"] == []
    assert answer["warnings"] == ["No article passes these filters."]
    assert answer["next_offset"] is None


def test_one_hit_an_article_or_every_passage(client):
    by_article = ids(client.get("/search", params={"q": "lighthouse keeper"}))
    by_passage = ids(
        client.get("/search", params={"q": "lighthouse keeper", "group_by": "passage", "min_confidence": 0})
    )
    assert by_article.count("a7") == 1
    assert by_passage.count("a7") > 5


def test_pages_hold_every_hit_once(client):
    whole = ids(client.get("/search", params={"q": "the bridge", "limit": 100, "min_confidence": 0}))
    pages, offset = [], 0
    while offset is not None:
        response = client.get("/search", params={"q": "the bridge", "limit": 2, "offset": offset, "min_confidence": 0})
        pages += ids(response)
        offset = response.json()["next_offset"]
    assert pages == whole
    assert len(whole) == response.json()["total"] == 5


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        ({}, "q", "required"),
        ({"q": ""}, "q", "at least 1 character"),
        ({"q": "   "}, "q", "empty"),
        ({"q": "x" * 10_000}, "q", "at most 2000"),
        ({"q": "bridge", "limit": 0}, "limit", "greater than or equal to 1"),
        ({"q": "bridge", "limit": 10_000}, "limit", "less than or equal to 100"),
        ({"q": "bridge", "limit": "many"}, "limit", "valid integer"),
        ({"q": "bridge", "offset": -1}, "offset", "greater than or equal to 0"),
        ({"q": "bridge", "colour": "red"}, "colour", "not permitted"),
        ({"q": "bridge", "as_of": "yesterday-ish"}, "as_of", "not a date"),
        ({"q": "bridge", "published_from": "2025-13-01"}, "published_from", "not a date"),
        ({"q": "bridge", "published_from": "2025-02-01", "published_to": "2025-01-01"}, "published_from", "later than"),
        ({"q": "bridge", "group_by": "colour"}, "group_by", "'article' or 'passage'"),
        ({"q": "bridge", "as_of": "0001-01-01T00:00:00+14:00"}, "as_of", "before or after all dates"),
        ({"q": "bridge", "recency": "soon"}, "recency", "half-life such as 14d"),
        ({"q": "bridge", "recency": "0d"}, "recency", "half-life of nothing"),
        ({"q": "bridge", "duplicates": "some"}, "duplicates", "'collapse', 'keep' or 'only'"),
        ({"q": "bridge", "max_per_story": 0}, "max_per_story", "greater than or equal to 1"),
        ({"q": "bridge", "min_confidence": 2}, "min_confidence", "less than or equal to 1"),
        ({"q": "bridge", "rerank": "true"}, "rerank", "no reranker is configured"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bad_questions_get_a_problem_that_names_the_field(client, method, asked, field, says):
    payload = {"params": asked} if method == "GET" else {"json": asked}
    response = client.request(method, "/search", **payload)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert f"{field}: " in problem["detail"]
    assert says in problem["detail"]
    assert problem["title"] and problem["status"] == 422 and problem["instance"] == "/search"
    assert problem["request_id"] == response.headers["x-request-id"]


def test_a_question_of_100_000_characters_is_a_problem(client):
    response = client.post("/search", json={"q": "x" * 100_000})
    assert response.status_code == 422
    assert "at most 2000" in response.json()["detail"]
    assert len(response.content) < 2000


def test_half_a_character_is_a_problem(client):
    for body in (b'{"q": "\\ud800"}', b'{"q": "bridge", "authors": ["\\ud800"]}'):
        response = client.post("/search", content=body, headers={"content-type": "application/json"})
        assert response.status_code == 422, response.text


def test_a_body_that_is_no_json_is_a_problem(client):
    response = client.post("/search", content=b"{not json", headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("q", ["to be or not to be", "?!…", "😀", "\u202e\u200bbridge", "x" * 2000, 'NEAR("a" OR *:*)'])
def test_odd_questions_are_answered(client, q):
    assert client.get("/search", params={"q": q}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/articles/none", 404), ("/passages/none", 404), ("/nowhere", 404), ("/articles/a5", 404), ("/articles/a6", 410)],
)
def test_what_is_not_there_is_a_problem(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"]


def test_a_wrong_method_is_a_problem_and_says_which_are_right(client):
    response = client.delete("/search")
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "Method Not Allowed: DELETE /search. It takes GET, HEAD, POST."


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/search", "GET, HEAD, POST"),
        ("PATCH", "/ask", "GET, HEAD, POST"),
        ("POST", "/articles/a%2F1", "DELETE, GET, HEAD, PUT"),
        ("GET", "/articles", "POST"),
        ("PUT", "/", "GET, HEAD"),
        ("GET", "/tavily/search", "POST"),
        ("GET", "/dify/retrieval", "POST"),
    ],
)
def test_a_wrong_method_is_told_all_that_a_path_takes(searcher, method, path, allowed):
    with TestClient(create_app(Running(lambda: searcher), Settings(writes=Writes(("a-key",))))) as client:
        response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


def test_the_callers_request_id_is_kept(client):
    assert client.get("/healthz", headers={"X-Request-Id": "abc-123"}).headers["x-request-id"] == "abc-123"
    assert client.get("/healthz", headers={"X-Request-Id": "x" * 999}).headers["x-request-id"] != "x" * 999


def test_a_fault_is_a_problem_that_tells_nothing_of_the_inside(client, searcher, monkeypatch):
    monkeypatch.setattr(searcher, "search", lambda query: 1 / 0)
    response = client.get("/search", params={"q": "bridge"})
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "division" not in response.text
    assert response.json()["request_id"] == response.headers["x-request-id"]


def test_an_article_comes_with_its_passages(client):
    article = client.get("/articles/a7").json()
    assert len(article["passages"]) > 5
    for passage in article["passages"]:
        assert article["body"][passage["char_start"] : passage["char_end"]] == passage["text"]


def test_a_passage_comes_with_its_neighbours_on_request(client):
    third = client.get("/articles/a7").json()["passages"][2]
    alone = client.get(f"/passages/{third['id']}").json()
    assert (alone["text"], alone["before"], alone["after"]) == (third["text"], [], [])
    assert alone["article_id"] == "a7"
    among = client.get(f"/passages/{third['id']}", params={"neighbours": 2}).json()
    assert [len(among["before"]), len(among["after"])] == [2, 2]
    assert among["before"][-1]["char_start"] < third["char_start"] < among["after"][0]["char_start"]
    assert client.get(f"/passages/{third['id']}", params={"neighbours": 99}).status_code == 422


def test_it_is_alive_at_once_and_ready_when_it_can_answer(searcher):
    go = threading.Event()

    def slow():
        go.wait(30)
        return searcher

    with TestClient(create_app(Running(slow))) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        early = client.get("/readyz")
        assert early.status_code == 503
        assert early.headers["retry-after"] == "1"
        assert client.get("/search", params={"q": "bridge"}).status_code == 503
        go.set()
        while client.get("/readyz").status_code == 503:
            pass
        ready = client.get("/readyz").json()
        assert ready["model"] == "words" and ready["index"]["articles"] == 7


def test_a_service_that_cannot_open_its_index_says_why():
    def refuse():
        raise IncompatibleIndex("The index was made with another model.")

    with TestClient(create_app(Running(refuse))) as client:
        while "loaded" in (response := client.get("/readyz")).json()["detail"]:
            pass
        assert response.status_code == 503
        assert response.json()["detail"] == "The index was made with another model."


def test_openapi_describes_problems_and_has_examples(client):
    openapi = client.get("/openapi.json").json()
    for path, operations in openapi["paths"].items():
        for operation in operations.values():
            assert operation["summary"] and operation["description"], path
            shape = shape_of(path)
            content = operation["responses"][str(shape.invalid.value)]["content"]
            assert list(content) == [shape.media_type], path
    assert openapi["components"]["schemas"]["ProblemOut"]["properties"]["request_id"]
    assert "HTTPValidationError" not in openapi["components"]["schemas"]
    assert openapi["components"]["schemas"]["SearchIn"]["example"]["q"]
