"""How much age counts: as much as the question and the dates of its best candidates say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes import ranked
from hypothesis import given
from hypothesis import strategies as st

from service.recency import crowding, factor, freshness, period, weight
from service.timewords import understand
from service.types import Query

NOW = datetime(2025, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def articles(*ages_and_scores):
    """Articles by age in days and score, None for no date; best first."""
    rows = sorted(ages_and_scores, key=lambda row: -row[1])
    return [
        ranked(number, score, published_at=None if age is None else NOW - age * DAY)
        for number, (age, score) in enumerate(rows)
    ]


WEEKS_NEWS = articles(*((1, 0.9) for _ in range(5)), *((200 + n, 0.3) for n in range(25)))
ARCHIVE = articles(*((1 if n % 10 == 5 else 100 * n, 0.9 - n / 50) for n in range(40)))  # old and new alike


def weighed(question, found, recency="auto"):
    return weight(Query(question, NOW, recency=recency), understand(question, NOW), found)


# Weight


@pytest.mark.parametrize("question", ["latest on the ferry", "what is happening with the ferry now", "ferry this week"])
def test_a_question_for_what_is_new_makes_age_count_whatever_was_found(question):
    assert weighed(question, ARCHIVE) == weighed(question, []) == 0.5


@pytest.mark.parametrize("question", ["ferry disasters in 1987", "the ferry in January 2024", "ferries centuries ago"])
def test_a_question_for_what_is_past_makes_age_not_count(question):
    assert weighed(question, WEEKS_NEWS) == 0


@pytest.mark.parametrize("question", ["why did the ferry run aground", "the ferry last week", "ferry crash 3 days ago"])
def test_otherwise_it_counts_where_the_relevant_articles_crowd_in_these_days(question):
    assert weighed(question, WEEKS_NEWS) == 0.5
    assert weighed(question, ARCHIVE) == 0


def test_who_asks_can_say_how_much_it_counts():
    assert weighed("latest on the ferry", WEEKS_NEWS, "off") == 0
    assert weighed("ferry disasters in 1987", ARCHIVE, 7 * DAY) == 0.5


def test_between_chance_and_a_crowd_the_weight_rises():
    """Of 10 relevant articles 4 are new, of all 40 there are 7: an excess of 0.4 - 0.175, half way."""
    relevant = [(1, 0.6)] * 4 + [(300, 0.6)] * 6
    others = [(1, 0.2)] * 3 + [(300, 0.2)] * 27
    found = articles(*relevant, *others)
    assert crowding(found, NOW) == pytest.approx(0.225)
    assert weighed("why did the ferry run aground", found) == pytest.approx(0.25)


# Crowding


def test_a_crowd_is_what_is_new_and_relevant_beyond_what_is_new_anyway():
    assert crowding(WEEKS_NEWS, NOW) == pytest.approx(1 - 5 / 30)
    assert crowding(articles(*((1, 0.9) for _ in range(5)), *((1, 0.3) for _ in range(25))), NOW) == pytest.approx(0)
    assert crowding(articles(*((99, 0.9) for _ in range(5)), *((1, 0.3) for _ in range(25))), NOW) < -0.8


def test_ten_days_are_new_and_a_date_is_needed_for_it():
    assert crowding(articles((10, 0.9), (99, 0.1)), NOW) == pytest.approx(0.5)
    assert crowding(articles((10.01, 0.9), (99, 0.1)), NOW) == 0
    assert crowding(articles((None, 0.9), (99, 0.1)), NOW) == 0


@pytest.mark.parametrize("found", [[], articles((1, 0.9)), articles((1, 0.5), (99, 0.5)), articles((1, 0.0), (2, 0.0))])
def test_where_nothing_stands_out_there_is_no_crowd(found):
    assert crowding(found, NOW) == 0


@given(st.lists(st.tuples(st.none() | st.floats(0, 400), st.floats(0, 1)), max_size=40))
def test_weight_and_crowding_keep_their_bounds(rows):
    found = articles(*rows)
    assert -1 <= crowding(found, NOW) <= 1
    assert 0 <= weighed("why did the ferry run aground", found) <= 0.5


# Factors


@pytest.mark.parametrize(("age", "fresh"), [(0, 1), (14, 0.5), (28, 0.25), (7, 0.5**0.5), (-3, 1), (100_000, 0)])
def test_freshness_halves_with_every_half_life(age, fresh):
    assert freshness(NOW - age * DAY, NOW) == pytest.approx(fresh)
    assert freshness(NOW - age * DAY, NOW, 28 * DAY) == pytest.approx(fresh**0.5)


def test_what_has_no_date_is_not_fresh():
    assert freshness(None, NOW) == 0
    assert factor(None, NOW, 0.5, 14 * DAY) == 0.5


@pytest.mark.parametrize(("age", "share", "want"), [(0, 0.5, 1), (14, 0.5, 0.75), (28, 0.2, 0.85), (14, 0, 1)])
def test_age_takes_its_share(age, share, want):
    assert factor(NOW - age * DAY, NOW, share, 14 * DAY) == pytest.approx(want)


def test_a_time_that_is_only_preferred_costs_a_quarter_outside_it():
    words = understand("the ferry this month", NOW)
    assert not words.plain
    assert period(datetime(2025, 3, 1, tzinfo=UTC), words) == 1
    assert period(NOW, words) == 1
    assert period(datetime(2025, 2, 28, 23, 59, 59, tzinfo=UTC), words) == 0.75
    assert period(None, words) == 0.75


def test_a_preferred_time_ends_when_articles_about_it_do():
    words = understand("the ferry disaster of 1987", NOW)
    assert not words.plain
    assert period(words.published_to, words) == 1
    assert period(words.published_to + timedelta(seconds=1), words) == 0.75


@pytest.mark.parametrize("question", ["the ferry last week", "latest on the ferry", "the ferry"])
def test_where_no_time_is_preferred_it_takes_nothing(question):
    assert period(None, understand(question, NOW)) == period(NOW - 999 * DAY, understand(question, NOW)) == 1


@given(
    st.none() | st.datetimes(datetime(1600, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.floats(0, 0.5),
    st.timedeltas(timedelta(seconds=1), 99_999 * DAY),
    st.sampled_from(["the ferry", "ferry this month", "ferry disaster of 1987", "latest on the ferry"]),
)
def test_time_never_adds_to_a_score(published_at, share, half_life, question):
    assert 1 - share <= factor(published_at, NOW, share, half_life) <= 1
    assert period(published_at, understand(question, NOW)) in (0.75, 1)
