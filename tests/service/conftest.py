"""A small index of invented articles, asked through the real service."""

from __future__ import annotations

import pytest
from fakes import CHUNKING, WordEmbedder
from invented import ARTICLES, add
from starlette.testclient import TestClient

from indexer.embedded import create, open_index
from service.app import create_app
from service.running import Running
from service.search import Searcher


@pytest.fixture
def index(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return open_index(tmp_path / "index")


@pytest.fixture
def searcher(index):
    add(index, ARTICLES)
    return Searcher(index, WordEmbedder())


@pytest.fixture
def client(searcher):
    with TestClient(create_app(Running(lambda: searcher)), raise_server_exceptions=False) as client:
        while client.get("/readyz").status_code == 503:
            pass
        yield client
