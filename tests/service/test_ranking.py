"""From matches to one ranking: what fusion, folding and limits promise."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fakes import candidate, ranked
from hypothesis import given
from hypothesis import strategies as st

from service.ranking import Signals, best_per_article, fold, fuse, limited, rescored
from service.types import Parts

DAY = datetime(2025, 3, 1, tzinfo=UTC)


def signals(vector, words, article):
    return Signals(*(np.array(each, dtype=np.float32) for each in (vector, words, article)))


def numbers(found):
    return [one.candidate.key for one in found]


# Fusion


SCORES = st.tuples(st.floats(-1.5, 1.5, width=32), st.floats(0, 90, width=32), st.floats(0, 90, width=32))


def test_every_candidate_has_every_score_and_the_best_sum_is_first():
    found = fuse([candidate(n) for n in (1, 2, 3)], signals([1.0, 0.5, 0.0], [0, 4, 2], [0, 3, 3]))
    assert numbers(found) == [2, 1, 3]
    for one, parts, bm25 in zip(
        found,
        [(0.5, 1, 1, 0.63 * 0.5 + 0.25 + 0.12), (1, 0, 0, 0.63), (0, 0.5, 1, 0.25 * 0.5 + 0.12)],
        [4, 0, 2],
        strict=True,
    ):
        assert (one.parts.vector, one.parts.words, one.parts.article_words, one.parts.fused) == pytest.approx(parts)
        assert (one.score, one.bm25) == (one.parts.fused, bm25)
        assert (one.parts.recency, one.parts.period, one.parts.rerank) == (1, 1, None)


def test_equal_scores_stand_by_their_age_in_the_index():
    found = fuse([candidate(n) for n in (5, 3, 4)], signals([0.5] * 3, [1] * 3, [1] * 3))
    assert numbers(found) == [3, 4, 5]


@given(st.lists(st.tuples(SCORES, st.sampled_from("abc")), max_size=12))
def test_grouped_by_article_the_best_passage_of_each_stands_as_among_all_passages(rows):
    found = [candidate(number, article_id=article_id) for number, (_, article_id) in enumerate(rows)]
    scores = signals(*(zip(*(each for each, _ in rows), strict=True) if rows else ([],) * 3))
    assert fuse(found, scores, "article") == best_per_article(fuse(found, scores))


def test_a_question_without_words_is_ranked_by_meaning():
    found = fuse([candidate(n) for n in (1, 2)], signals([0.2, 0.8], [0, 0], [0, 0]))
    assert [one.score for one in found] == pytest.approx([0.63 * 0.8, 0.63 * 0.2])


def test_what_is_opposite_in_meaning_has_no_points_less_than_none():
    (found,) = fuse([candidate(1)], signals([-0.4], [0], [0]))
    assert (found.score, found.parts.vector) == (0, 0)


def test_nothing_found_is_an_empty_ranking():
    assert fuse([], signals([], [], [])) == []


@given(st.lists(SCORES, max_size=12))
def test_fused_scores_lie_in_0_to_1_best_first(rows):
    found = fuse([candidate(n) for n in range(len(rows))], signals(*(zip(*rows, strict=True) if rows else ([],) * 3)))
    assert sorted(numbers(found)) == list(range(len(rows)))
    assert all(0 <= one.score <= 1 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_factors_multiply_the_score_and_are_told():
    one = rescored(ranked(1, 0.8), 0.5, 0.75)
    assert one.score == pytest.approx(0.3)
    assert one.parts == Parts(0, 0, 0, 0.8, recency=0.5, period=0.75)


def test_the_best_passage_of_every_article_is_kept():
    passages = [ranked(1), ranked(2, article_id="b"), ranked(3, article_id="a1"), ranked(4, article_id="b")]
    assert numbers(best_per_article(passages)) == [1, 2]


# Folding


COPIED = [
    ranked(1, 0.9, copies=1, published_at=DAY + timedelta(hours=2)),
    ranked(2, 0.8),
    ranked(3, 0.7, copies=1, published_at=DAY),
    ranked(4, 0.6, copies=1),
]


def test_the_earliest_of_copies_stays_where_its_own_score_puts_it():
    folded = fold(COPIED, "collapse")
    assert numbers(folded) == [2, 3]
    assert [one.score for one in folded] == [0.8, 0.7]


def test_copies_can_be_kept_or_be_all_that_is_wanted():
    assert fold(COPIED, "keep") == COPIED
    assert numbers(fold(COPIED, "only")) == [3]


def test_copies_without_a_date_come_last_and_then_by_id():
    assert numbers(fold([ranked(1, copies=9), ranked(2, copies=9, published_at=DAY)], "collapse")) == [2]
    assert numbers(fold([ranked(2, copies=9), ranked(1, copies=9)], "collapse")) == [1]
    old = datetime(1912, 4, 15, tzinfo=UTC)
    assert numbers(fold([ranked(1, copies=9), ranked(2, copies=9, published_at=old)], "collapse")) == [2]


def test_all_passages_of_the_leading_copy_stay():
    passages = [
        ranked(number, copies=9, article_id=article_id, published_at=DAY + timedelta(hours=hours))
        for number, article_id, hours in [(1, "b", 1), (2, "a", 0), (3, "b", 1), (4, "a", 0)]
    ]
    assert numbers(fold(passages, "collapse")) == numbers(fold(passages, "only")) == [2, 4]


def test_passages_of_one_article_are_no_copies_of_each_other():
    assert fold([ranked(1, article_id="a"), ranked(2, article_id="a", copies=1)], "only") == []


def rankings():
    """Up to 20 passages of articles, some of which are copies."""
    articles = st.lists(st.tuples(st.integers(1, 4), st.none() | st.integers(0, 3)), min_size=1, max_size=8)
    return articles.flatmap(
        lambda found: st.lists(st.sampled_from(range(len(found))), max_size=20).map(
            lambda places: [
                ranked(
                    number,
                    1 / (1 + number),
                    article_id=f"a{place}",
                    copies=found[place][0],
                    story=f"s{found[place][0] % 3}",
                    publisher=(None, "Post", "POST", "Gazette")[place % 4],
                    published_at=None if found[place][1] is None else DAY + timedelta(days=found[place][1]),
                )
                for number, place in enumerate(places)
            ]
        )
    )


@given(rankings())
def test_folding_never_loses_a_text_and_leaves_one_article_of_each_in_order(found):
    folded = fold(found, "collapse")
    texts = {one.candidate.copies for one in found}
    leading = {(one.candidate.copies, one.candidate.article_id) for one in folded}
    assert sorted(copies for copies, _ in leading) == sorted(texts)
    assert folded == [one for one in found if (one.candidate.copies, one.candidate.article_id) in leading]
    assert fold(folded, "collapse") == folded


@given(rankings())
def test_only_copies_are_those_of_the_folded_that_stand_for_several(found):
    articles = {(one.candidate.copies, one.candidate.article_id) for one in found}
    several = {copies for copies, times in Counter(copies for copies, _ in articles).items() if times > 1}
    assert fold(found, "only") == [one for one in fold(found, "collapse") if one.candidate.copies in several]


# Limits


def test_of_a_story_the_best_are_kept():
    found = [ranked(n, story="flood" if n % 2 else f"s{n}") for n in range(1, 8)]
    assert numbers(limited(found, 2, None)) == [1, 2, 3, 4, 6]


def test_of_a_publisher_the_best_are_kept_whatever_the_case_of_its_name():
    found = [ranked(n, publisher=publisher) for n, publisher in enumerate(["Post", "POST", None, None, "Gazette"])]
    assert numbers(limited(found, None, 1)) == [0, 2, 3, 4]


def test_what_one_limit_leaves_out_does_not_count_for_the_other():
    found = [
        ranked(1, story="flood", publisher="Post"),
        ranked(2, story="flood", publisher="Gazette"),
        ranked(3, story="vote", publisher="Gazette"),
    ]
    assert numbers(limited(found, 1, 1)) == [1, 3]


@given(rankings(), st.none() | st.integers(1, 3), st.none() | st.integers(1, 3))
def test_limits_hold_and_keep_the_order(found, per_story, per_publisher):
    kept = limited(found, per_story, per_publisher)
    assert numbers(kept) == sorted(numbers(kept))
    stories = Counter(one.candidate.story for one in kept)
    publishers = Counter(one.candidate.publisher.casefold() for one in kept if one.candidate.publisher)
    assert max(stories.values(), default=0) <= (per_story or len(found))
    assert max(publishers.values(), default=0) <= (per_publisher or len(found))
    if per_story is None and per_publisher is None:
        assert kept == found
