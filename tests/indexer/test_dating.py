from datetime import UTC, datetime, timedelta

import pytest
from fakes import article

from indexer.dating import doubted

NOW = datetime(2025, 8, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("ahead", [timedelta(days=-9000), timedelta(0), timedelta(hours=23)])
def test_what_may_have_been_published_then_stays_as_it_is(ahead):
    one = article(1, published_at=NOW + ahead, date_confidence="high")
    assert doubted(one, NOW) is one


def test_without_a_date_there_is_nothing_to_doubt():
    one = article(1, published_at=None)
    assert doubted(one, NOW) is one


def test_a_date_within_a_month_is_kept_and_doubted():
    one = doubted(article(1, published_at=NOW + timedelta(days=20), date_confidence="high"), NOW)
    assert (one.published_at, one.date_confidence) == (NOW + timedelta(days=20), "low")


def test_a_date_far_ahead_is_given_up_and_told():
    one = doubted(article(1, published_at=datetime(2052, 8, 1, tzinfo=UTC), date_source="pubDate"), NOW)
    assert (one.published_at, one.date_confidence) == (None, "low")
    assert one.date_source == "pubDate: 2052-08-01 lies too far ahead"


def test_the_last_change_stands_in_for_it_if_that_is_past():
    changed = NOW - timedelta(days=1)
    one = doubted(article(1, published_at=datetime(2052, 8, 1, tzinfo=UTC), updated_at=changed), NOW)
    assert one.published_at == changed
    assert one.date_source == "published_at: 2052-08-01 lies too far ahead, so updated_at stands in for it"


def test_the_first_second_of_1970_is_no_date():
    one = doubted(article(1, published_at=datetime(1970, 1, 1, tzinfo=UTC)), NOW)
    assert (one.published_at, one.date_source) == (None, "published_at: 1970-01-01 was never set")


def test_doubting_twice_changes_nothing_more():
    once = doubted(article(1, published_at=datetime(2052, 8, 1, tzinfo=UTC)), NOW)
    assert doubted(once, NOW) == once
