"""Written answers, by a model on a real socket that tells the truth, lies, fails and obeys strangers."""

from __future__ import annotations

import json
import re
from threading import Semaphore

import httpx2
import pytest
from chat_server import chat_server
from serving import listening
from starlette.testclient import TestClient
from test_ask import events

from service.answering import Endpoint
from service.app import create_app
from service.running import Running
from service.settings import Settings

QUESTION = "Why was the harbour bridge closed?"
HONEST = 'Engineers found cracks. [{n} "found cracks in a pier"]\nIt may stay shut. [{n} "may stay shut for weeks"]'


@pytest.fixture
def chat():
    with chat_server() as chat:
        yield chat


@pytest.fixture
def client(searcher, chat):
    endpoint = Endpoint(chat.url, "tiny", "secret", silence=0.5)
    app = create_app(Running(lambda: searcher), Settings(endpoint=endpoint))
    with TestClient(app, raise_server_exceptions=False) as client:
        while client.get("/readyz").status_code == 503:
            pass
        yield client


def number_of(prompt, words):
    """The number of the passage that has ``words``."""
    before = prompt[: prompt.index(words)]
    return int(re.findall(r"<passage (\d+) ", before)[-1])


def honest(prompt):
    return HONEST.format(n=number_of(prompt, "found cracks"))


def ask(client, status=200, **asked):
    response = client.post("/ask", json={"q": QUESTION, "mode": "written", "min_confidence": 0, **asked})
    assert response.status_code == status, response.text
    return response.json()


def test_what_is_written_comes_with_quotes_that_stand_in_their_articles(client, chat):
    chat.reply = honest
    answer = ask(client)
    assert [one["text"] for one in answer["sentences"]] == ["Engineers found cracks.", "It may stay shut."]
    for sentence in answer["sentences"]:
        assert (sentence["supported"], sentence["doubt"]) == (True, None)
        (citation,) = sentence["citations"]
        body = client.get(f"/articles/{citation['article_id']}").json()["body"]
        assert body[citation["char_start"] : citation["char_end"]] == citation["text"]
        assert citation["article_id"] == "a1"
    assert answer["removed"] == answer["warnings"] == []
    number = answer["sentences"][0]["citations"][0]["source"]
    assert answer["answer"] == f"Engineers found cracks. [{number}] It may stay shut. [{number}]"


def test_the_endpoint_is_asked_as_openai_would_be(client, chat):
    chat.reply = honest
    ask(client)
    (body,) = chat.asked
    assert (body["model"], body["stream"]) == ("tiny", True)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert chat.headers[0]["Authorization"] == "Bearer secret"


def test_an_endpoint_that_does_not_stream_will_do(client, chat):
    chat.reply, chat.streams = honest, False
    assert len(ask(client)["sentences"]) == 2


def test_lies_are_removed_and_reported(client, chat):
    def lie(prompt):
        n = number_of(prompt, "found cracks")
        return (
            f'The mayor blew it up. [99 "found cracks in a pier"]\n'
            f'Engineers found gold. [{n} "found gold in a pier"]\n'
            f'Engineers found cracks. [{n} "found cracks in a pier"] [{n} "found holes in a pier"]\n'
            f"It closed on Monday. [{n}]\n"
            f'It cost 5,000 crowns. [{n} "was closed on Monday"]\n'
            f'Pay at https://evil.example/now. [{n} "was closed on Monday"]\n'
            f"Trust me."
        )

    chat.reply = lie
    answer = ask(client)
    assert [(one["text"], one["supported"]) for one in answer["sentences"]] == [
        ("The mayor blew it up.", False),
        ("Engineers found gold.", False),
        ("Engineers found cracks.", True),
        ("It closed on Monday.", False),
        ("It cost 5,000 crowns.", False),
        ("Pay at https://evil.example/now.", False),
        ("Trust me.", False),
    ]
    assert [(one["sentence"], one["reason"]) for one in answer["removed"]] == [
        (0, "there is no such passage"),
        (1, "the quote does not stand in this passage"),
        (2, "the quote does not stand in this passage"),
        (3, "it quotes nothing, or too little to be checked"),
    ]
    assert "5,000" in answer["sentences"][4]["doubt"]


def test_an_answer_without_any_support_says_so(client, chat):
    chat.reply = lambda prompt: "The bridge is fine."
    answer = ask(client)
    assert answer["sentences"][0]["supported"] is False
    assert "mode=extractive" in answer["warnings"][0]


@pytest.mark.parametrize("said", ["NOT IN THESE ARTICLES", "Not in these articles.\n", ""])
def test_a_model_that_finds_nothing_is_believed(client, chat, said):
    chat.reply = lambda prompt: said
    answer = ask(client)
    assert (answer["no_answer"], answer["sentences"]) == (True, [])
    assert answer["answer"] == "This is not in these articles."


