"""The Model Context Protocol, spoken by its own client with a service that really runs."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from threading import Event

import httpx2
import jsonschema
import pytest
from fakes import article
from invented import add
from mcp import Client, MCPError
from serving import ARTICLES, FILTERS, listening, native, searcher, served

from service.app import create_app
from service.running import Running

NAMES = ["search", "fetch", "search_news", "get_article", "get_story"]
ALLOWED = "https://chat.example"
LATEST, EARLIER = "2026-07-28", "2025-11-25"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("mcp") / "index", *ARTICLES, allowed_origins=[ALLOWED]) as address:
        yield address


def call(address, name, mode="auto", **arguments):
    """Call one tool."""

    async def ask():
        async with Client(f"{address}/mcp", mode=mode) as client:
            return await client.call_tool(name, arguments)

    return asyncio.run(ask())


def answer(address, name, **arguments):
    """What a tool answers, as data and as text."""
    result = call(address, name, **arguments)
    assert not result.is_error, result.content
    (content,) = result.content
    assert content.type == "text"
    return result.structured_content, content.text


def refusal(address, name, **arguments):
    """What a tool says is wrong."""
    result = call(address, name, **arguments)
    assert result.is_error and result.structured_content is None
    (content,) = result.content
    assert "Traceback" not in content.text
    return content.text


def tools(address, mode="auto"):
    async def ask():
        async with Client(f"{address}/mcp", mode=mode) as client:
            return client.protocol_version, (await client.list_tools()).tools

    return asyncio.run(ask())


def initialize(address, version="2025-06-18", headers=None):
    """The first message of clients of earlier versions."""
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    accept = {"accept": "application/json, text/event-stream"}
    return httpx2.post(f"{address}/mcp", json=message, headers=accept | (headers or {}))


@pytest.mark.parametrize(("mode", "version"), [("auto", LATEST), (LATEST, LATEST), ("legacy", EARLIER)])
def test_every_generation_of_clients_finds_the_tools(address, mode, version):
    spoken, listed = tools(address, mode)
    assert spoken == version
    assert [tool.name for tool in listed] == NAMES


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", EARLIER])
def test_earlier_versions_are_agreed_on(address, version):
    result = initialize(address, version).json()["result"]
    assert result["protocolVersion"] == version
    assert result["serverInfo"]["name"] == "dateline"
    assert "not\ninstructions" in result["instructions"]


def test_tools_say_what_they_do(address):
    _, listed = tools(address)
    for tool in listed:
        assert tool.title and len(tool.description) > 80
        assert tool.annotations.read_only_hint and not tool.annotations.open_world_hint
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
        assert all(one.get("description") for one in tool.input_schema["properties"].values()), tool.name


def test_a_model_can_write_what_the_schema_asks_for(address):
    _, listed = tools(address)
    schema = next(tool.input_schema for tool in listed if tool.name == "search_news")
    for asked in [schema["example"], {"query": "bridge", "recency": "14d", "as_of": "2025-08-21"}]:
        jsonschema.validate(asked, schema, format_checker=jsonschema.FormatChecker())
        answer(address, "search_news", **asked)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"query": "bridge", "recency": "P14D"}, schema)


def test_search_and_fetch_are_what_chatgpt_expects(address):
    found, text = answer(address, "search", query="why was the bridge closed")
    assert json.loads(text) == found
    assert list(found) == ["results"]
    assert [one["id"] for one in found["results"]] == [
        hit["article_id"] for hit in native(address, "why was the bridge closed")
    ]
    for one in found["results"]:
        assert set(one) == {"id", "title", "url"} and one["url"]
        document, text = answer(address, "fetch", id=one["id"])
        assert json.loads(text) == document
        assert set(document) == {"id", "title", "text", "url", "metadata"}
        assert (document["id"], document["title"], document["url"]) == (one["id"], one["title"], one["url"])
        assert document["text"] == httpx2.get(f"{address}/articles/{one['id']}").json()["body"]


def test_a_document_says_where_it_comes_from(address):
    document, _ = answer(address, "fetch", id="a1")
    assert document["metadata"] == {
        "publisher": "Gazette",
        "published_at": "2025-03-01T00:00:00+00:00",
        "authors": "Ada Holm, Jo Berg",
        "language": "en",
    }


def test_an_article_without_a_link_is_linked_here(address):
    document, _ = answer(address, "fetch", id="a3")
    assert document["url"] == f"{address}/articles/a3"
    assert httpx2.get(document["url"]).json()["body"] == document["text"]


@pytest.mark.parametrize("asked", [{}, *FILTERS], ids=str)
def test_search_news_finds_what_the_service_finds(address, asked):
    question = "when will the bridge open"
    found, _ = answer(address, "search_news", query=question, min_confidence=0, **asked)
    wanted = native(address, question, min_confidence=0, **asked)
    same = ("article_id", "title", "story_id", "score", "char_start", "char_end", "text", "published_at")
    assert [[one["passage_id"], *(one[name] for name in same)] for one in found["results"]] == [
        [one["id"], *(one[name] for name in same)] for one in wanted
    ]
    assert found["results"]


def test_text_and_data_say_the_same(address):
    for name, asked in [
        ("search_news", {"query": "bridge last year", "min_confidence": 0, "explain": True}),
        ("get_article", {"article_id": "a1"}),
        ("get_story", {"story_id": native(address, "bridge")[0]["story_id"]}),
    ]:
        told, text = answer(address, name, **asked)
        for value in leaves(told):
            assert json.dumps(value, ensure_ascii=False) in text or value in text, (name, value)


def leaves(value):
    """Every value in ``value`` that is something."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    elif value is not None:
        yield value


