"""The inbox: what is acknowledged is kept, in order, once, and by whoever can work on it alone."""

from __future__ import annotations

import json

import pytest
from fakes import CHUNKING, WordEmbedder

from indexer import pipeline
from indexer.deliveries import Indexing, articles_in, removal
from indexer.embedded import open_index
from indexer.inbox import Delivery, InboxFull, Load, Outcome
from indexer.intake import Intake
from indexer.types import Rejected, Report

PLENTY = Load(1000, 10**6)


@pytest.fixture
def index(folder):
    return open_index(folder)


@pytest.fixture
def indexing(index):
    return Indexing(index, WordEmbedder(), CHUNKING)


def handed(*records):
    return Delivery("json", json.dumps(records).encode())


def story(number, body="A storm hit the coast."):
    return {"id": f"a{number}", "title": f"Headline {number}", "body": body}


def put(index, name, *records):
    return index.inbox.put(name, handed(*records), len(records), PLENTY)


def work_off(indexing):
    """Carry out everything that waits, as the service does."""
    inbox = indexing.index.inbox
    while True:
        with inbox.take() as taken:
            if taken is None:
                return
            *_, outcome = indexing.in_turns(*taken)
            inbox.finish(taken[0], outcome)


def body(index, article_id):
    index.refresh()
    return index.snapshot().stored(article_id).article.body


def test_what_waits_is_taken_in_order_as_it_was_handed_in(folder, index):
    for name in ("first", "second"):
        put(index, name, story(1, name))
    inbox = open_index(folder).inbox
    for name in ("first", "second"):
        with inbox.take() as (job, delivery):
            assert (job.id, job.articles, job.outcome) == (name, 1, None)
            assert delivery == handed(story(1, name))
            inbox.finish(job, Outcome(Report(added=1), 7))
    with inbox.take() as taken:
        assert taken is None


def test_only_one_has_a_job_and_it_waits_again_when_let_go(folder, index):
    put(index, "one", story(1))
    other = open_index(folder).inbox
    with index.inbox.take() as mine:
        assert mine
        with other.take() as theirs:
            assert theirs is None
    with other.take() as theirs:
        assert theirs[0] == mine[0]


def test_an_outcome_is_read_as_it_was_written(index):
    job = put(index, "one", story(1))
    outcome = Outcome(Report(added=1, rejected=(Rejected("0", "body: missing", 3),)), 9)
    index.inbox.finish(job, outcome)
    found = index.inbox.job("one")
    assert found.outcome == outcome and found.finished_at is not None
    assert index.inbox.job("two") is None


def test_the_same_name_is_the_same_job(index):
    first = put(index, "one", story(1))
    assert put(index, "one", story(2)) == first
    index.inbox.finish(first, Outcome(Report(), 0))
    assert put(index, "one", story(2)).finished_at is not None
    with index.inbox.take() as taken:
        assert taken is None


@pytest.mark.parametrize("most", [Load(3, 10**6), Load(1000, 150)])
def test_a_full_inbox_keeps_nothing_more_but_always_takes_the_first(index, most):
    three = [story(number) for number in range(3)]
    index.inbox.put("first", handed(*three, *three), 6, most)
    with pytest.raises(InboxFull) as full:
        index.inbox.put("second", handed(*three), 3, most)
    assert 0 < full.value.articles <= 6
    assert index.inbox.job("second") is None


def test_what_was_said_last_counts_though_it_did_not_wait(index, indexing):
    put(index, "old", *(story(number, f"old {number}") for number in range(60)))
    indexing.add(list(articles_in(handed(story(7, "new 7")))), wait=1)
    indexing.remove(["a50"], wait=1)  # not even there yet
    put(index, "later", story(8, "later 8"))
    indexing.add(list(articles_in(handed(story(9, "new 9")))), wait=1)
    work_off(indexing)
    assert [body(index, name) for name in ("a6", "a7", "a8", "a9")] == ["old 6", "new 7", "later 8", "new 9"]
    assert "a50" not in index.store.digests(["a50"])
    report = index.inbox.job("old").outcome.report
    assert (report.added, report.unchanged) == (57, 3)
    assert index.store.bookmarks("overtaken") == {}


def add(index, items):
    pipeline.add(index, WordEmbedder(), items, chunking=CHUNKING)


def take_in(index, items):
    Intake(index, WordEmbedder(), CHUNKING).add(items)


@pytest.mark.parametrize("write", [add, take_in], ids=["add", "watch and feeds"])
def test_what_waits_does_not_undo_what_was_written_since(index, indexing, write):
    indexing.add(list(articles_in(handed(story(1, "old 1")))), wait=1)
    put(index, "waiting", *(story(number, f"waited {number}") for number in range(4)))
    write(index, list(articles_in(handed(story(1, "old 1"), story(2, "new 2")))))
    put(index, "later", story(3, "later 3"))
    work_off(indexing)
    assert [body(index, f"a{number}") for number in range(4)] == ["waited 0", "waited 1", "new 2", "later 3"]


@pytest.mark.parametrize(
    "remove", [pipeline.remove, lambda index, ids: Intake(index, WordEmbedder(), CHUNKING).remove(ids)]
)
def test_what_waits_does_not_bring_back_what_was_removed_since(index, indexing, remove):
    indexing.add(list(articles_in(handed(story(1)))), wait=1)
    put(index, "waiting", story(1, "again"), story(2))
    remove(index, ["a1"])
    work_off(indexing)
    assert set(index.store.digests(["a1", "a2"])) == {"a2"}


def test_a_removal_that_waits_takes_out_what_came_before_it(index, indexing):
    put(index, "articles", story(1), story(2))
    index.inbox.put("removal", removal("a1", "a3"), 2, PLENTY)
    work_off(indexing)
    assert set(index.store.digests(["a1", "a2", "a3"])) == {"a2"}
    report = index.inbox.job("removal").outcome.report
    assert (report.removed, [one.origin for one in report.rejected]) == (1, ["a3"])


def test_others_write_between_the_batches_of_a_job(folder, index, indexing):
    put(index, "many", *(story(number) for number in range(100)))
    other = open_index(folder)
    with index.inbox.take() as taken:
        for turn, _ in enumerate(indexing.in_turns(*taken)):
            with other.writing(wait=0):
                assert index.store.sequence_number() == min(100, 32 * (turn + 1))


def test_a_job_left_in_the_middle_is_finished_by_the_next(folder, index, indexing):
    put(index, "many", *(story(number) for number in range(100)))
    with index.inbox.take() as taken:
        turns = indexing.in_turns(*taken)
        next(turns)
        turns.close()
    again = open_index(folder)
    work_off(Indexing(again, WordEmbedder(), CHUNKING))
    again.refresh()
    assert again.snapshot().freshness.articles == 100
    report = again.inbox.job("many").outcome.report
    assert (report.added, report.unchanged) == (68, 32)


@pytest.mark.parametrize(
    ("kind", "content", "places"),
    [
        ("json", b'[{"body": "x"}, {}, {"body": "y"}]', ["0", "1", "2"]),
        ("lines", b'{"body": "x"}\n\nbroken\n{"body": "y"}\n', ["0", "1", "2"]),
        ("lines", b"broken\n" + b'{"body": "y"}', ["0", "1"]),
        ("json", b"\x1f\x8b\x08\x00", ["0"]),
    ],
)
def test_everything_read_says_where_it_stood(kind, content, places):
    assert [item.origin for item in articles_in(Delivery(kind, content))] == places
