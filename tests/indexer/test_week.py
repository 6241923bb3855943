"""A week in which articles arrive, change, are withdrawn and expire, told to an index and to a plain model of it.

After every step both must show the same. DATELINE_WEEKS says how many weeks are lived through, 4 by default.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes import CHUNKING, WordEmbedder, arrived
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from newsroom import Newsroom

from indexer import pipeline
from indexer.embedded import create, open_index
from indexer.errors import NotFound, Withdrawn
from indexer.types import Article, Filter
from service.search import Searcher
from service.types import Query

MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
CLOCKED = ("indexer.index", "indexer.stored", "indexer.pipeline", "indexer.embedded.criteria", "indexer.embedded.store")
"""Modules that ask for the time."""
EVERYTHING = "dispatch"
"""A word of every passage."""
HOUR = timedelta(hours=1)
SENTENCES = [
    "The dispatch says that the harbour bridge was closed on Monday after engineers had found cracks in a pier.",
    "A ferry will carry commuters over the sound until then, according to the dispatch that the council sent.",
    "By this dispatch the river has risen by two metres since Sunday and reached the first houses of the village.",
    "Mayor Ada Holm resigned, a dispatch from the town hall said, and would not tell reporters why she had.",
    "The dispatch from the court: the ruling on the strike of the train drivers is put off until next month.",
]


class Clock(datetime):
    """Stands still until it is moved."""

    moment = MONDAY

    @classmethod
    def now(cls, tz=None):
        return cls.moment


ids = st.sampled_from([f"story/{number}" for number in range(8)])
bodies = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True).map(" ".join)
"""Few enough that publishers run copies of one text, and that a change leaves passages as they were."""
moments = st.integers(-72, 24).map(lambda hours: Clock.moment + hours * HOUR)
ahead = st.integers(-6, 48).map(lambda hours: Clock.moment + hours * HOUR)
told_or_not = st.none() | moments
limits = st.one_of(st.none(), st.none(), ahead)
articles = st.builds(
    Article,
    id=ids,
    title=st.sampled_from(["Bridge closed", "Mayor resigns"]),
    body=bodies,
    publisher=st.sampled_from(["Gazette", "Morning Post", None]),
    language=st.just("en"),
    published_at=told_or_not,
    updated_at=st.one_of(st.none(), st.none(), moments),
    embargo_until=limits,
    expires_at=limits,
)
any_time = st.integers(-96, 200).map(lambda hours: MONDAY + hours * HOUR)


class Week(RuleBasedStateMachine):
    """One index with its writer, a reader who looks now and then, and what both should see."""

    @initialize()
    def open(self):
        self.patch = pytest.MonkeyPatch()
        for module in CLOCKED:
            self.patch.setattr(f"{module}.datetime", Clock)
        Clock.moment = MONDAY
        self.home = TemporaryDirectory()
        self.folder = Path(self.home.name) / "index"
        create(self.folder, WordEmbedder.model, CHUNKING)
        self.index, self.reader = open_index(self.folder), open_index(self.folder)
        self.model = Newsroom()
        self.read = self.model.frozen()
        self.embedder = WordEmbedder()

    def teardown(self):
        if not hasattr(self, "home"):
            return
        try:
            self.ask(Clock.moment)
        finally:
            self.patch.undo()
            self.home.cleanup()

    def add(self, *articles):
        report = pipeline.add(self.index, self.embedder, arrived(*articles), chunking=CHUNKING)
        assert not report.rejected

    def change(self, one, **fields):
        """A next version of an article that is in the index."""
        article = replace(self.model.told[one][-1].article, **fields)
        self.add(article)
        self.model.hear(article, Clock.moment)

    def some(self, data):
        return data.draw(st.sampled_from(sorted(self.model.told)))

    @rule(batch=st.lists(articles, min_size=1, max_size=5, unique_by=lambda one: one.id))
    def articles_arrive(self, batch):
        self.add(*batch)
        for one in batch:
            self.model.hear(one, Clock.moment)

    @rule(one=articles, hours=st.integers(1, 48), backwards=st.booleans())
    def two_versions_arrive_together(self, one, hours, backwards):
        """The later one counts, whichever stands first."""
        first = replace(one, updated_at=(one.updated_at or Clock.moment) - 50 * HOUR)
        second = replace(first, body=f"{one.body} Once more, a dispatch.", updated_at=first.updated_at + hours * HOUR)
        self.add(*((second, first) if backwards else (first, second)))
        self.model.hear(second, Clock.moment)

    @precondition(lambda self: self.model.told)
    @rule(data=st.data(), body=bodies, updated=told_or_not)
    def one_is_edited(self, data, body, updated):
        self.change(self.some(data), body=body, updated_at=updated)

    @precondition(lambda self: self.model.told)
    @rule(data=st.data(), updated=told_or_not)
    def one_is_corrected(self, data, updated):
        self.change(self.some(data), status="corrected", correction="It was a Tuesday.", updated_at=updated)

    @precondition(lambda self: self.model.told)
    @rule(data=st.data(), updated=told_or_not)
    def one_is_withdrawn(self, data, updated):
        self.change(self.some(data), status="withdrawn", correction="It was not so.", updated_at=updated)

    @precondition(lambda self: any(versions[-1].withdrawn for versions in self.model.told.values()))
    @rule(data=st.data())
    def one_is_no_longer_withdrawn(self, data):
        withdrawn = sorted(one for one, versions in self.model.told.items() if versions[-1].withdrawn)
        self.change(data.draw(st.sampled_from(withdrawn)), status="usable", correction=None, updated_at=Clock.moment)

    @precondition(lambda self: self.model.told)
    @rule(data=st.data(), embargo_until=limits, expires_at=limits)
    def one_gets_other_limits(self, data, embargo_until, expires_at):
        self.change(self.some(data), embargo_until=embargo_until, expires_at=expires_at)

    @precondition(lambda self: self.model.told)
    @rule(data=st.data())
    def one_arrives_again_as_it_is(self, data):
        embedded = self.embedder.embedded
        self.change(self.some(data))
        assert self.embedder.embedded == embedded

    @precondition(lambda self: self.model.told)
    @rule(data=st.data())
    def an_earlier_version_arrives_again(self, data):
        earlier = data.draw(st.sampled_from(self.model.told[self.some(data)])).article
        self.add(earlier)
        self.model.hear(earlier, Clock.moment)

    @rule(gone=st.lists(ids, min_size=1, max_size=3))
    def some_are_removed(self, gone):
        pipeline.remove(self.index, gone)
        self.model.forget(gone)

    @rule()
    def the_index_is_compacted(self):
        expired = self.index.store.expired(Clock.moment)
        assert sorted(expired) == self.model.expired(Clock.moment)
        assert self.index.compact() == len(expired)
        self.model.forget(expired)

    @rule(minutes=st.integers(1, 24 * 60))
    def time_passes(self, minutes):
        Clock.moment += timedelta(minutes=minutes)

    @rule()
    def the_reader_looks(self):
        assert self.reader.refresh()
        self.read = self.model.frozen()

    @rule()
    def the_index_is_opened_again(self):
        self.index = open_index(self.folder)

    @rule(as_of=any_time, known_at=st.none() | any_time)
    def the_past_is_asked_about(self, as_of, known_at):
        self.compare(self.index.snapshot(), self.model, Filter(as_of, known_at))

    @invariant()
    def questions_find_what_they_should(self):
        assert self.index.refresh()
        for hours in (0, -5, -30, 26):
            self.compare(self.index.snapshot(), self.model, Filter(Clock.moment + hours * HOUR))

    @invariant()
    def articles_are_handed_out_as_they_should_be(self):
        assert self.index.refresh()
        snapshot, now = self.index.snapshot(), Clock.moment
        shown = self.model.shown(now)
        assert [one.article for one in snapshot.articles("", 100, now)] == [one.article for one in shown.values()]
        for one in self.model.numbers:
            if one in shown:
                self.compare_versions(snapshot, one, now)
            else:
                with pytest.raises(Withdrawn if one in self.model.taken_back(now) else NotFound):
                    snapshot.article(one, now)

    @invariant()
    def a_reader_who_does_not_look_sees_one_earlier_state(self):
        snapshot = self.reader.snapshot()
        for hours in (0, -30):
            self.compare(snapshot, self.read, Filter(Clock.moment + hours * HOUR))
        for one, told in self.read.shown(Clock.moment).items():
            assert snapshot.article(one, Clock.moment).article == told.article

    def compare(self, snapshot, model, where):
        """Both views must find just the passages of the versions that the model finds, and all of them."""
        want = model.found(where.as_of, Clock.moment, where.known_at)
        by_vector = snapshot.vectors.nearest(self.embedder.embed_query(EVERYTHING), 1000, where).keys
        by_words = snapshot.words.nearest(EVERYTHING, 1000, where).keys
        assert sorted(by_vector) == sorted(by_words)
        found = {}
        for one in snapshot.passages(sorted(by_vector.tolist())):
            found.setdefault((one.passage.article_id, one.source.version), []).append(one.passage.text)
        assert found == {key: list(told.passages) for key, told in want.items()}
        assert snapshot.sequence_number == model.changes
        assert snapshot.freshness.articles == len(model.told)
        assert snapshot.freshness.passages == sum(len(versions[-1].passages) for versions in model.told.values())

    def compare_versions(self, snapshot, one, now):
        told = self.model.told[one]
        found = snapshot.versions(one, now)
        assert [(each.version, each.valid_from, each.indexed_at) for each in found] == [
            (each.number, each.since, each.heard) for each in told
        ]
        assert [each.valid_to for each in found] == [*(each.since for each in told[1:]), None]
        assert snapshot.article(one, now).article == told[-1].article
        for passage in snapshot.article_passages(one):
            assert snapshot.passage(passage.passage.id, now).passage == passage.passage

    def ask(self, now):
        """The searcher must find what the views find, and name no copy that may not be seen."""
        index = open_index(self.folder)
        searcher = Searcher(index, self.embedder)
        for as_of in (now, now - 30 * HOUR):
            query = Query(EVERYTHING, as_of, limit=100, duplicates="keep", parse_time=False, min_confidence=0)
            hits = searcher.search(query).hits
            found = {(hit.found.passage.article_id, hit.found.source.version) for hit in hits}
            assert found == set(self.model.found(as_of, now))
            assert {copy.source.article.id for hit in hits for copy in hit.copies} <= set(self.model.shown(now))


Week.TestCase.settings = settings(
    max_examples=int(os.environ.get("DATELINE_WEEKS", "4")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
TestWeek = Week.TestCase