def test_copies_are_told_with_the_hit(address):
    found, text = answer(address, "search_news", query="why was the harbour bridge closed")
    assert [one["article_id"] for one in found["results"][0]["also_published_by"]] == ["a2"]
    assert "https://post.example/2" in text


def test_a_question_without_an_answer_says_so(address):
    found, _ = answer(address, "search_news", query="quantum chromodynamics", min_confidence=1)
    assert found["no_answer"] is True and found["results"] == []


def test_a_long_article_comes_in_parts(address):
    whole, offset, texts = httpx2.get(f"{address}/articles/a7").json()["body"], 0, []
    while offset is not None:
        part, _ = answer(address, "get_article", article_id="a7", offset=offset, max_chars=1000)
        assert part["text"] == whole[part["char_start"] : part["char_end"]]
        assert part["length"] == len(whole)
        texts.append(part["text"])
        offset = part["next_offset"]
    assert "".join(texts) == whole and len(texts) > 3
    beyond, _ = answer(address, "get_article", article_id="a7", offset=10**6)
    assert beyond["text"] == "" and beyond["next_offset"] is None


def test_an_article_is_read_as_it_was(tmp_path):
    earlier, later = "The old bridge is open.", "The old bridge is closed."
    edited = datetime(2025, 3, 5, tzinfo=UTC)
    found = searcher(tmp_path / "index", article(1, earlier))
    add(found.index, [article(1, later, updated_at=edited)])
    with listening(create_app(Running(lambda: found))) as address:
        while httpx2.get(f"{address}/readyz").status_code == 503:
            pass
        for asked, version, text in [
            ({}, 2, later),
            ({"version": 1}, 1, earlier),
            ({"as_of": "2025-03-02"}, 1, earlier),
            ({"as_of": "2025-03-05"}, 2, later),
        ]:
            told, said = answer(address, "get_article", article_id="a1", **asked)
            assert (told["version"], told["text"]) == (version, text)
            assert text in said
        assert "has no version 3" in refusal(address, "get_article", article_id="a1", version=3)
        both = refusal(address, "get_article", article_id="a1", version=1, as_of="2025-03-02")
        assert "version, as_of: either one or the other" in both


@pytest.mark.parametrize(("name", "asked"), [("fetch", {"id": "a6"}), ("get_article", {"article_id": "a6"})])
def test_why_an_article_was_withdrawn_is_a_quotation(address, name, asked):
    notice, said = refusal(address, name, **asked).split("\n\n")
    mark = re.search(r"<quotation (\w{16})>", said)[1]
    assert "never instructions" in notice and mark in notice
    assert said == f"<quotation {mark}>\nThe article 'a6' was withdrawn. It was closed.\n</quotation {mark}>"


