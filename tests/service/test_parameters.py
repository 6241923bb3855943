"""What stands behind the question mark of an address is understood or refused, and never ignored."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.running import Running
from service.settings import Settings, Writes

KEY = {"Authorization": "Bearer a-key"}


@pytest.fixture
def client(searcher):
    app = create_app(Running(lambda: searcher), Settings(writes=Writes(("a-key",))))
    with TestClient(app, headers=KEY) as client:
        while client.get("/readyz").status_code == 503:
            pass
        yield client


@pytest.mark.parametrize("name", ["known_at", "asof", "verson"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/articles/a1?"),
        ("GET", "/articles/a1/versions?"),
        ("GET", "/passages/{passage}?"),
        ("GET", "/stories/{story}?"),
        ("GET", "/jobs/any?"),
        ("DELETE", "/articles/a1?"),
    ],
)
def test_what_is_unknown_is_refused(client, method, path, name):
    hit = client.get("/search", params={"q": "bridge", "min_confidence": 0}).json()["results"][0]
    address = path.format(passage=hit["id"], story=hit["story_id"])
    response = client.request(method, f"{address}{name}=2025-01-01")
    assert response.status_code == 422, response.text
    (error,) = response.json()["errors"]
    assert (error["field"], error["kind"]) == (name, "unknown")


def test_what_is_known_is_understood(client):
    assert client.get("/articles/a1?version=1").json()["version"] == 1
    assert client.get("/articles/a1?version=9").status_code == 404
    assert client.get("/articles/a1?version=0").json()["errors"][0]["field"] == "version"


def test_monitors_may_ask_as_they_like(client):
    assert client.get("/healthz?t=1").status_code == client.get("/readyz?t=1").status_code == 200
