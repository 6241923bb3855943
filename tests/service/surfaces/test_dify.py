"""What Dify asks an external knowledge base, and what it reads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

ALL = {"a1", "a2", "a3", "a4", "a5"}
DATED = ALL - {"a3"}
FIRST_OF_MARCH = datetime(2025, 3, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def retrieve(post):
    def retrieve(question="the bridge", knowledge="news", threshold=0.0, top_k=10, **metadata_condition):
        content = {
            "knowledge_id": knowledge,
            "query": question,
            "retrieval_setting": {"top_k": top_k, "score_threshold": threshold},
            "metadata_condition": metadata_condition or None,
        }
        return post("/dify/retrieval", content)

    return retrieve


def condition(name, operator, value=None):
    return {"name": name, "comparison_operator": operator, "value": value}


def ids(response):
    assert response.status_code == 200, response.text
    return {one["metadata"]["article_id"] for one in response.json()["records"]}


def test_the_same_question_has_the_same_hits_as_search(retrieve, native):
    records = retrieve("why was the bridge closed").json()["records"]
    hits = native("why was the bridge closed")
    assert [one["content"] for one in records] == [hit["text"] for hit in hits]
    assert [one["title"] for one in records] == [hit["title"] for hit in hits]
    assert [one["score"] for one in records] == pytest.approx([hit["score"] for hit in hits], rel=1e-3)
    first = records[0]["metadata"]
    assert (first["passage_id"], first["url"]) == (hits[0]["id"], hits[0]["url"])
    assert (first["char_start"], first["char_end"]) == (hits[0]["char_start"], hits[0]["char_end"])


def test_metadata_never_holds_null(retrieve):
    records = retrieve("bridge Brücke").json()["records"]
    assert all(value is not None for one in records for value in one["metadata"].values())
    (german,) = [one for one in records if one["metadata"]["article_id"] == "a3"]
    assert {"publisher", "published_at"}.isdisjoint(german["metadata"])


def test_saved_filters_are_knowledge_too(retrieve):
    assert ids(retrieve(knowledge="sport")) == {"a4"}


def test_scores_under_the_threshold_are_left_out(retrieve):
    best, *_ = retrieve().json()["records"]
    assert [one["score"] for one in retrieve(threshold=best["score"]).json()["records"]] == [best["score"]]
    assert retrieve(threshold=1.0).json() == {"records": []}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (condition("publisher", "is", "gazette"), {"a1", "a4", "a5"}),
        (condition("publisher", "is not", "Gazette"), {"a2", "a3"}),
        (condition("publisher", "in", ["Gazette", "Post"]), DATED),
        (condition("publisher", "not in", ["Gazette", "Post"]), {"a3"}),
        (condition("language", "is", "de"), {"a3"}),
        (condition("language", "is not", "en"), {"a3"}),
        (condition("authors", "contains", "Jo Berg"), {"a1"}),
        (condition("authors", "not contains", "Jo Berg"), ALL - {"a1"}),
        (condition("categories", "contains", "sport"), {"a4"}),
        (condition("article_id", "in", ["a2", "a6"]), {"a2"}),
        (condition("published_at", "after", "2025-03-01"), {"a5"}),
        (condition("published_at", "≥", "2025-03-01"), DATED),
        (condition("published_at", ">", FIRST_OF_MARCH), {"a5"}),
        (condition("published_at", "≥", FIRST_OF_MARCH), DATED),
        (condition("published_at", "before", "2025-03-01"), set()),
        (condition("published_at", "≤", "2025-03-01"), DATED - {"a5"}),
        (condition("published_at", "is", "2025-03-01"), DATED - {"a5"}),
        (condition("published_at", "<", "2025-03-01T00:00:01Z"), DATED - {"a5"}),
        (condition("published_at", "not empty"), DATED),
    ],
)
def test_a_condition_leaves_exactly_what_it_says(retrieve, asked, found):
    assert ids(retrieve(conditions=[asked])) == found


def test_conditions_are_joined_by_and_or_or(retrieve):
    conditions = [condition("language", "is", "de"), condition("authors", "contains", "Al Ek")]
    assert ids(retrieve(conditions=conditions)) == set()
    assert ids(retrieve(conditions=conditions, logical_operator="or")) == {"a3", "a4"}
    later = [condition("published_at", "before", "2025-01-01"), condition("published_at", "after", "2025-06-01")]
    assert ids(retrieve(conditions=later)) == set()
    assert ids(retrieve(conditions=later, logical_operator="or")) == {"a5"}
    assert ids(retrieve(logical_operator="and", conditions=None)) == ALL


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (condition("colour", "is", "red"), "no field 'colour'; there are publisher, authors"),
        (condition("publisher", "start with", "Gaz"), "'start with' cannot be done on publisher; it takes 'is'"),
        (condition("publisher", "contains", "Gaz"), "cannot be done"),
        (condition("published_at", "is not", "2025-03-01"), "cannot be done on published_at"),
        (condition("published_at", "after", "soon"), "'soon' is not a date"),
        (condition("published_at", "after", 1e30), "metadata_condition"),
        (condition("published_at", "after"), "needs one date"),
        (condition("published_at", "after", "9999-12-31"), "metadata_condition"),
        (condition("publisher", "is"), "needs a text"),
        (condition("publisher", "in", []), "needs a text"),
        (condition("publisher", "is", 7), "needs a text"),
        (condition("publisher", "resembles", "Gazette"), "comparison_operator"),
    ],
)
def test_what_cannot_be_said_exactly_is_refused(retrieve, asked, says):
    response = retrieve(conditions=[asked])
    assert response.status_code == 400
    assert response.json()["error_code"] == 400
    assert says in response.json()["error_msg"]


def test_unknown_knowledge_has_the_code_of_dify(retrieve):
    response = retrieve(knowledge="weather")
    assert (response.status_code, response.json()["error_code"]) == (404, 2001)
    assert "'weather'" in response.json()["error_msg"] and "news, sport" in response.json()["error_msg"]


def test_the_question_with_which_dify_tries_an_endpoint_is_no_404(post):
    response = post("/dify/retrieval", None)
    assert response.status_code == 400
    assert response.json()["error_code"] == 400
