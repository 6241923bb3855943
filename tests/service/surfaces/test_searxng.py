"""What clients of SearXNG ask an instance, and what they read."""

from __future__ import annotations

from datetime import datetime

import httpx2
import pytest


@pytest.fixture
def ask(url):
    def ask(q="the bridge", **asked):
        return httpx2.get(f"{url}/searxng/search", params={"q": q, "format": "json", **asked})

    return ask


def test_the_same_question_has_the_same_hits_as_search(ask, native):
    found = ask("why was the bridge closed").json()
    hits = native("why was the bridge closed")
    assert [one["content"] for one in found["results"]] == [hit["text"] for hit in hits]
    first = found["results"][0]
    assert (first["url"], first["title"]) == (hits[0]["url"], hits[0]["title"])
    assert first["score"] == pytest.approx(hits[0]["score"], rel=1e-3)
    assert datetime.fromisoformat(first["publishedDate"]).date().isoformat() == "2025-03-01"
    assert [one["positions"] for one in found["results"]] == [[place] for place in range(1, len(hits) + 1)]
    assert found["number_of_results"] == len(hits)
    assert found["suggestions"] == found["answers"] == found["infoboxes"] == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"time_range": "week"}, 1),
        ({"time_range": ""}, 5),
        ({"language": "en-US"}, 4),
        ({"language": "de"}, 1),
        ({"language": "all", "categories": "general"}, 5),
        ({"categories": "images, sport"}, 1),
        ({"categories": "images"}, 0),
        ({"categories": "sport,news", "safesearch": 1, "theme": "simple", "image_proxy": 0}, 5),
        ({"pageno": 2}, 0),
    ],
)
def test_parameters_are_honoured(ask, asked, found):
    assert len(ask(**asked).json()["results"]) == found


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"q": ""}, "q: "),
        ({"pageno": 0}, "pageno: "),
        ({"pageno": 1000}, "pageno: "),
        ({"time_range": "decade"}, "time_range: "),
        ({"language": "klingon!"}, "language: "),
        ({"format": "html"}, "format: "),
    ],
)
def test_errors_have_the_shape_of_searxng(ask, asked, says):
    response = ask(**asked)
    assert response.status_code == 400
    assert response.json()["error"].startswith(says)
