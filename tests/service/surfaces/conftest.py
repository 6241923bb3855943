"""A really running service over a small index, for the clients of other tools."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from time import sleep

import httpx2
import pytest
import uvicorn
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from indexer.embedded import create, open_index
from service.app import create_app
from service.running import Running
from service.saved import SavedFilter
from service.search import Searcher
from service.settings import Settings

NOW = datetime.now(UTC).replace(microsecond=0)
CLOSED = "The harbour bridge was closed on Monday. Engineers found cracks in a pier. It may stay shut for weeks."
ARTICLES = [
    article(1, CLOSED, summary="Cracks close a bridge.", authors=("Ada Holm", "Jo Berg")),
    article(2, "The council voted for a bridge.", publisher="Post", url="https://post.example/2", language="en"),
    article(3, "Die Brücke bleibt gesperrt. The bridge.", language="de", publisher=None, url=None, published_at=None),
    article(4, "A goal under the bridge won the final.", categories=("Sport",), authors=("Al Ek",), language="en-GB"),
    article(5, "The bridge opened again, says the harbour.", published_at=NOW - timedelta(days=2), language="en"),
    article(6, "The bridge was never closed.", status="withdrawn", correction="It was closed."),
]


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("surfaces") / "index"
    create(folder, WordEmbedder.model, CHUNKING)
    index = open_index(folder)
    pipeline.add(index, WordEmbedder(), arrived(*ARTICLES), chunking=CHUNKING)
    index.refresh()
    app = create_app(
        Running(lambda: Searcher(index, WordEmbedder())),
        Settings(stores=(SavedFilter("sport", categories=("Sport",)),)),
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_level="error"))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    while httpx2.get(f"{address}/readyz").status_code == 503:
        sleep(0.01)
    yield address
    server.should_exit = True
    thread.join()


@pytest.fixture
def native(url):
    """What the native API finds: the yardstick of every surface."""

    def hits(question, **asked):
        response = httpx2.post(f"{url}/search", json={"q": question, **asked})
        assert response.status_code == 200, response.text
        return response.json()["results"]

    return hits


@pytest.fixture
def post(url):
    """Posts JSON to a path of the service."""

    def post(path, content):
        return httpx2.post(f"{url}{path}", json=content, headers={"Authorization": "Bearer any"})

    return post
