"""The pipeline: what is stored, what is embedded, what is reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from indexer.embedded import create, open_index
from indexer.types import Rejected, Report

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG = " ".join(f"Sentence {n} tells of storm number {n} and the harbour." for n in range(20))


@pytest.fixture
def index(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return open_index(tmp_path / "index")


@pytest.fixture
def embedder():
    return WordEmbedder()


@pytest.fixture
def add(index, embedder):
    def add(*articles, **options):
        report = pipeline.add(index, embedder, arrived(*articles), chunking=CHUNKING, **options)
        index.refresh()
        return report

    return add


def test_the_report_counts_articles_and_passages(add, index):
    report = add(article(1, LONG), Rejected("x.json", "broken", 7), article(2))
    passages = index.snapshot().freshness.passages
    assert report == Report(added=2, passages=passages, embedded=passages, rejected=(Rejected("x.json", "broken", 7),))


def test_adding_the_same_twice_does_nothing_and_embeds_nothing(add, index, embedder):
    add(article(1, LONG), article(2))
    embedded, number = embedder.embedded, index.store.sequence_number()
    assert add(article(1, LONG), article(2)) == Report(unchanged=2)
    assert (embedder.embedded, index.store.sequence_number()) == (embedded, number)


def test_a_changed_article_replaces_itself_and_keeps_the_embeddings_it_can(add, index):
    first = add(article(1, LONG))
    changed = add(article(1, LONG + " One more sentence ends it."))
    assert (changed.updated, changed.added) == (1, 0)
    assert 0 < changed.embedded <= 2 < first.embedded
    assert index.snapshot().article("a1", NOW).version == 2


def test_new_metadata_alone_embeds_nothing(add, index, embedder):
    add(article(1, LONG))
    embedded = embedder.embedded
    report = add(article(1, LONG, publisher="Morning Post"))
    assert (report.updated, report.embedded, embedder.embedded) == (1, 0, embedded)
    assert index.snapshot().article("a1", NOW).article.publisher == "Morning Post"


def test_a_new_headline_embeds_again_because_headlines_are_embedded(add):
    first = add(article(1, LONG))
    assert add(article(1, LONG, title="Another headline")).embedded == first.embedded


def test_embeddings_that_were_kept_equal_those_made_anew(add, index, tmp_path, embedder):
    add(article(1, LONG))
    add(article(1, LONG + " The end."))
    create(tmp_path / "other", WordEmbedder.model, CHUNKING)
    other = open_index(tmp_path / "other")
    pipeline.add(other, embedder, arrived(article(1, LONG + " The end.")), chunking=CHUNKING)
    one, two = index.store.embeddings("a1"), other.store.embeddings("a1")
    assert one.keys() == two.keys()
    assert all((one[text] == two[text]).all() for text in one)


def test_an_id_used_twice_in_a_run_is_rejected_unless_it_says_the_same(add, index):
    report = add(article(1, "First text."), article(1, "Second text."), article(1, "First text."))
    assert (report.added, report.unchanged, len(report.rejected)) == (1, 1, 1)
    assert (report.rejected[0].origin, report.rejected[0].line) == ("test.jsonl", 2)
    assert report.rejected[0].reason.startswith("id: 'a1' is another article's, at test.jsonl:1; give each its own")
    assert index.snapshot().article("a1", NOW).article.body == "First text."


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_several_versions_in_a_run_the_latest_counts_whatever_their_order(add, index, order):
    versions = [article(1, "First text.")]
    versions += [article(1, f"Version {n}.", updated_at=datetime(2025, 3, 1, n, tzinfo=UTC)) for n in (1, 2)]
    report = add(*(versions[place] for place in order))
    assert report.rejected == ()
    assert index.snapshot().article("a1", NOW).article.body == "Version 2."


def test_a_date_that_lies_far_ahead_hides_no_article(add, index):
    add(article(1, published_at=datetime(2150, 1, 1, tzinfo=UTC)))
    stored = index.snapshot().article("a1", datetime.now(UTC) + timedelta(minutes=1)).article
    assert (stored.published_at, stored.date_confidence) == (None, "low")


def test_an_article_of_which_cleaning_leaves_nothing_is_rejected(add):
    report = add(article(1, "\u200b \ufeff\n"))
    assert report.added == 0
    assert report.rejected[0].reason.startswith("body:")


def test_a_body_of_five_megabytes_is_indexed(add, index):
    body = " ".join(f"Sentence {n} tells of storm number {n} and of the harbour." for n in range(90_000))
    assert len(body) > 5_000_000
    report = add(article(1, body))
    assert report.added == 1
    assert index.snapshot().freshness.passages == report.passages > 10_000


def test_every_batch_is_visible_before_the_next(add, index):
    seen = []
    other = [article(n) for n in range(pipeline.BATCH * 2 + 1)]

    def look(report):
        index.refresh()
        seen.append((report.added, index.snapshot().freshness.articles))

    add(*other, progress=look)
    assert seen == [(pipeline.BATCH, pipeline.BATCH), (2 * pipeline.BATCH,) * 2, (2 * pipeline.BATCH + 1,) * 2]


def test_a_later_version_may_come_before_the_first_one_is_stored(add, index):
    first = [article(n, "The mill burned.", updated_at=NOW) for n in range(pipeline.BATCH)]
    later = article(0, "The mill has opened again.", updated_at=NOW + timedelta(days=1))
    report = add(*first, later, first[1])
    assert (report.added, report.updated, report.unchanged) == (pipeline.BATCH, 1, 1)
    assert index.snapshot().stored("a0").article.body == "The mill has opened again."
    assert [one.version for one in index.snapshot().versions("a0", datetime.now(UTC))] == [1, 2]


def test_an_old_version_and_then_the_one_that_is_there_change_nothing(add, index):
    old, current = (article(1, text, updated_at=NOW + timedelta(days=n)) for n, text in enumerate(("Old.", "New.")))
    add(current)
    report = add(old, *(article(n) for n in range(10, 10 + pipeline.BATCH)), current)
    assert (report.added, report.updated, report.unchanged) == (pipeline.BATCH, 0, 2)
    assert [one.version for one in index.snapshot().versions("a1", datetime.now(UTC))] == [1]


def test_what_came_before_an_interruption_stays(index):
    def interrupted():
        yield from arrived(*(article(n) for n in range(pipeline.BATCH + 5)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.add(index, WordEmbedder(), interrupted(), chunking=CHUNKING)
    index.refresh()
    assert index.snapshot().freshness.articles == pipeline.BATCH


def test_a_preview_reports_the_same_and_changes_nothing(add, index, embedder):
    add(article(1, LONG), article(2))
    articles = [article(1, LONG), article(2, "Changed."), article(3, LONG), Rejected("y", "no")]
    number = index.store.sequence_number()
    preview = pipeline.preview(arrived(*articles), index.store.digests, chunking=CHUNKING)
    assert index.store.sequence_number() == number
    assert replace(add(*articles), embedded=0) == preview


def test_removing_says_which_ids_are_not_there(add, index):
    add(article(1), article(2))
    report = pipeline.remove(index, ["a1", "nobody", "a1"])
    assert (report.removed, [r.origin for r in report.rejected]) == (1, ["nobody"])
    index.refresh()
    assert index.snapshot().freshness.articles == 1


def test_an_older_version_takes_no_newer_one_back(add, index):
    first = article(1, "The mayor stays.", updated_at=datetime(2025, 3, 2, tzinfo=UTC))
    later = article(1, "The mayor goes.", updated_at=datetime(2025, 3, 3, tzinfo=UTC))
    add(first)
    assert add(later).updated == 1
    assert add(first) == Report(unchanged=1)
    assert index.snapshot().article("a1", NOW).article.body == "The mayor goes."


BETWEEN = {
    "the same": ([article(1, "The mill burned.", updated_at=NOW)], (0, 0, 1), ["The mill burned."]),
    "an earlier version": ([article(1, "Old.")], (0, 1, 0), ["Old.", "The mill burned."]),
    "a later version": ([article(1, "New.", updated_at=NOW + timedelta(days=1))], (0, 0, 1), ["New."]),
    "nothing": ([], (1, 0, 0), ["The mill burned."]),
}


@pytest.mark.parametrize(("between", "counts", "texts"), BETWEEN.values(), ids=BETWEEN)
def test_what_others_write_before_a_batch_is_stored_counts(add, index, embedder, between, counts, texts):
    (batch,) = pipeline.batches(arrived(article(1, "The mill burned.", updated_at=NOW)), index.store.digests)
    ready = pipeline.prepare(index, embedder, batch, CHUNKING)
    add(*between)
    report = pipeline.keep(index, ready, wait=1)
    index.refresh()
    assert (report.added, report.updated, report.unchanged) == counts
    assert [one.article.body for one in index.snapshot().versions("a1", datetime.now(UTC))] == texts


def test_what_others_remove_before_its_next_version_is_stored_is_added_again(add, index, embedder):
    add(article(1, "Old."))
    (batch,) = pipeline.batches(arrived(article(1, "New.", updated_at=NOW)), index.store.digests)
    ready = pipeline.prepare(index, embedder, batch, CHUNKING)
    pipeline.remove(index, ["a1"])
    assert pipeline.keep(index, ready, wait=1).added == 1
    index.refresh()
    assert index.snapshot().stored("a1").article.body == "New."
