"""How much a request may bring: whatever is sent, it costs the service little."""

from __future__ import annotations

import json

import pytest

MB = 2**20
ASKED = {
    "/search": {"q": "bridge"},
    "/ask": {"q": "bridge"},
    "/v1/vector_stores/news/search": {"query": "bridge"},
    "/tavily/search": {"query": "bridge"},
    "/exa/search": {"query": "bridge"},
    "/openwebui/search": {"query": "bridge"},
    "/dify/retrieval": {
        "knowledge_id": "news",
        "query": "bridge",
        "retrieval_setting": {"top_k": 1, "score_threshold": 0},
    },
    "/rerank/v2/rerank": {"query": "bridge", "documents": ["A bridge."]},
    "/anthropic/search": {"q": "bridge"},
    "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
}
"""A request for each route that takes a body and needs no key."""
ROOMY = {"/rerank/v2/rerank": 8}
"""Megabytes that a body may have where it is not one."""


def test_no_route_that_takes_a_body_is_left_out(client):
    paths = client.get("/openapi.json").json()["paths"]
    surfaces = {path.split("/")[1] for path, operations in paths.items() if "post" in operations}
    assert {path.split("/")[1] for path in ASKED} == surfaces | {"mcp"}


@pytest.mark.parametrize(("path", "asked"), ASKED.items())
def test_a_body_that_is_too_large_is_refused_before_and_while_it_comes(client, path, asked):
    most = ROOMY.get(path, 1)
    body = json.dumps({**asked, "unknown": "x" * most * MB}).encode()
    pieces = (body[start : start + MB // 2] for start in range(0, len(body), MB // 2))
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    for content in (body, pieces):
        response = client.post(path, content=content, headers=headers)
        assert response.status_code == 413, response.text
        assert f"more than {most} MB" in response.text
        assert response.headers["x-request-id"]


@pytest.mark.parametrize("names", [["x" * 2001], ["x"] * 1001])
def test_names_and_lists_of_them_are_bounded(client, names):
    refused = client.post("/search", json={"q": "bridge", "publishers": names})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("publishers")
    assert len(refused.content) < 10_000


def test_of_a_long_text_the_beginning_is_judged(client):
    long = ["A bridge was closed. " + "Nothing else. " * 20_000, "A bridge was closed. " + "Nothing else. " * 200_000]
    answer = client.post("/rerank/v2/rerank", json={"query": "bridge", "documents": long}).json()
    first, second = answer["results"]
    assert first["relevance_score"] == second["relevance_score"] > 0
