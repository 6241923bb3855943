"""Articles handed in over HTTP: what is answered, what becomes of them, and who may."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from fakes import WordEmbedder, arrived, article
from starlette.testclient import TestClient

from indexer import pipeline
from indexer.embedded import create, open_index
from indexer.priority import NICENESS
from indexer.types import Chunking
from service import intake
from service.app import create_app
from service.running import NotReady, Running
from service.search import Searcher
from service.settings import Settings, Writes
from service.writing import Writing

KEY = "correct-horse-battery-staple"
BEARER = {"Authorization": f"Bearer {KEY}"}
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
MOST_SECONDS = 30


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, Chunking())
    return tmp_path / "index"


@pytest.fixture
def serve(folder):
    """Start services over one index; each is a client that has the key."""
    services = []

    def start(*, embedder=None, headers=BEARER, **writes):
        app = create_app(
            Running(lambda: Searcher(open_index(folder), embedder or WordEmbedder())),
            Settings(writes=Writes((KEY, "another-key"), **writes)),
        )
        client = TestClient(app, raise_server_exceptions=False, headers=headers)
        services.append(client.__enter__())
        wait_until(lambda: client.get("/readyz").status_code == 200)
        return client

    yield start
    for service in services:
        service.__exit__(None, None, None)


@pytest.fixture
def client(serve):
    return serve()


def wait_until(true):
    deadline = time.monotonic() + MOST_SECONDS
    while not (found := true()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def story(number, body="The harbour bridge was closed.", **fields):
    return {"id": f"a{number}", "title": f"Headline {number}", "body": body, **fields}


def report_of(client, response):
    """The report of a job once it is done."""
    assert response.status_code == 202, response.text

    def done():
        job = client.get(response.headers["location"]).json()
        return job if job["state"] != "waiting" else None

    return wait_until(done)["report"]


def found(client, q="harbour bridge", **asked):
    answer = client.get("/search", params={"q": q, "min_confidence": 0, "limit": 100, **asked}).json()
    return {hit["article_id"] for hit in answer["results"]}


def test_an_article_is_searchable_when_the_answer_comes(client):
    response = client.post("/articles", json=story(1))
    assert response.status_code == 201
    assert response.headers["location"] == "/articles/a1"
    report = response.json()
    assert (report["added"], report["updated"], report["unchanged"], report["rejected"]) == (1, 0, 0, [])
    assert report["visible"] and report["sequence_number"] == 1
    assert found(client) == {"a1"}


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_what_is_written_gives_way_to_what_is_searched(client):
    assert client.post("/articles", json=story(1)).status_code == 201
    (writer,) = (thread for thread in threading.enumerate() if thread.name == "writer")
    assert os.getpriority(os.PRIO_PROCESS, writer.native_id) == min(os.nice(0) + NICENESS, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == os.nice(0)


def test_the_same_again_costs_nothing_and_a_change_replaces(serve):
    embedder = WordEmbedder()
    client = serve(embedder=embedder)
    client.post("/articles", json=story(1))
    embedded = embedder.embedded
    again = client.post("/articles", json=story(1))
    assert (again.status_code, again.json()["unchanged"], embedder.embedded) == (200, 1, embedded)
    changed = client.post("/articles", json=story(1, "The harbour bridge is open."))
    assert (changed.status_code, changed.json()["updated"]) == (200, 1)
    assert client.get("/articles/a1").json()["version"] == 2


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (json.dumps([story(1), story(2)]), {"Content-Type": "application/json"}),
        (json.dumps({"articles": [story(1), story(2)]}), {"Content-Type": "application/json; charset=utf-8"}),
        (f"{json.dumps(story(1))}\n{json.dumps(story(2))}\n", LINES),
        (f"\ufeff{json.dumps(story(1))}\r\n\r\n{json.dumps(story(2))}", LINES),
    ],
)
def test_several_articles_come_as_a_list_or_as_lines(client, content, headers):
    response = client.post("/articles", content=content, headers=headers)
    assert (response.status_code, response.json()["added"]) == (201, 2), response.text
    assert found(client) == {"a1", "a2"}


def test_fields_have_the_names_they_have_in_files(client):
    record = {
        "headline": "Ferry sails",
        "articleBody": "The ferry sails again.",
        "datePublished": "2025-03-01T10:00:00Z",
    }
    assert client.post("/articles", json={**record, "@id": "f1", "author": "Ada Holm"}).status_code == 201
    stored = client.get("/articles/f1").json()
    assert (stored["title"], stored["authors"]) == ("Ferry sails", ["Ada Holm"])
    assert stored["published_at"] == "2025-03-01T10:00:00Z"


@pytest.mark.parametrize(
    ("content", "headers", "index", "line"),
    [
        (json.dumps([story(1), {"title": "No body"}, story(2)]), JSON, 1, None),
        (f"{json.dumps(story(1))}\n\n{{broken\n{json.dumps(story(2))}", LINES, 1, 3),
        (f"broken\n{json.dumps(story(1))}\n{json.dumps(story(2))}", LINES, 0, 1),
        (json.dumps([story(1), story(2), story(3, "\u200b")]), JSON, 2, None),
        (json.dumps([story(1), story(2), story(1, "Another text.")]), JSON, 2, None),
    ],
)
def test_a_bad_article_does_not_stop_the_others(client, content, headers, index, line):
    response = client.post("/articles", content=content, headers=headers)
    assert response.status_code == 201
    report = response.json()
    assert (report["added"], report["rejected_count"]) == (2, 1)
    (rejected,) = report["rejected"]
    assert (rejected["index"], rejected["line"]) == (index, line)
    assert rejected["reason"]
    assert found(client) == {"a1", "a2"}


@pytest.mark.parametrize(
    ("content", "headers", "field", "says"),
    [
        (b"{not json", JSON, "line 1", "broken JSON"),
        (b"", JSON, "line 1", "broken JSON"),
        (b"\x00\x01", JSON, "articles.0", "binary data"),
        (b"[" * 100_000, JSON, "line 1", "nested too deeply"),
        (b"[1, null]", JSON, "articles.1", "not an object"),
        (b'{"title": "No body"}', JSON, "articles.0", "body: missing"),
        (b'{"id": "a\\u0000b", "body": "x"}', JSON, "articles.0", "cannot be printed"),
        (b'{"id": "\\ud800", "body": "x"}', JSON, "articles.0", "cannot be printed"),
        (
            b'{"id": "a", "body": "\\u0000\\ud800"}',
            JSON,
            "articles.0",
            "nothing is left",
        ),
        (b"broken\nbroken too", LINES, "line 2", "broken JSON"),
        (b"\n\n", LINES, "articles.0", "is empty"),
        (b"\x1f\x8b\x08\x00\x00", JSON, "articles.0", "binary data"),
    ],
)
def test_where_nothing_is_an_article_a_problem_says_why_of_each(client, content, headers, field, says):
    response = client.post("/articles", content=content, headers=headers)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    (error,) = [one for one in response.json()["errors"] if one["field"] == field]
    assert says in error["message"]


@pytest.mark.parametrize("content", [b"[]", b'{"articles": []}'])
def test_a_request_without_articles_is_a_problem(client, content):
    response = client.post("/articles", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"]


def test_nul_and_half_characters_are_left_out_of_texts(client):
    content = b'{"id": "a1", "title": "A\\u0000B\\ud800C", "body": "The bridge\\u0000 is \\udfffopen.", "x\\ud800": 1}'
    response = client.post("/articles", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 201
    stored = client.get("/articles/a1").json()
    assert (stored["title"], stored["body"]) == ("ABC", "The bridge is open.")


@pytest.mark.parametrize("told", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_is_not_json_is_refused_by_its_name(client, told):
    response = client.post("/articles", content=b'{"body": "x"}', headers={"Content-Type": told})
    assert response.status_code == 415
    assert "application/json" in response.json()["detail"]


def test_a_packed_body_is_refused(client):
    response = client.post("/articles", json=story(1), headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415


@pytest.mark.parametrize("article_id", ["a1", "2025/03/bridge.html", "Zürich-橋", "100% sure?", "a b"])
def test_an_article_is_put_read_and_deleted_under_its_id(client, article_id):
    path = f"/articles/{quote(article_id, safe='/')}"
    created = client.put(path, json={"body": "The harbour bridge was closed."})
    assert (created.status_code, created.headers["location"]) == (201, path)
    assert client.get(path).json()["article_id"] == article_id
    replaced = client.put(path, json={"id": article_id, "body": "The harbour bridge is open."})
    assert (replaced.status_code, replaced.json()["updated"]) == (200, 1)
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert found(client) == set()
    assert client.delete(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "record", "says"),
    [
        ("/articles/a1", {"id": "a2", "body": "x"}, "not the same"),
        ("/articles/a1", [{"body": "x"}], "not an object"),
        ("/articles/a1", {"articles": [{"body": "x"}]}, "not one article"),
        ("/articles/a1", {"title": "x"}, "body: missing"),
        ("/articles/%20a1", {"body": "x"}, "not one article"),
        ("/articles/%00", {"body": "x"}, "cannot be printed"),
        (f"/articles/{'x' * 600}", {"body": "x"}, "at most 512"),
    ],
)
def test_put_takes_the_one_article_that_its_address_names(client, path, record, says):
    response = client.put(path, json=record)
    assert response.status_code == 422, response.text
    assert says in response.json()["detail"]


def test_many_articles_are_kept_and_become_a_job(client):
    stories = [story(number, f"The harbour bridge has {number} piers.") for number in range(50)] + [
        {"title": "No body"}
    ]
    response = client.post("/articles", json=stories)
    job = response.json()
    assert (response.status_code, job["articles"], job["report"]) == (202, 51, None)
    assert response.headers["location"] == f"/jobs/{job['job_id']}"
    report = report_of(client, response)
    assert (report["added"], report["rejected_count"], report["rejected"][0]["index"]) == (50, 1, 50)
    wait_until(lambda: client.get(response.headers["location"]).json()["report"]["visible"])
    assert found(client) == {f"a{number}" for number in range(50)}


def test_a_large_article_is_a_job_as_well(client):
    response = client.put("/articles/long", json={"body": "The lighthouse keeper walks on. " * 20_000})
    assert report_of(client, response)["added"] == 1


def test_a_large_request_without_a_single_article_is_refused_at_once(client):
    response = client.post("/articles", content=b"broken\n" * 1000, headers=LINES)
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 100


def test_the_same_key_and_content_is_the_same_job(client):
    stories = [story(number) for number in range(40)]
    keyed = {"Idempotency-Key": "monday"}
    first, second = (client.post("/articles", json=stories, headers=keyed) for _ in range(2))
    other = client.post("/articles", json=stories[:35], headers=keyed)
    assert first.headers["location"] == second.headers["location"] != other.headers["location"]
    assert report_of(client, first)["added"] == 40
    assert report_of(client, other)["unchanged"] == 35


def test_there_is_no_job_of_an_unknown_name(client):
    assert client.get("/jobs/none").status_code == 404


def test_while_another_process_writes_even_a_few_are_kept_for_later(folder, client):
    client.post("/articles", json=story(9))
    with open_index(folder).writing():
        added = client.post("/articles", json=story(1))
        removed = client.delete("/articles/a9")
        assert (added.status_code, removed.status_code) == (202, 202)
        assert client.get(added.headers["location"]).json()["state"] == "waiting"
    assert report_of(client, added)["added"] == 1
    assert report_of(client, removed)["removed"] == 1
    wait_until(lambda: found(client) == {"a1"})


def test_another_writer_and_the_service_lose_nothing_of_each_other(folder, client):
    def add():
        for start in range(100, 130, 3):
            few = [article(number, "The harbour bridge was closed.") for number in range(start, start + 3)]
            pipeline.add(open_index(folder), WordEmbedder(), arrived(*few), chunking=Chunking())

    other = threading.Thread(target=add)
    other.start()
    answers = [client.post("/articles", json=story(number)) for number in range(30)]
    other.join()
    for answer in answers:
        assert answer.status_code == 201 or report_of(client, answer)["added"] == 1
    expected = {f"a{number}" for number in (*range(30), *range(100, 130))}
    wait_until(lambda: found(client) == expected)


def test_what_one_service_takes_in_another_shows(serve):
    one, other = serve(), serve()
    for number in range(3):
        assert one.post("/articles", json=story(number)).status_code == 201
        wait_until(lambda number=number: f"a{number}" in found(other))
    assert one.delete("/articles/a1").status_code == 204
    wait_until(lambda: found(other) == {"a0", "a2"})


def test_what_is_under_embargo_expired_or_withdrawn_is_taken_in_and_not_shown(client):
    now = datetime.now(UTC)
    soon = (now + timedelta(hours=1)).isoformat()
    past = (now - timedelta(hours=1)).isoformat()
    stories = [
        story(1, embargo_until=soon),
        story(2, expires_at=past),
        story(3, status="withdrawn", correction="It was not so."),
        story(4, status="corrected", correction="The bridge, not the ferry."),
    ]
    assert client.post("/articles", json=stories).json()["added"] == 4
    assert found(client) == {"a4"}
    assert [client.get(f"/articles/a{number}").status_code for number in (1, 2, 3, 4)] == [404, 404, 410, 200]
    assert client.post("/articles", json=story(4, status="withdrawn")).json()["updated"] == 1
    assert found(client) == set()
    assert client.get("/articles/a4").status_code == 410


def test_an_older_version_takes_nothing_back(client):
    client.post("/articles", json=story(1, "The new text.", updated_at="2025-03-02"))
    old = client.post("/articles", json=story(1, "The old text.", updated_at="2025-03-01"))
    assert (old.status_code, old.json()["unchanged"]) == (200, 1)
    assert client.get("/articles/a1").json()["body"] == "The new text."


class SlowEmbedder(WordEmbedder):
    """Embeds passages only while it is let."""

    def __init__(self):
        super().__init__()
        self.let = threading.Event()

    def embed_passages(self, texts):
        self.let.wait(MOST_SECONDS)
        return super().embed_passages(texts)

    def embed_query(self, text):
        return super().embed_passages([text])[0]


def test_more_than_may_wait_is_refused_and_said_when_to_come_back(serve):
    embedder = SlowEmbedder()
    client = serve(embedder=embedder, max_waiting=60)
    first = client.post("/articles", json=[story(number) for number in range(50)])
    refused = client.post("/articles", json=[story(number) for number in range(100, 150)])
    assert (first.status_code, refused.status_code) == (202, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert refused.json()["title"] == "Too Many Requests"
    assert client.get("/search", params={"q": "bridge"}).status_code == 200  # searches go on
    embedder.let.set()
    assert report_of(client, first)["added"] == 50
    again = client.post("/articles", json=[story(number) for number in range(100, 150)])
    assert report_of(client, again)["added"] == 50


def test_a_few_become_a_job_when_their_turn_does_not_come(serve):
    embedder = SlowEmbedder()
    client = serve(embedder=embedder)
    first = client.post("/articles", json=[story(number) for number in range(50)])
    time.sleep(0.1)  # the first batch is begun
    few = client.post("/articles", json=story(1, "The corrected text."))
    assert few.status_code == 202
    embedder.let.set()
    assert report_of(client, first)["added"] == 50
    assert report_of(client, few)["updated"] == 1
    assert client.get("/articles/a1").json()["body"] == "The corrected text."


def test_a_body_that_is_too_large_is_refused_before_and_while_it_comes(client, monkeypatch):
    monkeypatch.setattr(intake, "MOST_BYTES", 1000)
    announced = client.post("/articles", json=story(1, "x" * 2000))
    streamed = client.post("/articles", content=iter([b"x" * 600] * 3), headers=LINES)
    for response in (announced, streamed):
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"
        assert "several requests" in response.json()["detail"]
    assert client.post("/articles", json=story(1)).status_code == 201


def test_too_many_articles_are_refused(client, monkeypatch):
    monkeypatch.setattr(intake, "MOST_ARTICLES", 100)
    assert client.post("/articles", json=[story(number) for number in range(101)]).status_code == 413


def test_bodies_in_memory_are_bounded_and_counted_out_again(client, monkeypatch):
    monkeypatch.setattr(intake, "MOST_HELD", 1000)
    for _ in range(3):
        refused = client.post("/articles", json=story(1, "x" * 2000))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert client.post("/articles", json=story(1)).status_code in (200, 201)


WRITES = [("POST", "/articles"), ("PUT", "/articles/a1"), ("DELETE", "/articles/a1"), ("GET", "/jobs/none")]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {KEY}",
        KEY,
        f"Bearer {KEY}x",
        f"Bearer {KEY[:-1]}",
        "Bearer é",
    ],
)
def test_without_the_right_key_nothing_is_read_or_written(serve, method, path, sent):
    client = serve(headers={})
    headers = {} if sent is None else {"Authorization": sent.encode()}
    response = client.request(method, path, json=story(1) if method in ("POST", "PUT") else None, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["content-type"] == "application/problem+json"
    assert KEY not in response.text
    assert client.get("/articles/a1").status_code == 404


def test_every_key_opens_so_that_keys_can_be_changed(serve):
    client = serve(headers={})
    for number, key in enumerate((KEY, "another-key")):
        response = client.post("/articles", json=story(number), headers={"Authorization": f"bearer {key}"})
        assert response.status_code == 201


def test_without_keys_nobody_can_write_and_nothing_tells_of_it(folder):
    with TestClient(create_app(Running(lambda: Searcher(open_index(folder), WordEmbedder())))) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        for method, path in WRITES:
            assert client.request(method, path, headers=BEARER, follow_redirects=False).status_code in (404, 405)
        openapi = client.get("/openapi.json").json()
    assert "/articles" not in openapi["paths"] and "/jobs/{job_id}" not in openapi["paths"]
    assert set(openapi["paths"]["/articles/{article_id}"]) == {"get"}


def test_with_keys_openapi_describes_the_write_routes_and_their_key(client):
    openapi = client.get("/openapi.json").json()
    post = openapi["paths"]["/articles"]["post"]
    assert set(post["responses"]) >= {"200", "201", "202", "401", "413", "422", "429"}
    assert "application/x-ndjson" in post["requestBody"]["content"]
    assert post["security"]
    assert set(openapi["paths"]["/articles/{article_id}"]) == {"get", "put", "delete"}


def test_keys_are_not_printed_with_the_settings():
    settings = Settings.from_env({"DATELINE_WRITE_KEY": f"{KEY} another-key"})
    assert settings.writes.keys == (KEY, "another-key")
    assert KEY not in repr(settings)
    assert Settings.from_env(settings.to_env()) == settings
    assert Settings.from_env({}).writes is None


def test_a_job_that_keeps_failing_is_given_up_and_holds_up_nobody(serve, monkeypatch):
    class Failing(WordEmbedder):
        def embed_passages(self, texts):
            if any("poison" in text for text in texts):
                raise ZeroDivisionError
            return super().embed_passages(texts)

    monkeypatch.setattr("service.writing.RETRY_AFTER", 0.05)
    client = serve(embedder=Failing())
    bad = client.post("/articles", json=[story(number, "poison") for number in range(40)])
    good = client.post("/articles", json=[story(number) for number in range(100, 140)])
    assert report_of(client, good)["added"] == 40
    job = client.get(bad.headers["location"]).json()
    assert job["state"] == "failed"
    assert "log" in job["failure"]


def test_turns_that_wait_at_a_stop_are_told_so_also_after_one_that_was_given_up(folder):
    running = Running(lambda: Searcher(open_index(folder), WordEmbedder()))
    running.start()
    running.wait()
    writing, at_work, let = Writing(running, 10), threading.Event(), threading.Event()

    def slow(indexing):
        at_work.set()
        let.wait(MOST_SECONDS)
        return indexing.remove(["nobody"], wait=MOST_SECONDS)

    writing.start()
    begun = writing.begin(slow)
    at_work.wait(MOST_SECONDS)
    given_up, waiting = writing.begin(slow), writing.begin(slow)
    assert given_up.cancel()
    writing.stop(0.01)
    let.set()
    assert begun.result(MOST_SECONDS).report.removed == 0
    assert isinstance(waiting.exception(MOST_SECONDS), NotReady)
    running.stop()
