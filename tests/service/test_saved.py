"""Saved filters: written in dateline.toml, found by every worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import openai
import pytest
from click.testing import CliRunner

from indexer import BadInput
from service.__main__ import main
from service.saved import SavedFilter, from_json, read_stores, to_json
from service.settings import Settings

ROOT = Path(__file__).parents[2]
TOML = """
workers = 1

[stores.politics]
description = "Parliaments and elections."
publishers = ["Courier", "gazette.example"]
categories = ["politics"]

[stores.deutsch]
languages = ["de"]
"""
POLITICS = SavedFilter(
    "politics", "Parliaments and elections.", publishers=("Courier", "gazette.example"), categories=("politics",)
)
DEUTSCH = SavedFilter("deutsch", languages=("de",))


def test_workers_read_what_the_command_wrote():
    settings = Settings(Path("here"), stores=(DEUTSCH, POLITICS))
    assert Settings.from_env(settings.to_env()) == settings
    assert from_json(to_json(())) == ()


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"a b": {}}, "stores.a b: a name has letters"),
        ({"news": {}}, "is not 'news'"),
        ({"politics": ["Courier"]}, r"stores.politics: it is not a table; write \[stores.politics\]"),
        ({"politics": {"publisher": ["Courier"]}}, "stores.politics: unknown field publisher; known are description"),
        ({"politics": {"publishers": "Courier"}}, "stores.politics.publishers: it is not a list of texts"),
        ({"politics": {"publishers": []}}, "stores.politics.publishers: it is not a list"),
        ({"politics": {"publishers": [7]}}, "stores.politics.publishers: it is not a list"),
        ({"politics": {"publishers": [" "]}}, "stores.politics.publishers: it is not a list"),
        ({"politics": {"description": 7}}, "stores.politics.description: it is not a text"),
        ("politics", r"stores: it is not a table"),
    ],
)
def test_a_mistake_is_named(tables, says):
    with pytest.raises(BadInput, match=says):
        read_stores(tables)


def test_a_mistake_in_the_environment_is_named():
    with pytest.raises(BadInput, match="DATELINE_STORES"):
        Settings.from_env({"DATELINE_STORES": "{"})


def test_a_mistake_in_the_settings_file_names_the_file(tmp_path):
    path = tmp_path / "dateline.toml"
    path.write_text('[stores.politics]\npublisher = ["Courier"]\n')
    done = CliRunner().invoke(main, ["--config", str(path), "status"])
    assert done.exit_code == 2
    assert f"{path}: stores.politics: unknown field publisher" in done.output


def test_the_service_serves_what_the_file_says(tmp_path):
    (tmp_path / "dateline.toml").write_text(TOML)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "service", "serve", "--port", str(port), "--index", "index"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as service,
        openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="anything") as client,
    ):
        try:
            stores = eventually(lambda: client.vector_stores.list().data)
        finally:
            service.terminate()
            service.communicate()
    assert [(store.id, store.to_dict()["description"]) for store in stores][1:] == [
        ("deutsch", ""),
        ("politics", "Parliaments and elections."),
    ]
    assert all(store.file_counts.total == 0 for store in stores)


def eventually(ask):
    """Ask until the service is there and ready."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return ask()
        except (openai.APIConnectionError, openai.InternalServerError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
