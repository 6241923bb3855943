"""Tavily's own clients against the service."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime

import pytest
from requests import HTTPError
from tavily import AsyncTavilyClient, BadRequestError, TavilyClient


@pytest.fixture
def client(url):
    with TavilyClient("any", api_base_url=f"{url}/tavily") as client:
        yield client


def urls(answer):
    return {one["url"] for one in answer["results"]}


def test_the_same_question_has_the_same_hits_as_search(client, native):
    answer = client.search("why was the bridge closed", max_results=10)
    hits = native("why was the bridge closed", limit=10)
    assert [one["content"] for one in answer["results"]] == [hit["text"] for hit in hits]
    assert [one["title"] for one in answer["results"]] == [hit["title"] for hit in hits]
    assert [one["score"] for one in answer["results"]] == pytest.approx([hit["score"] for hit in hits], rel=1e-3)
    assert answer["query"] == "why was the bridge closed"
    assert (answer["answer"], answer["images"], answer["follow_up_questions"]) == (None, [], None)
    assert answer["response_time"] > 0


def test_the_client_that_waits_has_the_same_hits(client, url):
    async def ask():
        async with AsyncTavilyClient("any", api_base_url=f"{url}/tavily") as waiting:
            return await waiting.search("bridge")

    assert asyncio.run(ask())["results"] == client.search("bridge")["results"]


def test_a_key_is_not_needed(url, monkeypatch):
    monkeypatch.delenv("TAVILY_API_KEY", raising=False)
    with TavilyClient(api_base_url=f"{url}/tavily") as client:
        assert client.search("bridge")["results"]
        with pytest.raises(BadRequestError, match="query"):
            client.search("")


def test_dates_are_written_as_in_mail(client):
    (first,) = client.search("why was the bridge closed", max_results=1)["results"]
    assert first["published_date"] == "Sat, 01 Mar 2025 00:00:00 GMT"
    assert parsedate_to_datetime(first["published_date"]).year == 2025


def test_an_article_without_a_url_is_linked_here(client, url):
    (german,) = client.search("bridge Brücke", filter_by_language=True, language="de")["results"]
    assert (german["url"], german["published_date"]) == (f"{url}/articles/a3", None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"include_domains": ["https://www.post.example/"]}, {"https://post.example/2"}),
        ({"include_domains": ["post.example"], "exclude_domains": ["post.example"]}, set()),
        ({"time_range": "week"}, {"https://www.gazette.example/5"}),
        ({"time_range": "d"}, set()),
        ({"topic": "news", "days": 3}, {"https://www.gazette.example/5"}),
        ({"topic": "news", "days": 1}, set()),
        ({"start_date": "2025-03-02"}, {"https://www.gazette.example/5"}),
        ({"end_date": "2025-02-28"}, set()),
        ({"exact_match": True, "query": '"found CRACKS, in" bridge'}, {"https://www.gazette.example/1"}),
        ({"exact_match": True, "query": "bridge opened again"}, {"https://www.gazette.example/5"}),
        ({"exact_match": True, "query": '"bridge ope"'}, set()),
    ],
)
def test_filters_are_honoured(client, asked, found):
    assert urls(client.search(**{"query": "the bridge", "max_results": 10, **asked})) == found


@pytest.mark.filterwarnings("ignore:qna_search is deprecated:DeprecationWarning")
def test_days_that_clients_send_for_every_topic_leave_an_archive_whole(client, native):
    (best,) = native("why was the bridge closed", limit=1)
    assert client.search("why was the bridge closed", topic="general", days=7)["results"][0]["content"] == best["text"]
    assert client.qna_search("why was the bridge closed") == "The harbour bridge was closed on Monday."


def test_texts_answers_and_usage_on_request(client, native):
    asked = {"include_answer": "advanced", "include_raw_content": "text", "include_usage": True}
    answer = client.search("which cracks closed the bridge", **asked)
    hit = native("which cracks closed the bridge")[0]
    assert answer["answer"] == hit["highlights"][0]["text"]
    assert answer["results"][0]["raw_content"].startswith(hit["text"])
    assert answer["usage"] == {"credits": 0}


def test_no_answer_where_nothing_is_found(client):
    answer = client.search("bridge", include_domains=["nowhere.example"], include_answer=True)
    assert (answer["results"], answer["answer"]) == ([], None)


def test_fields_without_a_meaning_here_are_taken(client):
    plain = client.search("bridge")["results"]
    asked = {"search_depth": "advanced", "country": "sweden", "auto_parameters": True, "include_images": True}
    assert client.search("bridge", include_favicon=True, chunks_per_source=2, colour="red", **asked)["results"] == plain


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"query": " "}, "query: the question is empty"),
        ({"max_results": 0}, "max_results"),
        ({"start_date": "yesterday"}, "start_date: 'yesterday' is not a date"),
        ({"start_date": "2025-02-01", "end_date": "2025-01-01"}, "start_date, end_date"),
        ({"start_date": "2025-02-01", "time_range": "day"}, "time_range"),
        ({"time_range": "decade"}, "time_range"),
        ({"include_domains": ["*.example"]}, "not a whole domain"),
        ({"include_domains_mode": "prefer"}, "include_domains_mode"),
        ({"filter_by_language": True}, "say in which language"),
        ({"query": "x" * 3000}, "at most 2000"),
    ],
)
def test_what_cannot_be_done_is_a_bad_request(client, asked, says):
    with pytest.raises(BadRequestError, match=says.replace("*", r"\*")):
        client.search(**{"query": "bridge", **asked})


def test_what_is_not_served_is_an_error_of_the_client(client):
    with pytest.raises(HTTPError, match="404"):
        client.extract("https://www.gazette.example/1")
