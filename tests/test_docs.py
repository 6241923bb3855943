"""Every Python example of the documentation runs as it stands, against the real service over the samples."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[1]
ADDRESS = "http://127.0.0.1:8000"
"""Where the examples expect the service."""

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def examples():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 2
            yield pytest.param("\n" * (line - 1) + found[1], page, id=f"{page.name}:{line}")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A service over the samples that can also be written to."""
    folder = tmp_path_factory.mktemp("docs")
    config = folder / "dateline.toml"
    config.write_text('[stores.transport]\ncategories = ["transport"]\n', encoding="utf-8")
    settings = {**os.environ, "DATELINE_INDEX": str(folder / "index"), "DATELINE_WRITE_KEY": "your-write-key"}
    command = [sys.executable, "-m", "service", "--config", str(config)]
    subprocess.run([*command, "add", str(ROOT / "seeds")], env=settings, check=True, cwd=ROOT, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([*command, "serve", "--port", str(port)], env=settings, cwd=ROOT) as service:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", service)
        finally:
            service.terminate()


def wait_for(address, service):
    while service.poll() is None:
        try:
            if httpx2.get(f"{address}/readyz").status_code == 200:
                return address
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the service ended")


@pytest.mark.parametrize(("source", "page"), list(examples()))
def test_an_example_runs_as_it_stands(source, page, address, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATELINE_WRITE_KEY", "your-write-key")
    code = compile(source.replace(ADDRESS, address), str(page), "exec")
    exec(code, {"__name__": "__main__"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [one for one in targets if not (page.parent / one).exists()] == []