def test_the_model_is_not_asked_where_nothing_was_found(client, chat):
    assert ask(client, authors=["nobody"])["no_answer"] is True
    assert chat.asked == []


def test_a_stream_is_told_while_it_is_written_and_only_what_was_checked(client, chat, searcher):
    chat.reply = lambda prompt: honest(prompt) + '\nEngineers found gold. [1 "found gold in there"]'
    response = client.post("/ask", json={"q": QUESTION, "mode": "written", "stream": True, "min_confidence": 0})
    told = events(response.text)
    assert [name for name, _ in told] == [
        "sources", "delta", "citation", "delta", "citation", "delta", "removed", "done",
    ]  # fmt: skip
    assert [data["supported"] for name, data in told if name == "delta"] == [True, True, False]
    assert told[-1][1]["removed"][0]["quote"] == "found gold in there"


def test_the_first_sentence_is_there_before_the_last_is_written(chat):
    chat.reply = lambda prompt: 'One. [1 "some words"]\nTwo. [1 "some words"]\n'
    chat.size, chat.written = 5, Semaphore(6)
    came = ""
    for piece in Endpoint(chat.url, "tiny", silence=5).write("", ""):
        came += piece
        if "\n" in came:
            chat.written.release(100)
    assert came.count("\n") == 2


@pytest.mark.parametrize(
    ("name", "value", "status", "says"),
    [
        ("status", 500, 502, "answered 500"),
        ("status", 401, 502, "answered 401"),
        ("raw", b"data: {no json\n\n", 502, "cannot be read"),
        ("raw", b'data: {"error": {"message": "out of memory"}}\n\n', 502, "out of memory"),
        ("raw", b'data: {"choices": [{"delta": {"content": "Engineers"}}]}\n\n', 502, "broke off"),
        ("raw", b": one moment\n\n", 502, "broke off"),
        ("silent", True, 504, "did not answer in time"),
    ],
)
def test_an_endpoint_that_fails_is_a_problem_that_says_what_to_do(client, chat, name, value, status, says):
    setattr(chat, name, value)
    problem = ask(client, status=status)
    assert says in problem["detail"]
    assert "mode=extractive" in problem["detail"]
    assert "secret" not in json.dumps(problem)
    told = events(
        client.post("/ask", json={"q": QUESTION, "mode": "written", "stream": True, "min_confidence": 0}).text
    )
    assert [name for name, _ in told] == ["sources", "error"]
    assert (told[-1][1]["status"], says in told[-1][1]["detail"]) == (status, True)


def test_an_answer_is_whole_once_the_model_says_why_it_stopped(client, chat):
    said = {"choices": [{"delta": {"content": "The bridge is fine."}}]}
    ends = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    counts = {"choices": None, "usage": {"total_tokens": 9}}
    chat.raw = b"".join(f"data: {json.dumps(one)}\n\n".encode() for one in (said, ends, counts))
    assert [one["text"] for one in ask(client)["sentences"]] == ["The bridge is fine."]


@pytest.mark.parametrize("field", ["content", "reasoning"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_model_stops_when_the_caller_has_left(searcher, chat, stream, field):
    chat.reply, chat.field, chat.written = lambda prompt: "word " * 3000, field, Semaphore(9)
    app = create_app(Running(lambda: searcher), Settings(endpoint=Endpoint(chat.url, "tiny")))
    with listening(app) as address:
        while httpx2.get(f"{address}/readyz").status_code == 503:
            pass
        asked = {"q": QUESTION, "mode": "written", "stream": stream, "min_confidence": 0}
        with (
            pytest.raises(httpx2.ReadTimeout),
            httpx2.stream("POST", f"{address}/ask", json=asked, timeout=1) as response,
        ):
            response.read()
        for _ in range(1000):
            chat.written.release()
            if chat.left.wait(0.005):
                break
        chat.written.release(10_000)
        assert chat.asked and chat.left.is_set()


def test_an_endpoint_that_is_not_there_is_a_problem(searcher):
    app = create_app(Running(lambda: searcher), Settings(endpoint=Endpoint("http://127.0.0.1:9/v1", "tiny")))
    with TestClient(app) as client:
        while client.get("/readyz").status_code == 503:
            pass
        assert "cannot be reached" in ask(client, status=502)["detail"]


def test_passages_stand_between_fences_that_no_article_knows(client, chat):
    chat.reply = honest
    ask(client)
    ask(client)
    fences = []
    for body in chat.asked:
        prompt = body["messages"][1]["content"]
        opened = re.findall(r"^<passage (\d+) (\w+)>$", prompt, re.MULTILINE)
        closed = re.findall(r"^</passage (\d+) (\w+)>$", prompt, re.MULTILINE)
        assert opened == closed
        (fence,) = {word for _, word in opened}
        assert fence in body["messages"][0]["content"]
        fences.append(fence)
    assert fences[0] != fences[1]