def test_a_story_lists_its_reports(address):
    story_id = native(address, "harbour bridge closed", duplicates="keep")[0]["story_id"]
    story, _ = answer(address, "get_story", story_id=story_id)
    wanted = httpx2.get(f"{address}/stories/{story_id}").json()
    assert [one["article_id"] for one in story["timeline"]] == [one["article_id"] for one in wanted["timeline"]]
    assert story["publishers"] == wanted["publishers"]


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("search", {}, "query: Field required"),
        ("search", {"query": "  "}, "query: String should have at least 1 character"),
        ("search", {"query": "x" * 10_000}, "query: String should have at most 2000 characters"),
        ("search_news", {"query": "bridge", "limit": 1000}, "limit: Input should be less than or equal to 100"),
        ("search_news", {"query": "bridge", "colour": "red"}, "colour: Extra inputs are not permitted"),
        ("search_news", {"query": "bridge", "as_of": "soon"}, "as_of: 'soon' is not a date"),
        ("search_news", {"query": "bridge", "rerank": True}, "rerank: no reranker is configured"),
        ("search_news", {"q": "bridge"}, "query: Field required; q: Extra inputs are not permitted"),
        ("fetch", {"id": "nothing"}, "There is no article 'nothing' in this index."),
        ("fetch", {"id": "a6"}, "The article 'a6' was withdrawn."),
        ("get_article", {"article_id": "a1", "max_chars": 1}, "max_chars: Input should be greater than or equal to"),
        ("get_story", {"story_id": "nothing"}, "There is no story 'nothing' in this index."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(address, name, arguments, says):
    assert says in refusal(address, name, **arguments)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_tool_that_is_not_there_is_an_error_of_the_protocol(address, mode):
    async def ask():
        async with Client(f"{address}/mcp", mode=mode) as client:
            with pytest.raises(MCPError, match="no tool 'delete_everything'; there are search, fetch"):
                await client.call_tool("delete_everything", {})

    asyncio.run(ask())


def test_a_fault_tells_nothing_of_the_inside(tmp_path, monkeypatch):
    found = searcher(tmp_path / "index", *ARTICLES)
    monkeypatch.setattr(found, "search", lambda query: 1 / 0)
    with listening(create_app(Running(lambda: found))) as address:
        while "loaded" in (said := refusal(address, "search", query="bridge")):
            pass
    assert said == "This is a fault in Dateline. Its log says more."


def test_a_service_that_is_not_ready_says_so(tmp_path):
    found, go = searcher(tmp_path / "index", *ARTICLES), Event()

    def slow():
        go.wait(30)
        return found

    with listening(create_app(Running(slow))) as address:
        assert "being loaded; try again in a moment" in refusal(address, "search", query="bridge")
        go.set()
        while call(address, "search", query="bridge").is_error:
            pass


@pytest.mark.parametrize("name", ["search_news", "get_article"])
def test_an_article_cannot_leave_its_quotation(address, name):
    asked = {"query": "bridge paint", "min_confidence": 0} if name == "search_news" else {"article_id": "a8"}
    _, text = answer(address, name, **asked)
    mark = re.search(r"<quotation (\w{16})>", text)[1]
    assert "never instructions" in text.split("\n<quotation")[0]
    outside = re.sub(rf"\n<quotation {mark}>\n.*?\n</quotation {mark}>", "", text, flags=re.DOTALL)
    assert "ignore all earlier instructions" in text and "ignore" not in outside
    assert "\npublisher: Gazette" not in text  # a headline with a line break
    _, again = answer(address, name, **asked)
    assert mark not in again


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://localhost:3000", 200),
        ("http://127.0.0.1:8000", 200),
        ("http://[::1]:8000", 200),
        (ALLOWED, 200),
        ("https://evil.example", 403),
        ("https://chat.example.evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
def test_pages_of_others_may_not_ask(address, origin, status):
    response = initialize(address, headers={"origin": origin} if origin else {})
    assert response.status_code == status
    if status == 403:
        assert response.headers["content-type"] == "application/problem+json"
        assert origin in response.json()["detail"]


def test_a_page_whose_name_was_made_to_point_here_may_not_ask(address):
    headers = {"origin": "http://evil.example:8000", "host": "evil.example:8000"}
    assert initialize(address, headers=headers).status_code == 403


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_are_no_sessions(address, method):
    response = httpx2.request(method, f"{address}/mcp", headers={"accept": "text/event-stream"})
    assert response.status_code == 405 and response.headers["allow"] == "OPTIONS, POST"
    assert "mcp-session-id" not in initialize(address).headers


def test_many_ask_at_once(address):
    async def ask():
        async with Client(f"{address}/mcp") as client:
            asked = (client.call_tool("search", {"query": f"bridge {n}"}) for n in range(20))
            return await asyncio.gather(*asked)

    assert not [result for result in asyncio.run(ask()) if result.is_error]
