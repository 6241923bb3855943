"""HEAD, which monitors ask with: the answer to GET without its body."""

from __future__ import annotations

import httpx2
import pytest
from serving import ARTICLES, served

PATHS = [
    "/", "/page/page.js", "/docs", "/docs/files/swagger-ui.css", "/openapi.json", "/healthz", "/readyz",
    "/articles/a1", "/articles/a1/versions", "/articles/none", "/articles/a1?colour=red", "/ask?q=bridge&stream=true",
    "/searxng/search?q=bridge", "/nowhere", "/mcp",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("head") / "index", *ARTICLES) as address:
        yield address


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(address, path):
    got, asked = httpx2.get(f"{address}{path}"), httpx2.head(f"{address}{path}")
    assert asked.status_code == got.status_code
    for response in (got, asked):
        for name in ("date", "x-request-id", "transfer-encoding"):
            response.headers.pop(name, None)
    assert asked.headers == got.headers
    assert asked.content == b""


def test_head_is_told_where_get_is_and_nowhere_else(address):
    assert httpx2.delete(f"{address}/healthz").headers["allow"] == "GET, HEAD"
    refused = httpx2.head(f"{address}/tavily/search")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_openapi_does_not_list_it_again(address):
    paths = httpx2.get(f"{address}/openapi.json").json()["paths"]
    assert not [path for path, operations in paths.items() if "head" in operations]
