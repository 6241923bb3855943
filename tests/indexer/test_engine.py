"""The contract of an engine: every store and every view, against brute force."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fakes import CHUNKING, WordEmbedder, article, revision

from indexer.embedded import create, open_index
from indexer.errors import NotFound, Withdrawn
from indexer.stored import StoredArticle
from indexer.types import Filter

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOMORROW = datetime.now(UTC) + timedelta(days=1)
WORDS = [
    "storm",
    "harbour",
    "bridge",
    "vote",
    "council",
    "strike",
    "train",
    "goal",
    "final",
    "court",
    "ruling",
    "river",
    "flood",
    "bakery",
    "union",
    "mayor",
]


def embedded(folder):
    create(folder, WordEmbedder.model, CHUNKING)
    return open_index(folder, WordEmbedder.model, CHUNKING)


ENGINES = {"embedded": embedded}


@pytest.fixture(params=ENGINES)
def open_engine(request, tmp_path):
    return lambda: ENGINES[request.param](tmp_path / "index")


@pytest.fixture
def index(open_engine):
    return open_engine()


def made_up(count, seed=0):
    """Articles that differ in everything a filter asks about."""
    draw = random.Random(seed)
    for number in range(count):
        sentences = [" ".join(draw.choices(WORDS, k=draw.randint(3, 8))).capitalize() + "." for _ in range(8)]
        publisher = draw.choice(["Gazette", "Morning Post", "Küstenblatt", None])
        published = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=draw.randint(0, 20_000))
        yield article(
            number,
            " ".join(sentences),
            publisher=publisher,
            url=draw.choice([None, f"https://www.{(publisher or 'nobody').split()[0].lower()}.example/{number}"]),
            authors=tuple(draw.sample(["Ada Holm", "Ben Reyes", "Çelik"], draw.randint(0, 2))),
            categories=tuple(draw.sample(["politics", "Sport", "weather"], draw.randint(0, 2))),
            language=draw.choice(["en", "en-GB", "de", None]),
            published_at=draw.choice([None, published, published]),
            status=draw.choice(["usable"] * 8 + ["corrected", "withdrawn"]),
            embargo_until=draw.choice([None] * 6 + [published + timedelta(days=3)]),
            expires_at=draw.choice([None] * 6 + [published + timedelta(days=500)]),
        )


def admits(where, one, indexed_at):
    """What a filter means, said plainly."""
    folded = [name.casefold() for name in (one.publisher, one.domain) if name]
    language = (one.language or "").casefold()
    published = one.published_at
    return all(
        (
            one.status != "withdrawn",
            (published or indexed_at) <= where.as_of,
            one.embargo_until is None or one.embargo_until <= where.as_of,
            one.expires_at is None or one.expires_at > max(where.as_of, datetime.now(UTC)),
            where.published_from is None or (published is not None and published >= where.published_from),
            where.published_to is None or (published is not None and published <= where.published_to),
            not where.publishers or any(name.casefold() in folded for name in where.publishers),
            not any(name.casefold() in folded for name in where.exclude_publishers),
            not where.authors or any(a.casefold() == b.casefold() for a in where.authors for b in one.authors),
            not where.categories or any(a.casefold() == b.casefold() for a in where.categories for b in one.categories),
            not where.languages
            or any(language == a.casefold() or language.startswith(a.casefold() + "-") for a in where.languages),
            not where.article_ids or one.id in where.article_ids,
        )
    )


def some_filters(articles, count=60, seed=1):
    draw = random.Random(seed)
    yield Filter(TOMORROW)
    yield Filter(datetime(2024, 6, 1, tzinfo=UTC))
    for _ in range(count):
        start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=draw.randint(0, 700))
        choices = {
            "as_of": draw.choice([TOMORROW, TOMORROW, start]),
            "published_from": draw.choice([None] * 5 + [start]),
            "published_to": draw.choice([None] * 5 + [start + timedelta(days=draw.randint(1, 300))]),
            "publishers": draw.choice([()] * 6 + [("gazette",), ("MORNING post", "küstenblatt"), ("gazette.example",)]),
            "exclude_publishers": draw.choice([()] * 6 + [("Gazette",), ("morning.example", "Küstenblatt")]),
            "authors": draw.choice([()] * 9 + [("ada holm",), ("çelik", "nobody")]),
            "categories": draw.choice([()] * 9 + [("sport",), ("Politics", "weather")]),
            "languages": draw.choice([()] * 6 + [("en",), ("EN-gb",), ("de", "fr")]),
            "article_ids": draw.choice([()] * 6 + [(), tuple(a.id for a in draw.sample(articles, 3))]),
        }
        yield Filter(**choices)


def fill(index, articles, batch=25):
    articles = list(articles)
    with index.writing() as writer:
        for start in range(0, len(articles), batch):
            writer.apply([revision(one) for one in articles[start : start + batch]])
    index.refresh()
    return articles


def everything(index, articles):
    """Every passage of ``articles`` as the index holds it."""
    snapshot = index.snapshot()
    return [stored for one in articles for stored in snapshot.article_passages(one.id)]


def texts(index, matches):
    return [stored.passage.text for stored in index.snapshot().passages(matches.keys.tolist())]


def bm25(question, passages):
    """Okapi BM25 with k1 = 1.2 and b = 0.75, for words that are their own stems."""
    bags = {
        stored.key: Counter(f"{stored.source.article.title}\n{stored.passage.text}".lower().replace(".", "").split())
        for stored in passages
    }
    documents = len(bags) + 1  # and the document that says where the view stands
    mean = sum(bag.total() for bag in bags.values()) / documents
    scores = dict.fromkeys(bags, 0.0)
    for word in set(question.split()):
        having = sum(word in bag for bag in bags.values())
        weight = math.log(1 + (documents - having + 0.5) / (having + 0.5))
        for key, bag in bags.items():
            frequency = bag[word]
            scores[key] += weight * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * bag.total() / mean))
    return scores


def test_an_empty_index_answers_with_nothing(index):
    snapshot = index.snapshot()
    assert snapshot.freshness.articles == 0
    assert len(snapshot.vectors.nearest(WordEmbedder().embed_query("storm"), 5, Filter(NOW)).keys) == 0
    assert len(snapshot.words.nearest("storm", 5, Filter(NOW)).keys) == 0


def test_nearest_by_vector_agrees_with_brute_force_under_every_filter(index):
    articles = fill(index, made_up(150))
    stored = everything(index, articles)
    vectors = WordEmbedder().embed_passages([f"{s.source.article.title}\n{s.passage.text}" for s in stored])
    query = WordEmbedder().embed_query("council vote on the harbour bridge")
    cosines = vectors @ query
    left = []
    for where in some_filters(articles):
        admitted = [i for i, s in enumerate(stored) if admits(where, s.source.article, s.source.indexed_at)]
        found = index.snapshot().vectors.nearest(query, 10, where)
        want = sorted(cosines[admitted], reverse=True)[:10]
        assert found.scores == pytest.approx(want, abs=2e-3)
        assert set(found.keys.tolist()) <= {stored[i].key for i in admitted}
        left.append(len(admitted))
    strengths = [sum(low <= many < high for many in left) for low, high in ((0, 1), (1, 10), (10, 100), (100, 999))]
    assert min(strengths) >= 5  # filters of every strength were tried


def test_nearest_by_words_agrees_with_brute_force_under_every_filter(index):
    articles = fill(index, made_up(150), batch=150)
    stored = everything(index, articles)
    question = "council vote harbour"
    scores = bm25(question, stored)
    for where in some_filters(articles):
        admitted = {s.key for s in stored if admits(where, s.source.article, s.source.indexed_at) and scores[s.key]}
        found = index.snapshot().words.nearest(question, 10, where)
        assert set(found.keys.tolist()) <= admitted
        want = sorted((scores[key] for key in admitted), reverse=True)[:10]
        assert found.scores == pytest.approx(want, rel=0.01)


def test_articles_are_counted_under_every_filter(index):
    articles = fill(index, made_up(150))
    indexed = {one.id: index.snapshot().stored(one.id).indexed_at for one in articles}
    for where in some_filters(articles):
        assert index.snapshot().count(where) == sum(admits(where, one, indexed[one.id]) for one in articles)


def test_scores_are_those_of_the_search(index):
    articles = fill(index, made_up(40))
    snapshot, query = index.snapshot(), WordEmbedder().embed_query("river flood")
    by_vector = snapshot.vectors.nearest(query, 30, Filter(TOMORROW))
    by_words = snapshot.words.nearest("river flood", 30, Filter(TOMORROW))
    assert snapshot.vectors.scores(query, by_vector.keys) == pytest.approx(by_vector.scores, abs=1e-4)
    assert snapshot.words.scores("river flood", by_words.keys) == pytest.approx(by_words.scores, abs=1e-4)
    wordless = [
        s.key
        for s in everything(index, articles)
        if not {"river", "flood"} & set(s.passage.text.lower().replace(".", "").split())
    ]
    unknown = np.array([*wordless[:2], 10**9])
    assert snapshot.words.scores("river flood", unknown).tolist() == [0, 0, 0]
    assert snapshot.vectors.scores(query, np.array([10**9])).tolist() == [0]


def test_words_are_found_in_any_form_and_stop_words_only_alone(index):
    fill(
        index,
        [article(1, "Fishing boats were damaged."), article(2, "Élysée reacts to the ruling."), article(3, "To be.")],
    )
    snapshot, where = index.snapshot(), Filter(TOMORROW)
    assert texts(index, snapshot.words.nearest("Did a boat get DAMAGE?", 5, where)) == ["Fishing boats were damaged."]
    assert texts(index, snapshot.words.nearest("elysee", 5, where)) == ["Élysée reacts to the ruling."]
    assert "To be." in texts(index, snapshot.words.nearest("to be or not to be", 5, where))
    assert len(snapshot.words.nearest("?!", 5, where).keys) == 0


def test_words_of_a_whole_article_count_for_it_wherever_they_stand(index):
    near = article(1, "The flood came. " + "Nothing else was heard of it. " * 12 + "A vote was lost.")
    far = article(2, "The flood came. " + "Nothing else was heard of it. " * 12 + "A train was late.")
    fill(index, [near, far])
    snapshot = index.snapshot()
    found = snapshot.candidates(snapshot.words.keys())
    scores = snapshot.words.article_scores("flood vote", np.array([one.version_key for one in found] + [10**9]))
    by_article = {one.article_id: score for one, score in zip(found, scores, strict=False)}
    assert len(found) > 4
    assert all(score == by_article[one.article_id] for one, score in zip(found, scores, strict=False))
    assert by_article["a1"] > by_article["a2"] > 0 == scores[-1]


def test_candidates_come_in_the_order_they_are_asked_for_and_stay_as_they_were_first_read(index):
    text = " ".join(f"Sentence {number} of the report." for number in range(40))
    fill(index, [article(1, text), article(2, "The ferry sank.")])
    before = index.snapshot()
    keys = before.words.keys()
    found = before.candidates(keys)
    assert [one.key for one in found] == keys.tolist()
    assert before.candidates(keys[::-1]) == before.candidates(keys)[::-1] == found[::-1]
    fill(index, [article(3, text)])
    assert before.candidates(keys) == found
    after = index.snapshot()
    copies = {one.article_id: one.copies for one in after.candidates(after.words.keys())}
    assert copies["a1"] == copies["a3"] != copies["a2"]


def test_an_article_that_was_removed_since_is_not_found_by_an_older_state_either(index):
    fill(index, [article(1), article(2, "The ferry sank.")])
    before = index.snapshot()
    (passage, *_) = before.article_passages("a1")
    with index.writing() as writer:
        writer.apply([], ["a1"])
    for ask in (lambda: before.versions("a1", NOW), lambda: before.passage(passage.passage.id, NOW)):
        with pytest.raises(NotFound, match="a1|passage"):
            ask()


def test_no_passage_scores_above_the_ceiling(index):
    fill(index, [*made_up(30), article(99, "flood " * 50 + "vote")])
    words = index.snapshot().words
    for question in ("flood vote", "harbour", "the flood"):
        best = words.nearest(question, 5, Filter(TOMORROW)).scores.max()
        assert 0 < best <= words.ceiling(question)
    assert words.ceiling("?!") == 0


def test_a_changed_article_replaces_itself_everywhere(index):
    fill(index, [article(1, "The bridge is open."), article(2, "A goal in the final.")])
    with index.writing() as writer:
        writer.apply([revision(article(1, "The bakery is closed."))])
    index.refresh()
    snapshot = index.snapshot()
    nearest = snapshot.vectors.nearest(WordEmbedder().embed_query("bridge"), 10, Filter(TOMORROW))
    assert sorted(texts(index, nearest)) == ["A goal in the final.", "The bakery is closed."]
    assert texts(index, snapshot.words.nearest("bridge bakery", 10, Filter(TOMORROW))) == ["The bakery is closed."]
    assert snapshot.article("a1", NOW).version == 2
    assert snapshot.freshness.articles == 2


def test_a_removed_article_is_gone_everywhere(index):
    fill(index, [article(1, "The bridge is open."), article(2, "The bridge is shut.")])
    with index.writing() as writer:
        writer.apply([], ["a1", "never was"])
    index.refresh()
    snapshot = index.snapshot()
    for found in (
        snapshot.words.nearest("bridge", 10, Filter(TOMORROW)),
        snapshot.vectors.nearest(WordEmbedder().embed_query("bridge"), 10, Filter(TOMORROW)),
    ):
        assert texts(index, found) == ["The bridge is shut."]
    with pytest.raises(NotFound, match="a1"):
        snapshot.article("a1", NOW)
    assert (snapshot.freshness.articles, snapshot.freshness.passages) == (1, 1)


def test_a_removed_article_can_come_back(index):
    fill(index, [article(1, "The bridge is open.")])
    with index.writing() as writer:
        writer.apply([], ["a1"])
        writer.apply([revision(article(1, "The bridge is back."))])
    index.refresh()
    assert index.snapshot().article("a1", NOW).article.body == "The bridge is back."
    assert texts(index, index.snapshot().words.nearest("bridge", 9, Filter(TOMORROW))) == ["The bridge is back."]


def test_a_snapshot_does_not_change(index):
    fill(index, [article(1, "The bridge is open."), article(2, "The bridge is long.")])
    before = index.snapshot()
    with index.writing() as writer:
        writer.apply([revision(article(1, "The bridge is shut.")), revision(article(3, "A bridge too far."))], ["a2"])
    index.refresh()
    found = before.words.nearest("bridge", 10, Filter(TOMORROW))
    assert sorted(s.passage.text for s in before.passages(found.keys.tolist())) == [
        "The bridge is long.",
        "The bridge is open.",
    ]
    assert len(before.vectors.nearest(WordEmbedder().embed_query("bridge"), 10, Filter(TOMORROW)).keys) == 2
    assert before.article("a1", NOW).article.body == "The bridge is open."
    assert before.article("a2", NOW).article.body == "The bridge is long."
    assert before.freshness.articles == 2
    assert sorted(texts(index, index.snapshot().words.nearest("bridge", 10, Filter(TOMORROW)))) == [
        "A bridge too far.",
        "The bridge is shut.",
    ]


def test_what_one_handle_writes_another_sees_after_a_refresh(open_engine):
    writer, reader = open_engine(), open_engine()
    fill(writer, [article(1, "The bridge is open.")])
    assert reader.snapshot().freshness.articles == 0
    assert reader.behind() == 1
    reader.refresh()
    assert texts(reader, reader.snapshot().words.nearest("bridge", 5, Filter(TOMORROW))) == ["The bridge is open."]
    assert reader.behind() == 0


def test_many_small_batches_equal_one_large_one(open_engine, tmp_path):
    index = open_engine()
    articles = list(made_up(60))
    fill(index, articles, batch=1)
    changed = [replace(one, body=one.body + " A goal.") for one in articles[::3]]
    fill(index, changed, batch=2)
    with index.writing() as writer:
        writer.apply([], [one.id for one in articles[1::3]])
    index.refresh()
    kept = [one for place, one in enumerate(articles) if place % 3 == 2] + changed
    other = embedded(tmp_path / "other")
    fill(other, kept, batch=100)
    query = WordEmbedder().embed_query("council goal")
    for where in some_filters(articles, 20):
        where = replace(where, as_of=TOMORROW)  # earlier than that, one of them has a past
        one, two = (each.snapshot().vectors.nearest(query, 200, where) for each in (index, other))
        assert one.scores == pytest.approx(two.scores, abs=1e-5)
        assert sorted(texts(index, one)) == sorted(texts(other, two))
        one, two = (each.snapshot().words.nearest("council goal", 500, where) for each in (index, other))
        assert sorted(texts(index, one)) == sorted(texts(other, two))


def changed(one, number, draw):
    """A later version of an article: another text, perhaps dated, perhaps with other limits."""
    updated = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=draw.randint(0, 26_000))
    return replace(
        one,
        body=" ".join(draw.choices(WORDS, k=12)).capitalize() + f". Version {number}.",
        updated_at=draw.choice([None, updated]),
        status=draw.choice(["usable"] * 6 + ["corrected", "withdrawn"]),
        expires_at=draw.choice([None] * 4 + [datetime(2026, 2, 1, tzinfo=UTC), TOMORROW]),
    )


def in_force(states, where):
    """Number of the version that ``where`` asks for, said plainly: states are articles and when each was indexed."""
    newest, _ = states[-1]
    gone = newest.expires_at and newest.expires_at <= max(where.as_of, datetime.now(UTC))
    if newest.status == "withdrawn" or gone:
        return None
    found, latest = None, None
    for number, (one, indexed_at) in enumerate(states, 1):
        since = one.published_at or indexed_at
        if latest is not None:
            since = one.updated_at if one.updated_at and latest < one.updated_at <= indexed_at else indexed_at
        latest = max(since, one.updated_at or since)
        if since <= where.as_of:
            found = number
    return found


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_a_question_of_the_past_finds_the_versions_that_were_true_then(open_engine, batch):
    index, draw = open_engine(), random.Random(batch)
    plain = {"embargo_until": None, "expires_at": None, "status": "usable"}
    articles = [replace(one, **plain) for one in made_up(30)]
    history = {one.id: [one] for one in articles}
    fill(index, articles, batch)
    for number in range(2, 5):
        edits = [changed(history[one.id][-1], number, draw) for one in articles if draw.random() < 0.6]
        for one in edits:
            history[one.id].append(one)
        fill(index, edits, batch)
    removed = [one.id for one in articles[:3]]
    with index.writing() as writer:
        writer.apply([], removed)
    index.refresh()
    snapshot, query = index.snapshot(), WordEmbedder().embed_query("storm")
    indexed = {one: [state.indexed_at for state in index.store.versions(one, 10**9)] for one in history}
    older = 0
    for day in range(0, 1100, 40):
        where = Filter(datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day))
        kept = {one: list(zip(history[one], indexed[one], strict=True)) for one in history if one not in removed}
        true = {one: in_force(states, where) for one, states in kept.items()}
        want = {(one, number) for one, number in true.items() if number}
        for matches in (
            snapshot.vectors.nearest(query, 5000, where),
            snapshot.words.nearest(" ".join(WORDS), 5000, where),
        ):
            sources = [one.source for one in snapshot.passages(matches.keys.tolist())]
            assert {(one.article.id, one.version) for one in sources} == want
        assert snapshot.count(where) == len(want)
        older += sum(number < len(kept[one]) for one, number in want)
    assert older > 20


def test_what_the_index_knew_then_is_told_from_what_was_true_then(index, monkeypatch):
    def at(moment, *articles):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment

        monkeypatch.setattr("indexer.embedded.store.datetime", Clock)
        fill(index, articles)

    day = [datetime(2025, 6, number, tzinfo=UTC) for number in range(1, 30)]
    at(day[9], article(1, "The bridge is open.", published_at=day[0]))
    at(day[19], article(1, "The bridge is shut.", published_at=day[0], updated_at=day[4]))

    def found(as_of, known_at=None):
        where, snapshot = Filter(as_of, known_at), index.snapshot()
        by_words = texts(index, snapshot.words.nearest("bridge", 5, where))
        assert by_words == texts(index, snapshot.vectors.nearest(WordEmbedder().embed_query("bridge"), 5, where))
        return by_words

    assert found(day[3]) == ["The bridge is open."]
    assert found(day[5]) == ["The bridge is shut."]
    assert found(day[28], known_at=day[8]) == []
    assert found(day[28], known_at=day[12]) == ["The bridge is open."]
    assert found(day[28], known_at=day[20]) == ["The bridge is shut."]
    assert found(day[3], known_at=day[20]) == ["The bridge is open."]
    assert found(day[5], known_at=day[20]) == ["The bridge is shut."]
    assert found(day[5], known_at=day[12]) == ["The bridge is open."]  # that it had been shut was not known yet


def test_a_removed_article_has_no_past_even_if_it_comes_back(index):
    fill(index, [article(1, "The bridge is open.")])
    (old,) = index.snapshot().article_passages("a1")
    fill(index, [article(1, "The bridge is shut.")])
    with index.writing() as writer:
        writer.apply([], ["a1"])
        writer.apply([revision(article(1, "The bridge is back."))])
    index.refresh()
    snapshot = index.snapshot()
    for as_of in (datetime(2025, 4, 1, tzinfo=UTC), TOMORROW):
        assert texts(index, snapshot.words.nearest("bridge", 5, Filter(as_of))) == ["The bridge is back."]
        found = snapshot.vectors.nearest(WordEmbedder().embed_query("bridge"), 5, Filter(as_of))
        assert texts(index, found) == ["The bridge is back."]
    assert [one.version for one in snapshot.versions("a1", NOW)] == [3]
    with pytest.raises(NotFound):
        snapshot.passage(old.passage.id, NOW)


def test_versions_are_read_with_when_they_were_true(index):
    updated = datetime(2025, 3, 5, tzinfo=UTC)
    fill(index, [article(1, "The bridge is open.")])
    fill(index, [article(1, "The bridge is shut.", updated_at=updated, status="corrected", correction="It is shut.")])
    first, second = index.snapshot().versions("a1", NOW)
    assert (first.version, first.valid_from, first.valid_to) == (1, first.article.published_at, updated)
    assert first.replaced_at == second.indexed_at
    assert (second.version, second.valid_from, second.valid_to, second.corrected_at) == (2, updated, None, updated)


def test_a_snapshot_does_not_know_that_a_version_has_become_past(index):
    fill(index, [article(1, "The bridge is open.")])
    before = index.snapshot()
    fill(index, [article(1, "The bridge is shut.")])
    query = WordEmbedder().embed_query("bridge")
    for snapshot, text in ((before, "The bridge is open."), (index.snapshot(), "The bridge is shut.")):
        assert texts(index, snapshot.vectors.nearest(query, 5, Filter(TOMORROW))) == [text]
        assert texts(index, snapshot.words.nearest("bridge", 5, Filter(TOMORROW))) == [text]


def test_articles_are_listed_in_order_of_their_ids(index):
    articles = fill(index, [replace(one, embargo_until=None, expires_at=None) for one in made_up(30)])
    shown = sorted(one.id for one in articles if one.status != "withdrawn" and (one.published_at or NOW) <= NOW)
    undated = [one.id for one in articles if one.published_at is None]
    listed: list[str] = []
    while page := index.snapshot().articles(listed[-1] if listed else "", 4, TOMORROW):
        listed += [one.article.id for one in page]
    assert listed == sorted(listed)
    assert (
        set(shown)
        <= set(listed)
        <= set(shown) | set(undated) | {one.id for one in articles if one.published_at and one.published_at > NOW}
    )


def test_what_has_expired_can_be_listed(index):
    fill(index, [article(1, expires_at=datetime(2025, 6, 1, tzinfo=UTC)), article(2, expires_at=TOMORROW), article(3)])
    assert index.store.expired(datetime.now(UTC)) == ["a1"]
    assert sorted(index.store.expired(TOMORROW)) == ["a1", "a2"]


def test_bookmarks_are_kept_apart_by_kind_and_forgotten_with_none(index):
    index.store.bookmark("feed", {"a": "1", "b": "2"})
    index.store.bookmark("file", {"a": "3"})
    index.store.bookmark("feed", {"a": None, "b": "4"})
    assert index.store.bookmarks("feed") == {"b": "4"}
    assert index.store.bookmarks("file") == {"a": "3"}


def test_an_article_comes_back_as_it_went_in(index):
    full = article(
        1,
        "Über die Brücke 😀.\nSecond paragraph.",
        summary="Short.",
        authors=("Ada Holm", "Ben"),
        categories=("a", "b"),
        language="de-DE",
        updated_at=datetime(2025, 3, 2, 4, 5, 6, tzinfo=UTC),
        status="corrected",
        correction="The bridge is 40 m long.",
        embargo_until=datetime(2025, 3, 1, 6, tzinfo=UTC),
        expires_at=datetime(2035, 3, 1, tzinfo=UTC),
    )
    bare = replace(article(2), url=None, publisher=None, published_at=None)
    fill(index, [full, bare])
    assert index.snapshot().article("a1", NOW).article == full
    assert index.snapshot().article("a2", TOMORROW).article == bare


def test_every_passage_is_a_slice_of_its_article_and_found_by_its_id(index):
    articles = fill(index, [replace(one, status="usable", expires_at=None) for one in made_up(30)])
    for stored in everything(index, articles):
        passage = stored.passage
        assert passage.text == stored.source.article.body[passage.start : passage.end]
        assert index.snapshot().passage(passage.id, TOMORROW).passage == passage
    with pytest.raises(NotFound):
        index.snapshot().passage("0" * 16, NOW)


def test_neighbours_stand_beside_their_passage(index):
    fill(index, [article(1, " ".join(f"Sentence number {n} is about a storm on the coast." for n in range(30)))])
    passages = index.snapshot().article_passages("a1")
    around = index.snapshot().neighbours(passages[3], 2)
    assert [one.position for one in around] == [1, 2, 3, 4, 5]
    assert [one.position for one in index.snapshot().neighbours(passages[0], 1)] == [0, 1]


def test_a_passage_edited_away_is_still_found_by_its_id(index):
    fill(index, [article(1, "The bridge is open.")])
    (old,) = index.snapshot().article_passages("a1")
    fill(index, [article(1, "The bridge is shut.")])
    found = index.snapshot().passage(old.passage.id, NOW)
    assert (found.passage.text, found.source.version) == ("The bridge is open.", 1)


def test_what_readers_may_not_see_is_not_handed_out_by_id_either(index):
    embargoed = article(1, "Embargoed bridge.", embargo_until=datetime(2026, 6, 1, tzinfo=UTC))
    expired = article(2, "Expired bridge.", expires_at=datetime(2025, 6, 1, tzinfo=UTC))
    withdrawn = article(3, "Withdrawn bridge.", status="withdrawn", correction="The mayor did not resign.")
    fill(index, [embargoed, expired, withdrawn])
    snapshot = index.snapshot()
    for hidden in (embargoed, expired):
        (passage,) = snapshot.article_passages(hidden.id)
        with pytest.raises(NotFound):
            snapshot.article(hidden.id, NOW)
        with pytest.raises(NotFound):
            snapshot.passage(passage.passage.id, NOW)
    with pytest.raises(Withdrawn, match="The mayor did not resign"):
        snapshot.article("a3", NOW)
    assert snapshot.article("a1", datetime(2026, 6, 1, tzinfo=UTC)).article == embargoed


def test_what_has_expired_is_gone_whenever_one_asks_as_of(index):
    fill(index, [article(1, "Expired bridge.", expires_at=datetime(2025, 6, 1, tzinfo=UTC))])
    where = Filter(datetime(2025, 5, 1, tzinfo=UTC))
    assert len(index.snapshot().words.nearest("bridge", 5, where).keys) == 0
    assert len(index.snapshot().vectors.nearest(WordEmbedder().embed_query("bridge"), 5, where).keys) == 0


def test_visible_agrees_with_what_filters_admit():
    for one in made_up(200):
        stored = StoredArticle(one, 1, "", NOW, one.published_at or NOW)
        for as_of in (datetime(2024, 9, 1, tzinfo=UTC), NOW, TOMORROW):
            assert stored.visible(as_of) == admits(Filter(as_of), one, NOW)


def lived(index, seed=0):
    """Articles that came, changed, went and came back, until the index is full of what no longer counts."""
    draw = random.Random(seed)
    articles = fill(index, made_up(40, seed))
    for number in (2, 3):
        edits = [changed(one, number, draw) for one in draw.sample(articles, 20)]
        fill(index, edits, batch=6)
    gone = [one.id for one in draw.sample(articles, 12)]
    with index.writing() as writer:
        writer.apply([], gone)
    fill(index, [one for one in articles if one.id in gone[:4]])
    return [one for one in articles if one.id not in gone[4:]]


def test_keys_are_those_of_every_version_that_counts(index):
    here = lived(index)
    snapshot, store = index.snapshot(), index.store
    want = [
        passage.key
        for one in here
        for state in store.versions(one.id, snapshot.sequence_number)
        for passage in store.version_passages(one.id, state.version)
    ]
    assert snapshot.vectors.keys().tolist() == snapshot.words.keys().tolist() == sorted(want)


def test_an_empty_index_has_no_keys(index):
    assert index.snapshot().vectors.keys().size == index.snapshot().words.keys().size == 0
    index.compact()
    assert index.snapshot().vectors.keys().size == index.snapshot().words.keys().size == 0


def found_by_vectors(snapshot, where):
    matches = snapshot.vectors.nearest(WordEmbedder().embed_query("council goal"), 500, where)
    return dict(zip(matches.keys.tolist(), matches.scores.tolist(), strict=True))


def found_by_words(snapshot, where):
    return set(snapshot.words.nearest("council goal", 500, where).keys.tolist())


def test_compaction_changes_no_answer_and_no_sequence_number(index, open_engine):
    articles = lived(index)
    index.compact()  # sweeps what has expired, which is a change
    fill(index, [replace(one, title="Again", expires_at=None) for one in articles[:9]], batch=1)
    before = index.snapshot()
    filters = list(some_filters(articles, 30))
    want = [(found_by_vectors(before, where), found_by_words(before, where)) for where in filters]
    assert sum(len(vectors) for vectors, _ in want) > 500
    index.compact()
    assert index.snapshot() is not before
    for snapshot in (before, index.snapshot(), open_engine().snapshot()):
        assert snapshot.sequence_number == before.sequence_number
        for where, (by_vectors, by_words) in zip(filters, want, strict=True):
            assert found_by_vectors(snapshot, where) == pytest.approx(by_vectors, abs=1e-6)
            assert found_by_words(snapshot, where) == by_words


def test_a_reader_takes_in_what_was_compacted_although_no_sequence_number_has_changed(index, open_engine):
    lived(index)
    index.compact()
    fill(index, [article(900, "A goal.")])
    reader = open_engine()
    before = reader.snapshot()
    reader.refresh()
    assert reader.snapshot() is before
    index.compact()
    reader.refresh()
    assert reader.snapshot() is not before
    assert reader.snapshot().sequence_number == before.sequence_number
    assert reader.snapshot().words.keys().tolist() == before.words.keys().tolist()


def test_an_index_goes_on_after_a_compaction(index, open_engine):
    articles = lived(index)
    index.compact()
    fill(index, [article(900, "The bakery is open.")])
    with index.writing() as writer:
        writer.apply([], [articles[0].id])
    fill(index, [article(901, "The bakery is shut.")])
    snapshot = open_engine().snapshot()
    assert {"a900", "a901"} <= {one.article.id for one in snapshot.articles("", 500, TOMORROW)}
    assert snapshot.vectors.keys().tolist() == snapshot.words.keys().tolist()
    found = texts(index, index.snapshot().words.nearest("bakery", 500, Filter(TOMORROW, article_ids=("a900", "a901"))))
    assert sorted(found) == ["The bakery is open.", "The bakery is shut."]


def test_compaction_sweeps_what_has_expired(index):
    fill(index, [article(1, expires_at=datetime(2025, 6, 1, tzinfo=UTC)), article(2, expires_at=TOMORROW), article(3)])
    assert index.compact() == 1
    snapshot = index.snapshot()
    assert [one.article.id for one in snapshot.articles("", 9, NOW)] == ["a2", "a3"]
    assert len(snapshot.vectors.keys()) == len(snapshot.words.keys()) == snapshot.freshness.passages == 2
    assert index.compact() == 0


def test_words_that_are_gone_have_no_say_in_scores_after_a_compaction(index):
    plain = {"status": "usable", "embargo_until": None, "expires_at": None, "published_at": NOW}
    articles = fill(index, [replace(one, **plain) for one in made_up(30)])
    with index.writing() as writer:
        writer.apply([], [one.id for one in articles[:20]])
    index.compact()
    want = bm25("council goal", everything(index, articles[20:]))
    found = index.snapshot().words.nearest("council goal", 500, Filter(TOMORROW))
    scores = dict(zip(found.keys.tolist(), found.scores.tolist(), strict=True))
    assert scores == pytest.approx({key: score for key, score in want.items() if score}, rel=0.01)
