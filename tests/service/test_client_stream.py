"""The Python client while an answer is being written: by a service that really runs, and by one that falters."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from threading import Semaphore

import pytest
from chat_server import chat_server
from serving import ARTICLES, served
from test_client import AT_ONCE, PROBLEM, Faltering, fields
from test_written import honest

from service.answering import Endpoint
from service.client import (
    AsyncClient,
    Cited,
    Client,
    ClientError,
    Delta,
    Removed,
    Reply,
    ServiceProblem,
    ServiceUnreachable,
    Sources,
)
from service.schemas.ask import RemovedOut
from service.schemas.streamed import CitationEvent, DeltaEvent, SourcesEvent

QUESTION = "Why was the harbour bridge closed, and who drives around the bay?"
STREAM = {"Content-Type": "text/event-stream"}
OPENING = 'event: sources\ndata: {"parts": [], "sources": []}\n\n'
BOTH = pytest.mark.parametrize("asynchronous", [False, True])


@pytest.fixture(scope="module")
def chat():
    with chat_server() as chat:
        yield chat


@pytest.fixture(scope="module")
def address(tmp_path_factory, chat):
    endpoint = Endpoint(chat.url, "tiny", "secret", silence=20)
    with served(tmp_path_factory.mktemp("stream") / "index", *ARTICLES, endpoint=endpoint) as address:
        yield address


@pytest.fixture
def says(chat):
    """Has the language model say something."""

    def say(reply, pieces=10_000):
        chat.reply, chat.written, chat.raw, chat.size = reply, Semaphore(pieces), None, 7
        return chat

    return say


def told(address, asynchronous, **asked):
    """Every event of an answer, heard in one or the other way."""

    async def hear():
        async with AsyncClient(address, retrying=AT_ONCE) as client:
            return [event async for event in client.ask_stream(QUESTION, min_confidence=0, **asked)]

    if asynchronous:
        return asyncio.run(hear())
    with Client(address, retrying=AT_ONCE) as client:
        return list(client.ask_stream(QUESTION, min_confidence=0, **asked))


def test_its_records_have_what_the_service_says():
    for record, out in [(Sources, SourcesEvent), (Delta, DeltaEvent), (Cited, CitationEvent), (Removed, RemovedOut)]:
        assert fields(record) == fields(out)


@BOTH
def test_the_events_are_the_answer_in_pieces(address, asynchronous):
    opening, *said, reply = told(address, asynchronous, sentences=2)
    with Client(address) as client:
        whole = client.ask(QUESTION, min_confidence=0, sentences=2)
    unlike = {"took_ms", "as_of"}
    assert isinstance(reply, Reply) and reply.model_dump(exclude=unlike) == whole.model_dump(exclude=unlike)
    assert isinstance(opening, Sources) and (opening.parts, opening.sources) == (reply.parts, reply.sources)
    assert [one.text for one in said if isinstance(one, Delta)] == [one.text for one in reply.sentences]
    assert [one.text for one in said if isinstance(one, Cited)] == [
        citation.text for sentence in reply.sentences for citation in sentence.citations
    ]


def test_a_sentence_arrives_while_the_next_one_is_being_written(address, says):
    chat = says(honest, pieces=10)
    with Client(address) as client:
        events = client.ask_stream(QUESTION, min_confidence=0, mode="written")
        assert isinstance(next(events), Sources)
        assert next(events).text == "Engineers found cracks."
        chat.written.release(10_000)
        *_, reply = events
    assert [one.text for one in reply.sentences] == ["Engineers found cracks.", "It may stay shut."]


@BOTH
def test_what_was_taken_out_is_told(address, says, asynchronous):
    says(lambda prompt: 'It fell down. [99 "it fell down"]')
    removed = [event for event in told(address, asynchronous, mode="written") if isinstance(event, Removed)]
    assert [(one.sentence, one.source) for one in removed] == [(0, 99)]


@BOTH
def test_a_model_that_fails_is_a_problem(address, says, asynchronous):
    says(honest).raw = b"data: nonsense\n\n"
    with pytest.raises(ServiceProblem) as caught:
        told(address, asynchronous, mode="written")
    assert (caught.value.status, caught.value.title) == (502, "Bad Gateway")
    assert caught.value.request_id


@BOTH
def test_a_bad_question_is_a_problem_before_the_first_event(address, asynchronous):
    with pytest.raises(ServiceProblem) as caught:
        told(address, asynchronous, limit=1000)
    assert (caught.value.status, [one.field for one in caught.value.errors]) == (422, ["limit"])


@BOTH
def test_who_has_heard_enough_may_leave(address, asynchronous):
    async def leave():
        async with AsyncClient(address) as client:
            async with aclosing(client.ask_stream(QUESTION, min_confidence=0)) as events:
                async for event in events:
                    assert isinstance(event, Sources)
                    break
            return await client.ready()

    if asynchronous:
        assert asyncio.run(leave()).status == "ready"
        return
    with Client(address) as client:
        events = client.ask_stream(QUESTION, min_confidence=0)
        next(events)
        events.close()
        assert client.ready().status == "ready"


@BOTH
def test_it_is_asked_again_until_the_stream_begins(address, asynchronous):
    done = json.dumps(told(address, False)[-1].model_dump(mode="json"))
    content = f"{OPENING}event: newer\ndata: ?\n\nevent: done\ndata: {done}\n\n".encode()
    with Faltering((503, {}, PROBLEM), (None, {}, b""), (429, {}, b""), (200, STREAM, content)) as server:
        assert [type(event) for event in told(server.address, asynchronous)] == [Sources, Reply]
    assert server.requests == 4


@BOTH
@pytest.mark.parametrize("more", [0, 10], ids=["ended", "cut off"])
def test_it_is_not_asked_again_once_something_was_told(asynchronous, more):
    content = OPENING.encode()
    headers = {**STREAM, "Content-Length": str(len(content) + more)}
    cut = pytest.raises(ServiceUnreachable, match="broke off before the answer was whole")
    with Faltering((200, headers, content)) as server, cut:
        told(server.address, asynchronous)
    assert server.requests == 1


def test_a_stream_that_falls_silent_is_not_waited_for(address, says):
    chat = says(honest, pieces=0)
    with Client(address, timeout=0.2) as client:
        events = client.ask_stream(QUESTION, min_confidence=0, mode="written")
        assert isinstance(next(events), Sources)
        with pytest.raises(ServiceUnreachable, match="fell silent"):
            next(events)
    chat.written.release(10_000)


@pytest.mark.parametrize("content", [b"<html>", b"event: sources\ndata: {}\n\n", b"event: error\ndata: ?\n\n"])
@pytest.mark.parametrize("headers", [STREAM, {"Content-Type": "text/html"}], ids=["a stream", "a page"])
def test_something_else_that_answers_is_an_error(content, headers):
    with Faltering((200, headers, content)) as server, pytest.raises(ClientError, match="did not answer|broke off"):
        told(server.address, asynchronous=False)


def test_a_service_that_is_not_there_is_named():
    with pytest.raises(ServiceUnreachable, match="http://127.0.0.1:1.*cannot be reached"):
        told("http://127.0.0.1:1", asynchronous=False)
