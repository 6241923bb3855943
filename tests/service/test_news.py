"""What makes it a search over news, over HTTP: copies, stories, time, corrections, and knowing when nothing answers."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from random import Random

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from service.search import Searcher

GROUNDED = (
    "A ferry with 212 people aboard ran aground off Saltmere on Friday night, the coastguard said. Nobody was hurt. "
    "Tugs from Brackwater pulled the Lady Ottoline free at dawn. Captain Piet Hollander blamed the rudder."
)
FREED = (
    "Two tugs from Brackwater freed the Lady Ottoline, the ferry that ran aground off Saltmere on Friday with 212 "
    "people. Its captain, Piet Hollander, says that the rudder failed."
)
REPAIRED = (
    "The Lady Ottoline, the ferry that ran aground off Saltmere, will be repaired in Brackwater. Captain Piet "
    "Hollander expects a new rudder within days."
)
FINAL = "Eastholm Rovers won the cup on penalties. Goalkeeper Yusuf Brandt saved three of them in the rain."
DAY = "2025-03-20"


def march(day, hour=12):
    return datetime(2025, 3, day, hour, tzinfo=UTC)


def wire(number, publisher, published_at, body=GROUNDED):
    host = publisher.lower()
    return article(number, body, publisher=publisher, url=f"https://{host}.example/{number}", published_at=published_at)


COPIES = [wire(1, "Courier", march(8, 10)), wire(2, "Radio", march(8, 11)), wire(3, "Post", None)]
STORY = [
    wire(1, "Courier", march(8)),
    wire(2, "Radio", march(9), FREED),
    wire(3, "Post", march(8, 13)),
    wire(4, "Radio", march(12), REPAIRED),
]
CUP = wire(9, "Courier", march(9), FINAL)


@pytest.fixture
def searcher(index):
    return Searcher(index, WordEmbedder())


@pytest.fixture
def arrive(index):
    def arrive(*articles):
        pipeline.add(index, WordEmbedder(), arrived(*articles), chunking=CHUNKING)
        index.refresh()

    return arrive


@pytest.fixture
def ask(client):
    def ask(q="ferry aground off Saltmere", **asked):
        response = client.get("/search", params={"q": q, "as_of": DAY, "min_confidence": 0, **asked})
        assert response.status_code == 200, response.text
        return response.json()

    return ask


def ids(answer):
    return [hit["article_id"] for hit in answer["results"]]


def also(hit):
    return [copy["article_id"] for copy in hit["also_published_by"]]


# Copies


def test_copies_fold_into_one_hit_that_says_where_else_they_ran(arrive, ask, client):
    arrive(*COPIES)
    answer = ask()
    (hit,) = answer["results"]
    assert answer["total"] == 1
    assert hit["article_id"] == "a1"
    assert hit["also_published_by"][0] == {
        "article_id": "a2",
        "title": "Headline 2",
        "url": "https://radio.example/2",
        "publisher": {"name": "Radio", "domain": "radio.example"},
        "published_at": "2025-03-08T11:00:00Z",
    }
    for number, publisher in enumerate(["Courier", "Radio", "Post"], 1):
        assert client.get(f"/articles/a{number}").json()["publisher"]["name"] == publisher


def test_an_answer_of_the_past_does_not_tell_of_later_copies(arrive, ask):
    arrive(*COPIES)
    assert also(ask(as_of="2025-03-08T10:30:00Z")["results"][0]) == []
    assert also(ask(as_of="2025-03-08T11:00:00Z")["results"][0]) == ["a2"]
    assert also(ask(as_of="2999-01-01")["results"][0]) == ["a2", "a3"]  # without a date: from when it was indexed


def test_copies_can_be_kept_or_be_all_that_is_wanted(arrive, ask):
    arrive(*COPIES[:2], CUP)
    kept = ask("ferry cup", duplicates="keep")
    assert set(ids(kept)) == {"a1", "a2", "a9"}
    assert {hit["article_id"]: also(hit) for hit in kept["results"]} == {"a1": ["a2"], "a2": ["a1"], "a9": []}
    assert ids(ask("ferry cup", duplicates="only")) == ["a1"]
    assert set(ids(ask("ferry cup"))) == {"a1", "a9"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_earliest_copy_leads_whatever_the_order_of_arrival(arrive, ask, order):
    for place in order:
        arrive(COPIES[place])
    (hit,) = ask(as_of="2999-01-01")["results"]
    assert (hit["article_id"], also(hit)) == ("a1", ["a2", "a3"])


def test_where_a_filter_leaves_out_the_earliest_copy_the_next_one_leads(arrive, ask):
    arrive(*COPIES)
    (hit,) = ask(exclude_publishers="Courier")["results"]
    assert (hit["article_id"], also(hit)) == ("a2", ["a1"])


def test_every_passage_of_the_leading_copy_can_be_a_hit(arrive, ask):
    arrive(*COPIES)
    hits = ask(group_by="passage")["results"]
    assert len(hits) > 1
    assert {hit["article_id"] for hit in hits} == {"a1"}


def test_a_copy_that_changes_its_text_leaves_the_hit(arrive, ask):
    arrive(*COPIES[:2])
    arrive(wire(2, "Radio", march(8, 11), FINAL))
    hits = {hit["article_id"]: also(hit) for hit in ask("ferry cup")["results"]}
    assert hits == {"a1": [], "a2": []}


def test_a_copy_that_is_removed_leaves_the_hit(arrive, ask, index):
    arrive(*COPIES[:2])
    pipeline.remove(index, ["a2"])
    index.refresh()
    assert also(ask()["results"][0]) == []
    pipeline.remove(index, ["a1"])
    arrive(COPIES[1])
    assert ids(ask()) == ["a2"]


# Stories


def test_reports_of_one_event_are_one_story(arrive, ask):
    arrive(*STORY, CUP)
    stories = {hit["article_id"]: hit["story_id"] for hit in ask("ferry cup", duplicates="keep")["results"]}
    assert len(stories) == 5
    assert {name for name, story in stories.items() if story == stories["a1"]} == {"a1", "a2", "a3", "a4"}


def test_a_story_is_told_in_order_with_its_publishers_and_copies(arrive, ask, client):
    arrive(*reversed(STORY), CUP)
    story = client.get(f"/stories/{ask()['results'][0]['story_id']}").json()
    assert story["title"] == "Headline 1"
    assert (story["first_published_at"], story["last_published_at"]) == ("2025-03-08T12:00:00Z", "2025-03-12T12:00:00Z")
    assert story["publishers"] == ["Courier", "Post", "Radio"]
    assert [report["article_id"] for report in story["timeline"]] == ["a1", "a2", "a4"]
    assert [also(report) for report in story["timeline"]] == [["a3"], [], []]
    assert story["timeline"][0]["url"] == "https://courier.example/1"


def test_a_story_keeps_its_id_when_later_reports_join(arrive, ask, client):
    arrive(STORY[0])
    (first,) = ask()["results"]
    arrive(*STORY[1:])
    arrive(wire(1, "Courier", march(8), f"{GROUNDED} An inquiry will follow."))
    assert {hit["story_id"] for hit in ask(duplicates="keep")["results"]} == {first["story_id"]}
    assert len(client.get(f"/stories/{first['story_id']}").json()["timeline"]) == 3


def test_what_is_under_embargo_or_removed_is_not_told(arrive, ask, client, index):
    arrive(*STORY, article(8, REPAIRED, embargo_until=datetime(2999, 1, 1, tzinfo=UTC)))
    story_id = ask()["results"][0]["story_id"]
    pipeline.remove(index, ["a4"])
    index.refresh()
    told = [report["article_id"] for report in client.get(f"/stories/{story_id}").json()["timeline"]]
    assert told == ["a1", "a2"]
    pipeline.remove(index, ["a1", "a2", "a3"])
    index.refresh()
    assert client.get(f"/stories/{story_id}").status_code == 404


def test_an_unknown_story_is_a_problem(client):
    response = client.get("/stories/0123456789abcdef")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "There is no story '0123456789abcdef' in this index."


def test_one_story_or_publisher_can_be_kept_from_filling_the_page(arrive, ask):
    arrive(*STORY, CUP)
    everything = ask("ferry cup")
    assert len(everything["results"]) == 4
    one_each = ask("ferry cup", max_per_story=1)
    assert len(one_each["results"]) == one_each["total"] == 2
    assert one_each["results"][0] == everything["results"][0]
    publishers = [hit["publisher"]["name"] for hit in ask("ferry cup", max_per_publisher=1)["results"]]
    assert sorted(publishers) == ["Courier", "Radio"]
    assert len(ask("ferry cup", max_per_story=2, max_per_publisher=2)["results"]) == 3


@pytest.mark.parametrize("limit", [1, 9])
@pytest.mark.parametrize("asked", [{}, {"group_by": "passage"}, {"recency": "7d"}, {"max_per_publisher": 9}])
def test_pages_hold_every_hit_once_however_deep(arrive, ask, asked, limit):
    """More passages than are looked at for a first page, of articles of all lengths and ages."""
    chance = Random(7)
    told = [f"thing{number}" for number in range(90)] + ["ferry", "storm", "captain"] * 5
    sentences = [" ".join(chance.choices(told, k=19)) + "." for _ in range(400)]
    bodies = [" ".join(chance.sample(sentences, chance.randint(1, 6))) for _ in range(120)]
    arrive(*(wire(n, f"Paper {n % 12}", march(1 + n % 20), body) for n, body in enumerate(bodies)))
    pages, offset = [], 0
    while offset is not None:
        answer = ask("the ferry captain and the storm", limit=limit, offset=offset, **asked)
        pages += [hit["id"] for hit in answer["results"]]
        offset = answer["next_offset"]
    assert len(pages) == len(set(pages)) == answer["total"]
    least = {"group_by": 400, "max_per_publisher": 12 * 9}
    assert len(pages) >= next((least[name] for name in asked if name in least), 120)


# Time


AGED = [wire(number, "Courier", march(day), body) for number, day, body in [(1, 2, FREED), (2, 12, GROUNDED)]]


def test_plain_time_words_filter_and_say_so(arrive, ask):
    arrive(*AGED)
    answer = ask("ferry aground last week")
    assert ids(answer) == ["a2"]
    assert answer["understood"] == {
        "text": "last week",
        "start": "2025-03-10T00:00:00Z",
        "end": "2025-03-16T23:59:59Z",
        "filtered": True,
    }


def test_time_words_can_be_ignored(arrive, ask):
    arrive(*AGED)
    answer = ask("ferry aground last week", parse_time=False)
    assert (sorted(ids(answer)), answer["understood"]) == (["a1", "a2"], None)


@pytest.mark.parametrize(
    ("dates", "found"), [({"published_to": "2025-03-05"}, ["a1"]), ({"published_from": "2025-01-01"}, ["a1", "a2"])]
)
def test_dates_that_are_given_win_over_time_words(arrive, ask, dates, found):
    arrive(*AGED)
    answer = ask("ferry aground last week", **dates)
    assert sorted(ids(answer)) == found
    assert answer["understood"]["filtered"] is False


def test_words_that_are_no_plain_period_are_a_preference(arrive, ask):
    arrive(*AGED)
    answer = ask("ferry aground this month", as_of="2025-03-20", recency="off")
    assert answer["understood"]["filtered"] is False
    assert {hit["scores"]["period"] for hit in answer["results"]} == {1.0}
    answer = ask("ferry aground this week", as_of="2025-03-14", recency="off")
    assert {hit["article_id"]: hit["scores"]["period"] for hit in answer["results"]} == {"a1": 0.75, "a2": 1.0}


def test_where_nothing_was_published_then_other_times_are_searched(arrive, ask):
    arrive(AGED[0])
    answer = ask("ferry aground last week")
    assert ids(answer) == ["a1"]
    assert answer["understood"]["filtered"] is False
    assert answer["results"][0]["scores"]["period"] == 0.75
    assert answer["warnings"] == ["Nothing was published at the time the question names, so other times were searched."]


def test_filters_that_leave_nothing_at_any_time_say_so(arrive, ask):
    arrive(*AGED)
    answer = ask("ferry aground last week", publishers="nobody")
    assert (answer["results"], answer["warnings"]) == ([], ["No article passes these filters."])


def test_an_empty_index_says_only_that(ask):
    assert ask("ferry aground last week")["warnings"] == ["The index is empty. Add articles with: dateline add PATH..."]


def test_nothing_published_after_as_of_answers(arrive, ask):
    arrive(*STORY)
    assert set(ids(ask(as_of="2025-03-09", duplicates="keep"))) == {"a1", "a2", "a3"}
    assert ids(ask(as_of="2025-03-07")) == []
    asked = datetime.fromisoformat(ask(as_of="2025-03-09T08:00:00+02:00")["as_of"])
    assert asked == march(9, 6)


def test_a_moment_to_come_is_now(ask):
    asked = datetime.fromisoformat(ask(as_of="2999-01-01")["as_of"])
    assert asked <= datetime.now(UTC)


def test_age_counts_as_much_as_is_asked(arrive, ask):
    arrive(wire(1, "Courier", march(6)), wire(2, "Radio", None, FREED))
    asked_at = "2025-03-20T12:00:00Z"  # 14 days after
    off = ask(as_of=asked_at, recency="off")
    assert off["recency_weight"] == 0
    assert all(hit["scores"]["recency"] == 1 for hit in off["results"])
    for recency, factor in [("14d", 0.75), ("7d", 0.625), ("336h", 0.75), ("14", 0.75)]:
        answer = ask(as_of=asked_at, recency=recency)
        assert answer["recency_weight"] == 0.5
        assert answer["results"][0]["scores"]["recency"] == pytest.approx(factor)
        assert answer["results"][0]["score"] == pytest.approx(off["results"][0]["score"] * factor)


def test_what_is_asked_for_as_new_comes_first(arrive, ask):
    arrive(wire(1, "Courier", datetime(2024, 3, 1, tzinfo=UTC)), wire(2, "Courier", march(20), FREED))
    assert ids(ask("ferry aground off Saltmere coastguard said", recency="off")) == ["a1", "a2"]
    answer = ask("latest: ferry aground off Saltmere coastguard said")
    assert (ids(answer), answer["recency_weight"]) == (["a2", "a1"], 0.5)


# Explanations, confidence, corrections


@pytest.mark.parametrize("question", ["ferry aground", "latest ferry aground", "ferry aground this week", "zebra", "?"])
@pytest.mark.parametrize("asked", [{}, {"recency": "off"}, {"recency": "3d"}, {"group_by": "passage"}])
def test_the_points_of_an_explanation_add_up_to_the_score(arrive, ask, question, asked):
    arrive(*STORY, CUP, article(7, REPAIRED, published_at=None))
    hits = ask(question, explain=True, **asked)["results"]
    assert hits
    for hit in hits:
        assert sum(step["points"] for step in hit["explanation"]) == pytest.approx(hit["score"], abs=1e-6)
        assert {"vector", "words"} <= {step["part"] for step in hit["explanation"]}
        assert all(step["because"] for step in hit["explanation"])


def test_an_explanation_says_what_took_points(arrive, ask):
    arrive(*AGED)
    hits = ask("ferry aground this week", as_of="2025-03-14", explain=True)["results"]
    (old,) = (hit for hit in hits if hit["article_id"] == "a1")
    taken = {step["part"]: step["because"] for step in old["explanation"] if step["points"] < 0}
    assert set(taken) == {"recency", "period"}
    assert taken["recency"].endswith("as it was published 2025-03-02")
    assert "explanation" in ask()["results"][0] and ask()["results"][0]["explanation"] == []


def test_where_nothing_answers_there_are_no_hits(arrive, ask, client):
    arrive(*STORY, CUP)
    asked = {"q": "quantum chromodynamics", "as_of": "2026-03-20"}
    answer = client.get("/search", params=asked).json()
    assert answer["no_answer"] is True
    assert (answer["results"], answer["next_offset"]) == ([], None)
    assert 0 < answer["confidence"] < 0.05
    assert answer["total"] > 0
    assert client.get("/search", params={"q": "ferry aground off Saltmere"}).json()["no_answer"] is False
    shown = ask(asked["q"], as_of=asked["as_of"])
    assert (shown["no_answer"], bool(shown["results"])) == (False, True)
    assert shown["confidence"] == answer["confidence"]


def test_nothing_is_certain(arrive, ask):
    arrive(*STORY)
    answer = ask(min_confidence=1)
    assert (answer["no_answer"], answer["results"]) == (True, [])
    assert 0.5 < answer["confidence"] < 1


def test_a_better_answer_is_a_surer_one(arrive, ask):
    arrive(*STORY, CUP)
    assert ask("ferry aground off Saltmere")["confidence"] > ask("ferry prices in Norway")["confidence"]


def test_copies_of_the_best_hit_do_not_make_it_less_sure(arrive, ask):
    arrive(COPIES[0], CUP)
    alone = ask("ferry aground", recency="off")["confidence"]
    arrive(COPIES[1])
    assert ask("ferry aground", recency="off")["confidence"] > alone - 0.05


def test_a_corrected_article_says_what_was_wrong(arrive, ask, client):
    arrive(wire(1, "Courier", march(8)))
    corrected = {"status": "corrected", "correction": "There were 121 people, not 212.", "updated_at": march(9)}
    arrive(article(1, GROUNDED.replace("212", "121"), **corrected))
    (hit,) = ask()["results"]
    assert (hit["status"], hit["correction"], hit["version"]) == ("corrected", "There were 121 people, not 212.", 2)
    assert "121 people" in client.get("/articles/a1").json()["body"]
