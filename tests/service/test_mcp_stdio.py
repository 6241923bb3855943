"""``dateline mcp``, started by the protocol's own client as a real process over an index of the real model."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client

ROOT = Path(__file__).parents[2]
UNLINKED = {"id": "tide", "title": "Tide mill turns again", "text": "The tide mill turns again after forty years."}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stdio")
    (folder / "tide.json").write_text(json.dumps(UNLINKED), encoding="utf-8")
    sources = [folder / "tide.json", ROOT / "seeds" / "fennel-bridge-closed.txt"]
    dateline("add", *sources, "--index", folder / "index")
    return folder / "index"


def dateline(*words, check=0, stdin=""):
    command = [sys.executable, "-m", "service", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, input=stdin, encoding="utf-8")
    assert done.returncode == check, done.stdout + done.stderr
    return done


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_a_client_starts_it_and_asks(index, mode, version):
    words = ["-m", "service", "mcp", "--index", str(index), "--public-url", "https://news.example/"]
    process = stdio_client(StdioServerParameters(command=sys.executable, args=words, cwd=ROOT, env=dict(os.environ)))

    async def ask():
        async with Client(process, mode=mode) as client:
            assert client.protocol_version == version
            listed = await client.list_tools()
            assert [tool.name for tool in listed.tools][:3] == ["search", "fetch", "search_news"]
            found = await client.call_tool("search_news", {"query": "Why was the Fennel Bridge closed?"})
            return found, await client.call_tool("fetch", {"id": "tide"})

    found, document = asyncio.run(ask())
    assert "Fennel" in found.structured_content["results"][0]["text"]
    assert document.structured_content["url"] == "https://news.example/articles/tide"


def test_its_output_holds_nothing_but_the_protocol(index):
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    said = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    done = dateline("mcp", "--index", index, stdin=f"{said}\nno json\n")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert messages[0]["result"]["protocolVersion"] == "2025-06-18"
    assert all(message["jsonrpc"] == "2.0" for message in messages)
    assert "Traceback" not in done.stderr


def test_without_an_index_it_says_what_to_do(tmp_path):
    done = dateline("mcp", "--index", tmp_path / "none", check=1)
    assert done.stdout == ""
    assert "There is no index" in done.stderr and "dateline add" in done.stderr
    assert not (tmp_path / "none").exists()
