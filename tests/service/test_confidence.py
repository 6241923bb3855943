"""How sure an answer is: surer with every piece of evidence, never certain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes import ranked
from hypothesis import given
from hypothesis import strategies as st

from service.confidence import confidence

NOW = datetime(2025, 3, 20, tzinfo=UTC)
CEILING = 20.0
SHARE = st.floats(0, 1)


def sure(vector=0.5, covered=0.5, lead=0.1, age=30.0):
    """The confidence in an article of this evidence, before another that scores ``lead`` less."""
    published_at = None if age is None else NOW - timedelta(days=age)
    best = ranked(1, 0.5 + lead, covered * CEILING, vector, published_at=published_at)
    return confidence([best, ranked(2, 0.5)], CEILING, NOW)


def test_without_articles_there_is_none():
    assert confidence([], CEILING, NOW) == 0
    assert confidence([], 0, NOW) == 0


@pytest.mark.parametrize("name", ["vector", "covered", "lead"])
@given(one=SHARE, other=SHARE)
def test_it_rises_with_each_piece_of_evidence(name, one, other):
    less, more = sorted([one, other])
    assert 0 < sure(**{name: less}) <= sure(**{name: more}) < 1


@given(st.floats(0, 20_000), st.floats(0, 20_000))
def test_it_rises_with_how_new_the_best_article_is(one, other):
    newer, older = sorted([one, other])
    assert sure(age=newer) >= sure(age=older) >= sure(age=None)


def test_strong_evidence_is_nearly_certain_and_none_is_nearly_nothing():
    assert sure(vector=0.9, covered=0.9, lead=0.3, age=0) > 0.95
    assert sure(vector=0.05, covered=0, lead=0, age=None) < 0.01


def test_only_what_follows_is_led():
    alone, beside = ranked(1, 0.6, 10, 0.5), ranked(2, 0.0)
    assert confidence([alone], CEILING, NOW) == confidence([alone, beside], CEILING, NOW)
    assert confidence([alone, ranked(2, 0.6)], CEILING, NOW) < confidence([alone], CEILING, NOW)


def test_copies_of_the_best_article_do_not_follow_it():
    best, copy, other = ranked(1, 0.6, 10, 0.5, copies=1), ranked(2, 0.59, copies=1), ranked(3, 0.4)
    assert confidence([best, copy, other], CEILING, NOW) == confidence([best, other], CEILING, NOW)
    assert confidence([best, copy], CEILING, NOW) == confidence([best], CEILING, NOW)


def test_a_question_without_words_is_judged_by_the_rest():
    assert confidence([ranked(1, 0.6, 0.0, 0.5)], 0.0, NOW) == confidence([ranked(1, 0.6, 0.0, 0.5)], CEILING, NOW)
