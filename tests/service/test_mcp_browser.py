"""The Model Context Protocol asked by pages in a real browser, which reads no answer that is not meant for it."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from playwright.sync_api import Error, sync_playwright
from serving import ARTICLES, served
from test_page import CHROMIUM, FLAGS

ASK = """async address => {
    const call = {jsonrpc: "2.0", id: 1, method: "tools/call", params: {name: "search", arguments: {query: "bridge"}}};
    const headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"};
    headers["MCP-Protocol-Version"] = "2025-11-25";
    headers["X-Trace"] = "any";
    const response = await fetch(`${address}/mcp`, {method: "POST", headers, body: JSON.stringify(call)});
    return {id: response.headers.get("x-request-id"), answer: await response.json()};
}"""
ASKS_FIRST = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,mcp-protocol-version",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of a server that has a page for whatever name it is asked by."""
    folder = tmp_path_factory.mktemp("chat")
    (folder / "index.html").write_text("<!doctype html><link rel=icon href=data:,><title>Chat</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory, port):
    folder = tmp_path_factory.mktemp("mcp") / "index"
    with served(folder, *ARTICLES, allowed_origins=[f"http://chat.example:{port}"]) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """A browser to which all names mean this machine."""
    if CHROMIUM is None:
        pytest.skip("no Chromium in PATH; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--host-resolver-rules=MAP *.example 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def ask(browser, port, address):
    """Has the page of a host ask."""
    with browser.new_page() as page:

        def ask(host):
            page.goto(f"http://{host}:{port}/")
            return page.evaluate(ASK, address)

        yield ask


@pytest.mark.parametrize("host", ["chat.example", "localhost"])
def test_a_page_that_is_let_in_can_ask_and_read(ask, host):
    told = ask(host)
    assert "gazette.example" in str(told["answer"]["result"]["content"])
    assert told["id"]


def test_a_page_of_others_reads_nothing(ask):
    with pytest.raises(Error, match="Failed to fetch"):
        ask("evil.example")


@pytest.mark.parametrize(("host", "status"), [("chat.example", 200), ("[::1]", 200), ("evil.example", 403)])
def test_what_a_browser_asks_first_is_answered_for_exactly_that_page(address, port, host, status):
    origin = f"http://{host}:{port}"
    response = httpx2.options(f"{address}/mcp", headers={"Origin": origin, **ASKS_FIRST})
    assert response.status_code == status
    assert response.headers.get("access-control-allow-origin") == (origin if status == 200 else None)
    assert "Origin" in response.headers["vary"]


def test_whoever_is_no_browser_is_told_what_the_path_takes(address):
    response = httpx2.options(f"{address}/mcp")
    assert (response.status_code, response.headers["allow"]) == (204, "OPTIONS, POST")
    assert "access-control-allow-origin" not in response.headers
