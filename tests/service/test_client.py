"""The Python client, asking a service that really runs, and one that falters."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from serving import ARTICLES, FILTERS, listening, native, searcher, served

from service.app import create_app
from service.client import (
    Answer,
    Article,
    AskOptions,
    AsyncClient,
    Client,
    ClientError,
    FieldError,
    Job,
    Passage,
    Ready,
    Reply,
    Retrying,
    SearchOptions,
    ServiceProblem,
    ServiceUnreachable,
    Story,
    Versions,
    Written,
)
from service.routes.health import Ready as ReadyOut
from service.running import Running
from service.schemas import AnswerOut, FullArticleOut, PassageOut, SearchIn, StoryOut, VersionsOut
from service.schemas.ask import AskedOut, AskIn
from service.schemas.writing import JobOut, WrittenOut
from service.settings import Writes

AT_ONCE = Retrying(retries=3, first=0.001, longest=5)
PROBLEM = {"title": "Service Unavailable", "status": 503, "detail": "Still loading.", "request_id": "r1", "errors": []}
READY = {
    "status": "ready",
    "model": "words",
    "index": {"sequence_number": 1, "indexed_at": None, "newest_article_at": None, "articles": 1, "passages": 1},
    "something": "that a newer service says",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("client") / "index", *ARTICLES) as address:
        yield address


@pytest.fixture
def client(address):
    with Client(address) as client:
        yield client


class Faltering:
    """A server that gives these answers, a status with headers and content each, one after the other."""

    def __init__(self, *answers):
        self.requests = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, content = answers[min(outer.requests, len(answers) - 1)]
                outer.requests += 1
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if status is None:  # breaks the connection
                    return
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def ready(address, asynchronous, retrying=AT_ONCE, **settings):
    """Ask whether the service is ready, in one or the other way."""

    async def ask():
        async with AsyncClient(address, retrying=retrying, **settings) as client:
            return await client.ready()

    if asynchronous:
        return asyncio.run(ask())
    with Client(address, retrying=retrying, **settings) as client:
        return client.ready()


def test_importing_it_loads_nothing_heavy():
    heavy = ["torch", "faiss", "tantivy", "fastapi", "starlette", "openvino", "numpy", "click", "mcp", "indexer"]
    check = f"import service.client, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_its_records_have_what_the_service_says():
    for record, out in [
        (Answer, AnswerOut),
        (Article, FullArticleOut),
        (Passage, PassageOut),
        (Story, StoryOut),
        (Reply, AskedOut),
        (Versions, VersionsOut),
        (Written, WrittenOut),
        (Job, JobOut),
        (Ready, ReadyOut),
    ]:
        assert fields(record) == fields(out)
    assert set(SearchOptions.__annotations__) == set(SearchIn.model_fields) - {"q"}
    assert set(AskOptions.__annotations__) == set(AskIn.model_fields) - {"q", "stream"}


def fields(model):
    """The names of the fields of ``model`` and of the models inside it."""
    schema = model.model_json_schema(mode="serialization")
    inside = schema.pop("$defs", {})

    def names(part):
        properties = part.get("properties", {})
        return {name: named(value) for name, value in properties.items()}

    def named(value):
        if "$ref" in value:
            return names(inside[value["$ref"].split("/")[-1]])
        nested = [named(one) for one in [*value.get("anyOf", ()), value.get("items", {})] if one]
        return next((one for one in nested if one), None)

    return names(schema)


@pytest.mark.parametrize("asked", [{}, *FILTERS], ids=str)
def test_it_finds_what_the_service_finds(client, address, asked):
    found = client.search("when will the bridge open", min_confidence=0, **asked)
    wanted = native(address, "when will the bridge open", min_confidence=0, **asked)
    assert [hit.model_dump(mode="json") for hit in found.results] == [
        Answer.model_fields["results"].annotation.__args__[0].model_validate(one).model_dump(mode="json")
        for one in wanted
    ]
    assert found.results


def test_it_finds_the_same_asynchronously(client, address):
    async def ask():
        async with AsyncClient(address) as client:
            both = await asyncio.gather(client.search("bridge"), client.search("lighthouse", group_by="passage"))
            read = await client.article("a1"), await client.story(both[0].results[0].story_id)
            return [*both, *read, await client.passage(both[0].results[0].id, 1), await client.ready()]

    *found, article, story, passage, ready = asyncio.run(ask())
    assert [one.results for one in found] == [
        client.search("bridge").results,
        client.search("lighthouse", group_by="passage").results,
    ]
    assert article == client.article("a1")
    assert story == client.story(story.story_id)
    assert passage == client.passage(passage.id, 1)
    assert ready == client.ready()


def test_dates_may_be_dates(client):
    written = client.search("bridge", published_from="2025-03-01", published_to="2025-03-02", min_confidence=0)
    day = client.search("bridge", published_from=date(2025, 3, 1), published_to=date(2025, 3, 2), min_confidence=0)
    moment = client.search("bridge", published_from=datetime(2025, 3, 1, tzinfo=UTC), published_to="2025-03-02")
    assert written.results == day.results == moment.results != ()


def test_a_half_life_may_be_a_time(client):
    def scores(**asked):
        return [hit.score for hit in client.search("bridge", as_of="2025-03-20", min_confidence=0, **asked).results]

    assert scores(recency=timedelta(days=1.5)) == scores(recency="36h") != scores(recency="off")


def test_what_it_finds_stands_where_it_says(client):
    for hit in client.search("lighthouse keeper", group_by="passage").results:
        article = client.article(hit.article_id)
        assert article.body[hit.char_start : hit.char_end] == hit.text
        passage = client.passage(hit.id, neighbours=1)
        assert (passage.text, passage.position) == (hit.text, hit.position)
    assert client.story(hit.story_id).story_id == hit.story_id


def test_it_answers_in_sentences(client, address):
    reply = client.ask("Why was the harbour bridge closed?", sentences=1, min_confidence=0)
    (citation,) = reply.sentences[0].citations
    body = client.article(citation.article_id).body
    assert body[citation.char_start : citation.char_end] == citation.text
    assert reply.sentences[0].text in reply.answer and reply.sources[citation.source - 1].id == citation.passage_id

    async def ask():
        async with AsyncClient(address) as asynchronous:
            return await asynchronous.ask("Why was the harbour bridge closed?", sentences=1, min_confidence=0)

    assert asyncio.run(ask()).sentences == reply.sentences


def test_a_citation_can_be_checked(client):
    hit = client.search("bridge").results[0]
    assert client.passage(hit.id, verify=hit.hash).verification.verified
    assert not client.passage(hit.id, verify="0" * 64).verification.verified
    assert client.passage(hit.id).verification is None
    assert client.article(hit.article_id, version=1) == client.article(hit.article_id)


def test_what_is_known_of_a_publisher_is_its_name(client):
    hit = client.search("bridge", article_ids=["a2"], min_confidence=0).results[0]
    assert str(hit.publisher) == "Morning Post" and hit.publisher.domain == "post.example"


@pytest.fixture(scope="module")
def writable(tmp_path_factory):
    with served(tmp_path_factory.mktemp("writable") / "index", *ARTICLES, writes=Writes(("a-key",))) as address:
        yield address


def test_it_writes_with_a_key(writable):
    news = {"id": "n/1", "title": "Ferry", "body": "The ferry is late.", "published_at": date(2025, 3, 1)}
    with Client(writable, key="a-key") as client:
        written = client.add([news, {"id": "n2"}])
        assert (written.added, written.rejected_count, written.rejected[0].index) == (1, 1, 1)
        assert client.put("n/1", {**news, "body": "The ferry is on time."}).updated == 1
        first, second = client.versions("n/1").versions
        assert [one.text for one in second.added] == ["The ferry is on time."]
        assert [one.text for one in second.removed] == ["The ferry is late."]
        assert client.delete("n/1") is None
        with pytest.raises(ServiceProblem, match="There is no article 'n/1'"):
            client.delete("n/1")


def test_much_of_it_becomes_a_job(writable):
    many = [{"id": f"m{n}", "title": f"Ferry {n}", "body": f"Ferry {n} is late."} for n in range(40)]

    async def write():
        async with AsyncClient(writable, key="a-key") as client:
            job = await client.add(many)
            while job.state == "waiting":
                await asyncio.sleep(0.05)
                job = await client.job(job.job_id)
            return job, await client.versions("m1")

    job, versions = asyncio.run(write())
    assert (job.state, job.articles, job.report.added) == ("done", 40, 40)
    assert [one.version for one in versions.versions] == [1]


def test_nobody_writes_without_a_key(writable):
    with Client(writable) as client, pytest.raises(ServiceProblem, match="A key is needed"):
        client.delete("a1")


@pytest.mark.parametrize(("ask", "status"), [("nothing", 404), ("a/b ?x#y%", 404), ("a6", 410)])
def test_what_is_not_there_is_a_problem(client, ask, status):
    with pytest.raises(ServiceProblem) as caught:
        client.article(ask)
    assert caught.value.status == status
    assert caught.value.request_id and caught.value.request_id in str(caught.value)
    assert repr(ask) in caught.value.detail


def test_a_bad_question_is_a_problem_that_names_its_fields(client):
    with pytest.raises(ServiceProblem) as caught:
        client.search("bridge", limit=1000, recency="soon")
    assert caught.value.status == 422
    assert {one.field for one in caught.value.errors} == {"limit", "recency"}
    assert FieldError(field="limit", message="Input should be less than or equal to 100") in caught.value.errors


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "faults",
    [
        [(503, {}, PROBLEM)],
        [(503, {"Retry-After": "0"}, PROBLEM), (429, {"Retry-After": "0"}, {})],
        [(503, {"Retry-After": "no date"}, b"busy")],
        [(503, {"Retry-After": format_datetime(datetime.now(UTC) - timedelta(1), usegmt=True)}, PROBLEM)],
        [(None, {}, b""), (503, {}, b"")],
    ],
    ids=["busy", "busy twice", "no date", "a date", "broken connection"],
)
def test_it_asks_again_where_that_may_help(asynchronous, faults):
    with Faltering(*faults, (200, {}, READY)) as server:
        assert ready(server.address, asynchronous).model == "words"
    assert server.requests == len(faults) + 1


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("answer", "times"),
    [((503, {}, PROBLEM), 4), ((503, {"Retry-After": "3600"}, PROBLEM), 1), ((500, {}, PROBLEM), 1)],
    ids=["busy for long", "busy for an hour", "a fault"],
)
def test_it_gives_up_with_what_the_service_said(asynchronous, answer, times):
    with Faltering(answer) as server, pytest.raises(ServiceProblem, match=r"Still loading. \(request r1\)") as caught:
        ready(server.address, asynchronous)
    assert caught.value.status == answer[0]
    assert server.requests == times


def test_it_waits_as_long_as_it_is_told():
    for headers, least in [({"Retry-After": "2"}, 2), ({}, 0.125)]:
        response = httpx2.Response(503, headers=headers)
        assert least <= Retrying().pause(response, 0) <= least + 0.2
    assert Retrying().pause(httpx2.Response(503), 2) >= 0.5
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < Retrying().pause(httpx2.Response(429, headers={"Retry-After": later}), 0) < 31


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_service_that_is_not_there_is_named(asynchronous):
    with pytest.raises(ServiceUnreachable, match="http://127.0.0.1:1.*cannot be reached"):
        ready("http://127.0.0.1:1", asynchronous)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_an_answer_that_takes_too_long_is_not_waited_for(asynchronous, tmp_path):
    found = searcher(tmp_path / "index", *ARTICLES)

    async def slow(scope, receive, send):
        await (asyncio.sleep(0.5) if scope["type"] == "http" else asyncio.sleep(0))
        await create_app(Running(lambda: found))(scope, receive, send)

    with listening(slow) as address, pytest.raises(ServiceUnreachable, match="did not answer in time"):
        ready(address, asynchronous, timeout=0.05)


@pytest.mark.parametrize("content", [b"<html>", b'"ready"', b'{"status": "ready"}'])
def test_something_else_that_answers_is_an_error(content):
    with Faltering((200, {}, content)) as server, pytest.raises(ClientError, match="did not answer as a Dateline"):
        ready(server.address, asynchronous=False)
    with Faltering((404, {}, content)) as server, pytest.raises(ServiceProblem, match="404 Not Found"):
        ready(server.address, asynchronous=False)
