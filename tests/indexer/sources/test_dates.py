from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.dates import dated, moment

USE = "use ISO 8601 such as 2025-08-21T14:05:00Z"


@pytest.mark.parametrize(
    "value",
    [
        "2025-08-21T14:05:00Z",
        "2025-08-21T16:05:00+02:00",
        "2025-08-21 14:05:00",
        "20250821T140500Z",
        "2025-08-21T14:05:00.987654Z",
        " 2025-08-21T14:05:00Z\n",
        "Thu, 21 Aug 2025 14:05:00 GMT",
        "Thu, 21 Aug 2025 14:05:00 +0000",
        "Thu, 21 Aug 2025 10:05:00 EDT",
        "Thu Aug 21 2025 16:05:00 GMT+0200 (CEST)",
        "August 21, 2025 2:05 pm",
        "21 August 2025, 16:05 CEST",
        "21.08.2025 14:05",
        1755785100,
        1755785100.7,
        1755785100000,
        "1755785100",
        "1755785100000",
    ],
)
def test_a_moment_is_read_in_any_plain_form(value):
    assert moment(value) == datetime(2025, 8, 21, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["2025-08-21", "20250821", "21 August 2025", "Aug 21, 2025", "21/08/2025", "08/21/2025"]
)
def test_a_date_is_its_midnight_in_utc(value):
    assert moment(value) == datetime(2025, 8, 21, tzinfo=UTC)


def test_old_and_coming_years_are_possible():
    assert moment("1605-11-05").year == 1605
    assert moment("2031-01-01").year == 2031
    assert moment(-2e8) == datetime(1963, 8, 31, 4, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("next Tuesday-ish", f"'next Tuesday-ish' is not a date; {USE}"),
        ("03/04/2025", f"'03/04/2025' could be more than one day; {USE}"),
        ("01-02-03", f"'01-02-03' could be more than one day; {USE}"),
        ("August 2025", f"'August 2025' does not say which day; {USE}"),
        ("Tuesday", f"'Tuesday' does not say which day; {USE}"),
        ("14:05", f"'14:05' does not say which day; {USE}"),
        ("2025-02-30", f"'2025-02-30' is not a date; {USE}"),
        ("21 Aug 2025 14:05 XYZ", f"'21 Aug 2025 14:05 XYZ' is not a date; {USE}"),
        ("", f"'' is not a date; {USE}"),
        ("9" * 200, f"'{'9' * 80}' is not a date; {USE}"),
        ("0001-01-01", "'0001-01-01' is in the year 1; only 1500 to 2199 is possible"),
        ("2925-08-21", "'2925-08-21' is in the year 2925; only 1500 to 2199 is possible"),
        ("0001-01-01T00:00:00+05:00", f"'0001-01-01T00:00:00+05:00' is not a date; {USE}"),
        (0, "0 is not a date; a number must be seconds or milliseconds since 1970"),
        (2025, "2025 is not a date; a number must be seconds or milliseconds since 1970"),
        (20250821, "20250821 is not a date; a number must be seconds or milliseconds since 1970"),
        (float("nan"), "nan is not a date; a number must be seconds or milliseconds since 1970"),
        (float("inf"), f"inf is not a date; {USE}"),
        (10**30, f"{10**30} is not a date; {USE}"),
    ],
)
def test_what_is_no_one_day_is_refused_with_the_reason(value, reason):
    with pytest.raises(ValueError) as refused:
        moment(value)
    assert str(refused.value) == reason


@given(
    st.one_of(
        st.text(), st.integers(), st.floats(), st.from_regex(r"[0-9]{1,4}[/. -:][0-9a-zA-Z]{1,9}[/. -:][0-9]{1,4}")
    )
)
def test_anything_is_a_moment_in_utc_to_the_second_or_refused(value):
    try:
        time = moment(value)
    except ValueError:
        return
    assert time.utcoffset() == timedelta(0)
    assert time.microsecond == 0


@given(st.datetimes(datetime(1600, 1, 1), datetime(2190, 1, 1), timezones=st.timezones()))
def test_iso_dates_come_back_as_they_were(time):
    assert moment(time.isoformat()) == time.astimezone(UTC).replace(microsecond=0)


@pytest.mark.parametrize(
    ("value", "lacking"),
    [
        ("2025-08-21T14:05:00Z", ""),
        ("Thu, 21 Aug 2025 10:05:00 EDT", ""),
        (1755785100, ""),
        ("2025-08-21 14:05", "no time zone"),
        ("August 21, 2025 2 pm", "no time zone"),
        ("2025-08-21", "day only"),
        ("21 August 2025", "day only"),
    ],
)
def test_what_a_date_leaves_open_is_told(value, lacking):
    assert dated(value).lacking == lacking
