"""Exa's own client against the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from exa_py import Exa


@pytest.fixture
def exa(url):
    return Exa("any", base_url=f"{url}/exa")


def ids(found):
    return {one.id for one in found.results}


def test_the_same_question_has_the_same_hits_as_search(exa, native):
    found = exa.search("why was the bridge closed")
    hits = native("why was the bridge closed")
    assert [one.id for one in found.results] == [hit["article_id"] for hit in hits]
    assert [one.score for one in found.results] == pytest.approx([hit["score"] for hit in hits], rel=1e-3)
    first = found.results[0]
    assert (first.title, first.url) == (hits[0]["title"], hits[0]["url"])
    assert first.author == "Ada Holm, Jo Berg"
    assert first.text.startswith(hits[0]["text"])  # what the client asks for where nothing is said


def test_published_and_crawled_are_two_dates(exa):
    first = exa.search("why was the bridge closed").results[0]
    assert first.published_date == "2025-03-01T00:00:00.000Z"
    assert datetime.now(UTC) - datetime.fromisoformat(first.crawl_date) < timedelta(hours=1)


def test_contents_on_request(exa, native):
    hit = native("why was the bridge closed")[0]
    wanted = {"text": {"max_characters": 7}, "highlights": True, "summary": True}
    first = exa.search("why was the bridge closed", contents=wanted).results[0]
    assert (first.text, first.highlights, first.summary) == ("The har", [hit["text"]], "Cracks close a bridge.")
    short = {"highlights": {"max_characters": 60, "query": "engineers found cracks"}}
    first = exa.search("why was the bridge closed", contents=short).results[0]
    assert (first.text, first.highlights) == (None, ["Engineers found cracks in a pier."])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"include_domains": ["post.example"]}, {"a2"}),
        ({"exclude_domains": ["gazette.example"]}, {"a2", "a3"}),
        ({"start_published_date": "2025-03-02T00:00:00.000Z"}, {"a5"}),
        ({"end_published_date": "2025-03-01"}, {"a1", "a2", "a4"}),
        ({"include_text": ["found cracks"]}, {"a1"}),
        ({"exclude_text": ["bridge"]}, set()),
        ({"category": "news", "num_results": 1, "exclude_text": ["cracks", "council", "again"]}, {"a4"}),
    ],
)
def test_filters_are_honoured(exa, asked, found):
    assert ids(exa.search("the bridge", **asked)) == found


@pytest.mark.filterwarnings("ignore:.*crawl_date is deprecated:DeprecationWarning")
def test_crawl_dates_are_when_it_was_indexed(exa):
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    assert ids(exa.search("the bridge", start_crawl_date=tomorrow)) == set()
    assert ids(exa.search("the bridge", end_crawl_date=tomorrow)) == {"a1", "a2", "a3", "a4", "a5"}


def test_an_answer_cites_its_articles(exa, native):
    answer = exa.answer("which cracks closed the bridge", text=True)
    hits = native("which cracks closed the bridge", limit=5)
    assert answer.answer == hits[0]["highlights"][0]["text"]
    assert [one.id for one in answer.citations] == [hit["article_id"] for hit in hits]
    assert answer.citations[0].text.startswith(hits[0]["text"])


def test_nothing_found_is_no_error(exa):
    assert exa.search("bridge", include_domains=["nowhere.example"]).results == []


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"query": ""}, "query"),
        ({"num_results": 1000}, "numResults"),
        ({"start_published_date": "soon"}, "'soon' is not a date"),
        ({"start_published_date": "2025-02-01", "end_published_date": "2025-01-01"}, "endPublishedDate"),
        ({"category": "company"}, "category"),
        ({"output_schema": {"type": "text"}}, "outputSchema"),
        ({"contents": {"summary": {"query": "why", "schema": {"type": "object"}}}}, "schema"),
    ],
)
def test_what_cannot_be_done_is_an_error_of_the_client(exa, asked, says):
    with pytest.raises(ValueError, match=f"status code 400.*{says}"):
        exa.search(**{"query": "bridge", **asked})


def test_errors_have_the_shape_of_exa(url):
    response = httpx2.post(f"{url}/exa/search", json={})
    assert response.status_code == 400
    assert response.json() == {
        "requestId": response.headers["x-request-id"],
        "error": "query: Field required",
        "tag": "INVALID_REQUEST_BODY",
    }
