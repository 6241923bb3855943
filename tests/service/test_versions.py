"""An article over time: what readers are shown of its earlier versions."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article
from invented import add
from starlette.testclient import TestClient

from indexer import Filter, Withdrawn, pipeline
from service.app import create_app
from service.running import Running
from service.search import Searcher

DAY = [datetime(2025, 3, number, tzinfo=UTC) for number in range(1, 32)]
FIRST = article(1, "The bridge is open. Ten people crossed it. It is 40 m long.", published_at=DAY[0])
SECOND = article(
    1,
    "The bridge is open. Two people crossed it. It is 40 m long. More follows.",
    title="Two crossed the bridge",
    published_at=DAY[0],
    updated_at=DAY[4],
    status="corrected",
    correction="Two people crossed it, not ten.",
)


@pytest.fixture
def ask(index):
    add(index, [FIRST])
    add(index, [SECOND])
    searcher = Searcher(index, WordEmbedder())
    with TestClient(create_app(Running(lambda: searcher))) as client:
        while client.get("/readyz").status_code == 503:
            pass

        def get(path, status=200, **parameters):
            response = client.get(path, params=parameters)
            assert response.status_code == status, response.text
            return response.json()

        yield get


def test_versions_are_listed_with_what_changed(ask):
    first, second = ask("/articles/a1/versions")["versions"]
    assert (first["version"], first["changes"], first["added"], first["removed"]) == (1, [], [], [])
    assert (first["valid_from"], first["valid_to"]) == ("2025-03-01T00:00:00Z", "2025-03-05T00:00:00Z")
    assert (second["valid_from"], second["valid_to"], second["corrected_at"]) == (
        "2025-03-05T00:00:00Z",
        None,
        "2025-03-05T00:00:00Z",
    )
    assert {one["field"]: (one["before"], one["after"]) for one in second["changes"]} == {
        "title": ("Headline 1", "Two crossed the bridge"),
        "status": ("usable", "corrected"),
        "correction": (None, "Two people crossed it, not ten."),
        "updated_at": (None, "2025-03-05T00:00:00Z"),
    }
    assert [one["text"] for one in second["removed"]] == ["Ten people crossed it."]
    assert [one["text"] for one in second["added"]] == ["Two people crossed it.", "More follows."]
    for sentence, body in [(one, SECOND.body) for one in second["added"]] + [
        (one, FIRST.body) for one in second["removed"]
    ]:
        assert sentence["text"] == body[sentence["char_start"] : sentence["char_end"]]


@pytest.mark.parametrize(("asked", "body"), [({"version": 1}, FIRST), ({"version": 2}, SECOND), ({}, SECOND)])
def test_a_version_is_read_by_its_number(ask, asked, body):
    found = ask("/articles/a1", **asked)
    assert found["body"] == body.body
    for passage in found["passages"]:
        assert passage["text"] == body.body[passage["char_start"] : passage["char_end"]]


@pytest.mark.parametrize(("as_of", "number"), [("2025-03-02", 1), ("2025-03-04T23:59:59Z", 1), ("2025-03-05", 2)])
def test_an_article_is_read_as_it_stood(ask, as_of, number):
    assert ask("/articles/a1", as_of=as_of)["version"] == number
    (hit,) = ask("/search", q="How many people crossed the bridge?", as_of=as_of)["results"]
    assert hit["version"] == number
    assert hit["text"] == (FIRST, SECOND)[number - 1].body[hit["char_start"] : hit["char_end"]]


def test_the_index_says_what_it_knew(ask):
    before = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    question = {"q": "How many people crossed the bridge?"}
    assert ask("/search", **question, known_at=before)["results"] == []
    (hit,) = ask("/search", **question, known_at=datetime.now(UTC).isoformat())["results"]
    assert hit["version"] == 2


def test_what_has_been_learned_since_is_not_told(index, ask):
    text = (
        "A man of 80 crossed the long bridge at Saltmere on Friday night in ten minutes, the coastguard said. Nobody"
        " else was on it. Captain Piet Hollander had watched him from his tug, the Lady Ottoline, and called it folly."
    )
    add(index, [article(7, text, published_at=DAY[3])])
    time.sleep(1.1)  # the index knows times to the second
    known_at = datetime.now(UTC).isoformat()
    time.sleep(1.1)

    def found(**asked):
        return ask("/search", q="Whom did Captain Hollander watch from his tug?", **asked)["results"][0]

    add(index, [article(8, text, published_at=DAY[2])])
    assert (found()["article_id"], found()["also_published_by"][0]["article_id"]) == ("a8", "a7")
    assert (found(known_at=known_at)["article_id"], found(known_at=known_at)["also_published_by"]) == ("a7", [])
    add(index, [article(7, "A man ran across it.", published_at=DAY[3], updated_at=DAY[9])])
    assert (found(as_of=DAY[5].isoformat(), duplicates="keep", article_ids="a7"))["valid_to"] == "2025-03-10T00:00:00Z"
    assert (found(known_at=known_at)["version"], found(known_at=known_at)["valid_to"]) == (1, None)


def test_a_citation_names_the_version_it_stands_in(ask):
    answer = ask("/ask", q="How many people crossed the bridge?", as_of="2025-03-02")
    (citation,) = answer["sentences"][0]["citations"]
    assert citation["version"] == 1
    body = ask("/articles/a1", version=1)["body"]
    assert body[citation["char_start"] : citation["char_end"]] == citation["text"]


def test_a_correction_is_told_with_its_time(ask):
    (hit,) = ask("/search", q="How many people crossed the bridge?")["results"]
    assert (hit["status"], hit["correction"]) == ("corrected", "Two people crossed it, not ten.")
    assert hit["corrected_at"] == "2025-03-05T00:00:00Z"


def test_what_was_never_there_is_said(ask):
    assert "no version 3" in ask("/articles/a1", status=404, version=3)["detail"]
    assert "2025-02-28" in ask("/articles/a1", status=404, as_of="2025-02-28")["detail"]
    assert "no article 'b1'" in ask("/articles/b1/versions", status=404)["detail"]


def test_what_was_withdrawn_shows_in_no_version(index, ask):
    add(index, [article(1, SECOND.body, status="withdrawn", correction="None of it happened.", updated_at=DAY[9])])
    for path in ("/articles/a1", "/articles/a1/versions"):
        assert "None of it happened." in ask(path, status=410)["detail"]
    ask("/articles/a1", status=410, version=1)
    for day in (DAY[1], DAY[6], DAY[20]):
        assert ask("/search", q="bridge", as_of=day.isoformat())["results"] == []


def test_an_embargo_lifts_by_itself(index, ask):
    soon = datetime.now(UTC) + timedelta(seconds=2)
    add(index, [article(2, "A zeppelin has landed.", embargo_until=soon, published_at=DAY[0])])
    seen = []
    while not seen or datetime.now(UTC) < soon + timedelta(seconds=1.5):
        asked_at = datetime.now(UTC)
        seen.append((asked_at, bool(ask("/search", q="Has a zeppelin landed?")["results"])))
    assert seen[-1][1]
    assert all(asked_at >= soon - timedelta(seconds=1) for asked_at, shown in seen if shown)


def test_an_updated_article_costs_embeddings_only_for_what_changed(index, ask):
    embedder = WordEmbedder()
    longer = article(3, " ".join(f"Sentence {n} of a long report on the ferry." for n in range(40)))
    pipeline.add(index, embedder, arrived(longer), chunking=CHUNKING)
    made, embedder = embedder.embedded, WordEmbedder()
    changed = article(3, longer.body.replace("Sentence 20 of", "Sentence twenty of"))
    report = pipeline.add(index, embedder, arrived(changed), chunking=CHUNKING)
    assert 0 < embedder.embedded == report.embedded <= 2 < made


def test_a_version_and_a_time_cannot_both_be_asked_for(ask):
    problem = ask("/articles/a1", 422, version=1, as_of="2025-03-02")
    assert problem["detail"] == "version, as_of: either one or the other can be asked for."


def test_what_was_withdrawn_since_a_state_of_the_index_does_not_show_in_it(index, ask):
    snapshot = index.snapshot()
    taken_back = article(1, SECOND.body, status="withdrawn", correction="None of it happened.", updated_at=DAY[9])
    pipeline.add(index, WordEmbedder(), arrived(taken_back), chunking=CHUNKING)
    with pytest.raises(Withdrawn):
        snapshot.versions("a1", datetime.now(UTC))
    (key,) = snapshot.words.nearest("ten people", 1, Filter(DAY[1])).keys.tolist()
    assert snapshot.passages([key])[0].source.closed(datetime.now(UTC))
