"""A small index of invented articles, asked through the real service."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article
from starlette.testclient import TestClient

from indexer import pipeline
from indexer.embedded import create, open_index
from service.app import create_app
from service.search import Searcher

ARTICLES = [
    article(
        1, "The harbour bridge was closed on Monday. Engineers found cracks in a pier. It may stay shut for weeks."
    ),
    article(
        2, "The council voted for a new ferry. The mayor spoke.", publisher="Morning Post", url="https://post.example/2"
    ),
    article(3, "Die Brücke bleibt gesperrt.", language="de", publisher="Küstenblatt", url=None, published_at=None),
    article(
        4, "A goal in the last minute won the final.", categories=("Sport",), authors=("Ada Holm",), language="en-GB"
    ),
    article(5, "The bridge will reopen, says a report under embargo.", embargo_until=datetime(2999, 1, 1, tzinfo=UTC)),
    article(6, "The bridge was never closed.", status="withdrawn", correction="The bridge was closed."),
    article(7, " ".join(f"The long read, part {n}, is about a lighthouse keeper." for n in range(20))),
]


@pytest.fixture
def index(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return open_index(tmp_path / "index")


def add(index, articles):
    report = pipeline.add(index, WordEmbedder(), arrived(*articles), chunking=CHUNKING)
    index.refresh()
    return report


@pytest.fixture
def searcher(index):
    add(index, ARTICLES)
    return Searcher(index, WordEmbedder())


@pytest.fixture
def client(searcher):
    with TestClient(create_app(lambda: searcher), raise_server_exceptions=False) as client:
        while client.get("/readyz").status_code == 503:
            pass
        yield client
