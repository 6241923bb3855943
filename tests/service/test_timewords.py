"""What the time words of questions mean, asked on Thursday 21 August 2025 at 15:00 UTC."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.timewords import understand

ASKED = datetime(2025, 8, 21, 15, tzinfo=UTC)
NEWSQUIZ = Path(__file__).parents[3] / "shared" / "bench" / "newsquiz"


def range_of(found):
    """Write a range as "2025-08-11..2025-08-17"; "now" is the moment of asking, "" an open end."""
    start, end = (
        "" if moment is None else "now" if moment == ASKED else moment.date().isoformat()
        for moment in (found.start, found.end)
    )
    assert found.start is None or found.start.time() == time.min
    assert found.end in (None, ASKED) or found.end.time() == time(23, 59, 59)
    return f"{start}..{end}"


PLAIN = [
    # days
    ("Which minister resigned yesterday?", "yesterday", "2025-08-20..2025-08-20"),
    ("bombing yesterday evening", "yesterday", "2025-08-20..2025-08-20"),
    ("Yesterday's verdict", "Yesterday", "2025-08-20..2025-08-20"),
    ("the storm of the day before yesterday", "day before yesterday", "2025-08-19..2025-08-19"),
    ("who resigned last night", "last night", "2025-08-20..now"),
    ("what burned 3 days ago", "3 days ago", "2025-08-18..2025-08-18"),
    ("What did he say on Monday?", "on Monday", "2025-08-18..2025-08-18"),
    ("speech on Tuesday morning", "on Tuesday", "2025-08-19..2025-08-19"),
    ("On Wednesday Apple released what?", "On Wednesday", "2025-08-20..2025-08-20"),
    ("said on Thursday", "on Thursday", "2025-08-21..now"),
    ("said on friday", "on friday", "2025-08-15..2025-08-15"),
    ("speech last Friday", "last Friday", "2025-08-15..2025-08-15"),
    ("speech last Thursday", "last Thursday", "2025-08-14..2025-08-14"),
    ("speech this Tuesday", "this Tuesday", "2025-08-19..2025-08-19"),
    # weeks and weekends
    ("floods in Spain last week", "last week", "2025-08-11..2025-08-17"),
    ("last week's summit", "last week", "2025-08-11..2025-08-17"),
    ("WHO WON LAST WEEK?", "LAST WEEK", "2025-08-11..2025-08-17"),
    ("deals of the week before last", "week before last", "2025-08-04..2025-08-10"),
    ("fires last weekend", "last weekend", "2025-08-16..2025-08-17"),
    ("fires over the weekend", "over the weekend", "2025-08-16..2025-08-17"),
    ("meetings in the week of 5 June", "in the week of 5 June", "2025-06-02..2025-06-11"),
    # the last so many
    ("strikes in the last 3 days", "in the last 3 days", "2025-08-18..now"),
    ("strikes over the past two weeks", "past two weeks", "2025-08-07..now"),
    ("attacks in the past 48 hours", "in the past 48 hours", "2025-08-19..now"),
    ("attacks in the past few days", "in the past few days", "2025-08-18..now"),
    ("talks in the past couple of weeks", "in the past couple of weeks", "2025-08-07..now"),
    ("prices over the last month", "over the last month", "2025-07-21..now"),
    ("prices this past week", "past week", "2025-08-14..now"),
    # months, quarters, years
    ("inflation last month", "last month", "2025-07-01..2025-07-31"),
    ("who died last year", "last year", "2024-01-01..2024-12-31"),
    ("profits last quarter", "last quarter", "2025-04-01..2025-06-30"),
    ("central bank rates in August 2025", "in August 2025", "2025-08-01..now"),
    ("rates August 2025", "August 2025", "2025-08-01..now"),
    ("rates in Sept. 2024", "in Sept. 2024", "2024-09-01..2024-09-30"),
    ("protests in March", "in March", "2025-03-01..2025-03-31"),
    ("protests in may", "in may", "2025-05-01..2025-05-31"),
    ("protests in August", "in August", "2025-08-01..now"),
    ("protests in September", "in September", "2024-09-01..2024-09-30"),
    ("who won in 2024", "in 2024", "2024-01-01..2024-12-31"),
    ("sales during 2025", "during 2025", "2025-01-01..now"),
    ("sales in the year 2024", "in the year 2024", "2024-01-01..2024-12-31"),
    ("first half of 2024", "first half of 2024", "2024-01-01..2024-06-30"),
    ("sales in the second half of 2024", "in the second half of 2024", "2024-07-01..2024-12-31"),
    ("H1 2025", "H1 2025", "2025-01-01..2025-06-30"),
    ("sales Q3 2024", "Q3 2024", "2024-07-01..2024-09-30"),
    ("sales in the third quarter of 2024", "in the third quarter of 2024", "2024-07-01..2024-09-30"),
    # dates
    ("storm on March 3", "on March 3", "2025-03-03..2025-03-03"),
    ("storm on March 3rd, 2025", "on March 3rd, 2025", "2025-03-03..2025-03-03"),
    ("storm on 3 March 2025", "on 3 March 2025", "2025-03-03..2025-03-03"),
    ("storm on the 3rd of March 2025", "on the 3rd of March 2025", "2025-03-03..2025-03-03"),
    ("storm on 29 February", "on 29 February", "2024-02-29..2024-02-29"),
    ("storm on 31 December", "on 31 December", "2024-12-31..2024-12-31"),
    ("storm on Monday, 4 August 2025", "on Monday, 4 August 2025", "2025-08-04..2025-08-04"),
    ("storm on 30 February 2025", "February 2025", "2025-02-01..2025-02-28"),
    ("storm 2025-08-10", "2025-08-10", "2025-08-10..2025-08-10"),
    ("storm 2025-07", "2025-07", "2025-07-01..2025-07-31"),
    ("storm on 10.8.2025", "on 10.8.2025", "2025-08-10..2025-08-10"),
    ("storm on 8/13/2025", "on 8/13/2025", "2025-08-13..2025-08-13"),
    # from one to another
    ("since June", "since June", "2025-06-01..now"),
    ("prices since 2024", "since 2024", "2024-01-01..now"),
    ("deaths since last week", "since last week", "2025-08-11..now"),
    ("deaths since Monday", "since Monday", "2025-08-18..now"),
    ("deaths since yesterday", "since yesterday", "2025-08-20..now"),
    ("changes since 5 June", "since 5 June", "2025-06-05..now"),
    ("changes after 3 March", "after 3 March", "2025-03-04..now"),
    ("changes after 2023", "after 2023", "2024-01-01..now"),
    ("between March and May", "between March and May", "2025-03-01..2025-05-31"),
    ("between November and February", "between November and February", "2024-11-01..2025-02-28"),
    ("between March and May 2024", "between March and May 2024", "2024-03-01..2024-05-31"),
    ("from June 2024 to March 2025", "from June 2024 to March 2025", "2024-06-01..2025-03-31"),
    ("from 2019 to 2024", "from 2019 to 2024", "2019-01-01..2024-12-31"),
    ("sales 2019-2024", "2019-2024", "2019-01-01..2024-12-31"),
    ("between 3 and 5 August", "between 3 and 5 August", "2025-08-03..2025-08-05"),
    ("3-5 August 2025", "3-5 August 2025", "2025-08-03..2025-08-05"),
    ("from Monday to Wednesday", "from Monday to Wednesday", "2025-08-18..2025-08-20"),
    ("from Friday until Tuesday", "from Friday until Tuesday", "2025-08-15..2025-08-19"),
    # other languages
    ("Was ist gestern passiert?", "gestern", "2025-08-20..2025-08-20"),
    ("Vorgestern in Berlin", "Vorgestern", "2025-08-19..2025-08-19"),
    ("Was geschah letzte Woche?", "letzte Woche", "2025-08-11..2025-08-17"),
    ("was geschah letzte woche?", "letzte woche", "2025-08-11..2025-08-17"),
    ("Proteste im März 2025", "im März 2025", "2025-03-01..2025-03-31"),
    ("Proteste seit Juni", "seit Juni", "2025-06-01..now"),
    ("Sturm am 3. März 2025", "am 3. März 2025", "2025-03-03..2025-03-03"),
    ("Zwischen März und Mai 2025", "Zwischen März und Mai 2025", "2025-03-01..2025-05-31"),
    ("Que s'est-il passé hier ?", "hier", "2025-08-20..2025-08-20"),
    ("Qui a gagné la semaine dernière ?", "la semaine dernière", "2025-08-11..2025-08-17"),
    ("manifestations en mars 2025", "en mars 2025", "2025-03-01..2025-03-31"),
    ("manifestations depuis juin", "depuis juin", "2025-06-01..now"),
    ("¿Quién ganó ayer?", "ayer", "2025-08-20..2025-08-20"),
    ("protestas la semana pasada", "la semana pasada", "2025-08-11..2025-08-17"),
    ("protestas en marzo de 2025", "en marzo de 2025", "2025-03-01..2025-03-31"),
]

PREFERENCE = [
    ("prices over the past year", "past year", "2024-08-21..now"),
    ("how much prices rose in the last two years", "in the last two years", "2023-08-21..now"),
    # what still runs
    ("Which company was fined this week?", "this week", "2025-08-14..now"),
    ("floods today", "today", "2025-08-21..now"),
    ("arrested this morning", "this morning", "2025-08-21..now"),
    ("this month's inflation", "this month", "2025-08-01..now"),
    ("protests this year", "this year", "2025-01-01..now"),
    ("Überschwemmungen heute", "heute", "2025-08-21..now"),
    ("crecidas esta semana", "esta semana", "2025-08-14..now"),
    # what has no borders
    ("Who recently resigned?", "recently", "2025-07-22..now"),
    ("lawsuits in recent days", "in recent days", "2025-08-14..now"),
    ("prices early 2024", "early 2024", "2024-01-01..2024-04-30"),
    ("prices in mid-2024", "in mid-2024", "2024-05-01..2024-08-31"),
    ("prices in late 2024", "in late 2024", "2024-09-01..2024-12-31"),
    ("protests in early March", "in early March", "2025-03-01..2025-03-10"),
    ("protests at the end of March", "the end of March", "2025-03-21..2025-03-31"),
    ("fires summer 2024", "summer 2024", "2024-06-01..2024-08-31"),
    ("fires last summer", "last summer", "2024-06-01..2024-08-31"),
    ("fires this summer", "this summer", "2025-06-01..now"),
    ("snow in the winter of 2023", "in the winter of 2023", "2023-12-01..2024-02-29"),
    ("fires two weeks ago", "two weeks ago", "2025-08-04..2025-08-11"),
    ("fires two years ago", "two years ago", "2023-02-20..2024-02-20"),
    ("signed on 3/4/2025", "on 3/4/2025", "2025-03-04..2025-04-03"),
    ("speech last Monday", "last Monday", "2025-08-18..2025-08-18"),
    ("profits Q2", "Q2", "2025-04-01..2025-06-30"),
    ("the 2023-24 season", "2023-24", "2023-01-01..2024-12-31"),
    # what may be part of a name
    ("Who won the 2024 election?", "2024", "2024-01-01..2024-12-31"),
    ("Euro 2024 winner", "2024", "2024-01-01..2024-12-31"),
    ("Which team won the 2022 NHL Stanley Cup Finals?", "2022", "2022-01-01..2022-12-31"),
    ("signed the bill Wednesday", "Wednesday", "2025-08-20..2025-08-20"),
    ("storm of March 3", "March 3", "2025-03-03..2025-03-03"),
    # the time of an event that something else is set against
    ("laws since the election in 2024", "since the election in 2024", "2024-01-01..now"),
    ("laws since the 2024 election", "since the 2024", "2024-01-01..now"),
    ("laws after the election in 2024", "after the election in 2024", "2024-01-01..now"),
    ("victims of the March 2025 floods", "March 2025", "2025-03-01..2025-03-31"),
    ("calls before the vote on Monday", "before the vote on Monday", "..2025-08-18"),
    ("calls during the riot on January 6, 2025", "January 6, 2025", "2025-01-06..2025-01-06"),
    ("prices before 2025", "before 2025", "..2024-12-31"),
    ("prices until July", "until July", "..2025-07-31"),
    # what is long ago is told again and again
    ("protests in March 2023", "in March 2023", "2023-03-01..2023-03-31"),
    ("who won in 2021", "in 2021", "2021-01-01..2021-12-31"),
    ("between March and May 2023", "between March and May 2023", "2023-03-01..2023-05-31"),
    ("music of the 1990s", "1990s", "1990-01-01..1999-12-31"),
    ("music in the nineties", "in the nineties", "1990-01-01..1999-12-31"),
    ("wars in the 19th century", "in the 19th century", "1801-01-01..1900-12-31"),
    ("prices before May 2022", "before May 2022", "..2022-04-30"),
    ("the 1963 March on Washington", "1963", "1963-01-01..1963-12-31"),
    # dated in a sentence that only leads up to the question
    ("NASA stopped a launch on Monday. Where is the launchpad?", "on Monday", "2025-08-18..2025-08-18"),
    # of several times the latest, with no border at the others
    ("What did they say yesterday about the attack in March 2023?", "yesterday", "2025-08-20..2025-08-20"),
    ("A card from 1952 was recently sold", "recently", "2025-07-22..now"),
    ("Who was sued this week, after suits in recent years?", "this week", "2025-08-14..now"),
]

NO_TIME = [
    "Which state has the most sheep?",
    "2023 people died",
    "1999 new homes were built",
    "more than 2000 were hurt",
    "It cost $2024",
    "Agenda 2030",
    "Blade Runner 2049",
    "World Cup 2026 host cities",
    "the Mars 2020 rover",
    "passengers of Flight 1999",
    "Theresa May's deal",
    "What about the Prime Minister May lost?",
    "What may happen?",
    "Who may be elected in Paris?",
    "They march in Paris",
    "the March for Our Lives",
    "Saturday Night Live cast",
    "black friday sales",
    "the host of Last Week Tonight",
    "This Week in Tech",
    "a USA Today report",
    "the Today show's anchor",
    "Monday.com earnings",
    "Friday the 13th",
    "plans for New Year's Eve",
    "shops open Monday to Friday",
    "every Monday",
    'the song "last week"',
    "the film 'Yesterday'",
    "the January 6 committee",
    "Where were you on September 11?",
    "Scientists revived a worm frozen 46,000 years ago",
    "113 million years ago",
    "the world's last gaslit cinema",
    "a man in his forties",
    "half past ten",
    "the last week of school",
    "tobacco for today’s teens",
    "Was ist hier los?",
]

NO_RANGE = [
    ("Latest news on Gaza", "Latest", "latest"),
    ("latest news on Gaza", "latest", "latest"),
    ("What do we know so far?", "so far", "latest"),
    ("Who is the current chancellor?", "current", "latest"),
    ("Prices fall now. What was the record set in the middle of June?", "now", "latest"),
    ("Will it rain tomorrow?", "tomorrow", "latest"),
    ("Who will perform at next year's show?", "next year", "latest"),
    ("the G20 summit this weekend", "this weekend", "latest"),
    ("speech this Friday", "this Friday", "latest"),
    ("Will she speak on Monday?", "on Monday", "latest"),
    ("Will rates rise in September?", "in September", "latest"),
    ("prices by 2030", "by 2030", "latest"),
    ("a stamp in 2027", "in 2027", "latest"),
    ("Who was king long ago?", "long ago", "past"),
]


@pytest.mark.parametrize(("question", "words", "span"), PLAIN)
def test_plain_words_filter(question, words, span):
    found = understand(question, ASKED)
    assert (found.text, range_of(found), found.plain) == (words, span, True)


@pytest.mark.parametrize(("question", "words", "span"), PREFERENCE)
def test_other_words_are_a_preference(question, words, span):
    found = understand(question, ASKED)
    assert (found.text, range_of(found), found.plain) == (words, span, False)


@pytest.mark.parametrize("question", NO_TIME)
def test_what_only_looks_like_time_is_none(question):
    assert understand(question, ASKED) is None


@pytest.mark.parametrize(("question", "words", "asks"), NO_RANGE)
def test_words_that_name_no_past_time_give_no_range(question, words, asks):
    found = understand(question, ASKED)
    assert (found.text, found.start, found.end, found.published_to) == (words, None, None, None)
    assert (found.asks, found.plain) == (asks, False)


@pytest.mark.parametrize(
    "question",
    [
        "What happened this week?",
        "What happened today in Rome?",
        "today's headlines",
        "News about the floods in July 2023",
        "articles published in 2019",
        "Show me the headlines from the 1990s",
        "Was ist heute in Rom passiert?",
    ],
)
def test_a_question_for_news_itself_filters(question):
    assert understand(question, ASKED).plain


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("floods today", "latest"),
        ("floods this week", "latest"),
        ("floods in the past 48 hours", "latest"),
        ("floods since Monday", "latest"),
        ("floods last week", "period"),
        ("floods in March", "period"),
        ("floods this year", "period"),
        ("floods since 2020", "period"),
        ("floods in 2021", "past"),
        ("the 1963 floods", "past"),
    ],
)
def test_what_a_question_asks_of_time(question, asks):
    assert understand(question, ASKED).asks == asks


@pytest.mark.parametrize(
    ("question", "until"),
    [
        ("on Friday", "2025-08-18"),
        ("last weekend", "2025-08-20"),
        ("the week before last", "2025-08-17"),
        ("in March", "2025-04-21"),
        ("Q1 2025", "2025-05-15"),
        ("in 2024", "2025-03-31"),
        ("the 1990s", "2000-12-30"),
    ],
)
def test_articles_about_a_time_still_come_out_after_it(question, until):
    assert understand(question, ASKED).published_to.date() == date.fromisoformat(until)


def test_just_after_midnight_today_reaches_back_twelve_hours():
    asked = datetime(2025, 8, 21, 2, tzinfo=UTC)
    assert understand("floods today", asked).start == asked - timedelta(hours=12)


def test_the_day_is_that_of_the_question_in_utc():
    asked = datetime.fromisoformat("2025-08-21T23:30:00-05:00")  # already the 22nd
    assert understand("yesterday", asked).start == datetime(2025, 8, 21, tzinfo=UTC)


WORDS = sorted({word for question, *_ in (*PLAIN, *PREFERENCE, *NO_RANGE) for word in question.split()})
QUESTIONS = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), st.text("0123456789-/. ")
)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(QUESTIONS, MOMENTS)
@settings(deadline=None, max_examples=300)
def test_every_range_is_in_order_and_ends_by_the_moment_of_asking(question, asked):
    found = understand(question, asked)
    assert found == understand(question, asked)
    if found and found.end:
        assert found.end <= found.published_to <= asked
        assert found.start is None or found.start <= found.end
    if found:
        assert found.text in question
        assert not found.plain or found.end


@pytest.mark.skipif(not NEWSQUIZ.exists(), reason="newsquiz is not beside the repository")
def test_no_plain_words_of_newsquiz_lose_a_right_answer():
    published = {one["_id"]: one["published_at"] for one in read(NEWSQUIZ / "corpus.jsonl")}
    right: dict[str, list[str]] = {}
    for line in (NEWSQUIZ / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        question, article, _ = line.split()
        right.setdefault(question, []).append(published[article][:10])
    for one in read(NEWSQUIZ / "queries.jsonl"):
        asked = datetime.combine(date.fromisoformat(one["asked_on"]), time(23, 59, 59), UTC)
        found = understand(one["text"], asked)
        if found and found.plain:
            moments = [datetime.combine(date.fromisoformat(day), time.min, UTC) for day in right[one["_id"]]]
            assert any((found.start or moment) <= moment <= found.published_to for moment in moments), one


def read(path):
    """Return the records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]
