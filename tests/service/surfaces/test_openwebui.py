"""What Open WebUI asks an external search engine, and what it reads."""

from __future__ import annotations


def test_the_same_question_has_the_same_hits_as_search(post, native):
    found = post("/openwebui/search", {"query": "why was the bridge closed", "count": 3}).json()
    hits = native("why was the bridge closed", limit=3)
    assert found == [{"link": hit["url"], "title": hit["title"], "snippet": hit["text"]} for hit in hits]


def test_every_result_has_a_link(post, url):
    found = post("/openwebui/search", {"query": "bridge Brücke", "count": 10}).json()
    assert f"{url}/articles/a3" in {one["link"] for one in found}


def test_what_cannot_be_done_is_a_problem(post):
    for asked in ({"query": ""}, {"query": "bridge", "count": 0}, {}):
        response = post("/openwebui/search", asked)
        assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
