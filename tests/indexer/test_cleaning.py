import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.cleaning import LONGEST_TITLE, SHORTEST_REPEAT, clean, one_line, same, title_from
from indexer.types import Article

PARAGRAPH = "The old mill on the river Orle turned again on Monday."
EMOJI = "👩\u200d🚒 ❤\ufe0f"
PERSIAN = "می\u200cخواهم"
SINHALA = "ශ්\u200dරී"


def cleaned(body="News.", title="Mill reopens", **fields):
    return clean(Article(id="a", title=title, body=body, **fields))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0bg", "a\nb\nc\nd\ne\nf\ng"),
        ("a\n\n\n\nb\n \n\t\nc", "a\n\nb\n\nc"),
        ("\n\n a \u00a0\n\u3000b\n\n", "a\nb"),
        ("10\u202f000\u00a0km\tnorth", "10 000 km north"),
        ("\ufeffso\u00adft\u200b hy\u2060phen\x00\x07\x7f", "soft hyphen"),
        ("\u202eevil\u202c \u2066x\u2069\u200e\u200f\u061c", "evil x"),
        ("hi\U000e0068\U000e0069\U000e0001\U000e0100", "hi"),
        ("e\u0301", "é"),
        ("bad \ud83d surrogate", "bad  surrogate"),
        ("a\u200db\u200cc\ufe0f", "abc"),
        (EMOJI, EMOJI),
        (PERSIAN, PERSIAN),
        (SINHALA, SINHALA),
        ("می\u200c\u200cخواهم", "میخواهم"),
        ("👩\u200d", "👩"),
        ("1\u200d2 か\u200dな", "12 かな"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
    ],
)
def test_only_what_a_reader_sees_is_kept(before, after):
    assert cleaned(before).body == after


def test_every_text_of_an_article_is_cleaned():
    dirty = "a\u200b \n b\ud800"
    article = cleaned(
        title=dirty,
        summary=dirty,
        publisher=dirty,
        authors=(dirty, "\u200b", dirty),
        categories=(dirty,),
        language="e\u200bn",
        correction=dirty,
    )
    assert article.title == article.summary == article.publisher == article.correction == "a b"
    assert article.authors == article.categories == ("a b",)
    assert article.language == "en"


@pytest.mark.parametrize("field", ["summary", "publisher", "language", "correction"])
def test_a_text_in_which_nothing_is_left_is_none(field):
    assert getattr(cleaned(**{field: "\u200b \n"}), field) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("**Mill reopens**", "Mill reopens"),
        ("# __Mill reopens__ #", "Mill reopens"),
        ("*Mill* reopens at *last*", "*Mill* reopens at *last*"),
        ("Mill\n reopens", "Mill reopens"),
        ("Mill reopens | The Gazette", "Mill reopens"),
        ("The old mill reopens | CNN", "The old mill reopens"),
        ("The old mill reopens | Business | CNN", "The old mill reopens"),
        ("Live | Mill reopens at last | Some Other Paper", "Live | Mill reopens at last"),
        ("The old mill reopens | what it means for the valley", "The old mill reopens | what it means for the valley"),
        ("Mill reopens - the gazette", "Mill reopens"),
        ("Mill reopens – gazette.example", "Mill reopens"),
        ("Mill reopens - after a year", "Mill reopens - after a year"),
        ("Storm | Flood", "Storm | Flood"),
        ("C# is 25", "C# is 25"),
        ("#", "#"),
        ("** **", "** **"),
    ],
)
def test_a_title_loses_its_marks_and_its_publisher(before, after):
    article = cleaned(title=before, publisher="The Gazette", url="https://www.gazette.example/mill")
    assert article.title == after


def test_a_title_in_which_nothing_is_left_is_taken_from_the_body():
    article = cleaned(title="\u200b", body="**Mill reopens**\nIt did.")
    assert (article.title, article.body) == ("Mill reopens", "It did.")


def test_the_title_is_dropped_where_it_leads_the_body():
    body = "The mill reopens\n\n**THE  mill reopens | CNN**\n# The mill reopens\nIt did.\n\nThe mill reopens"
    assert cleaned(body, title="The mill reopens | CNN").body == "It did.\n\nThe mill reopens"


def test_a_body_of_one_line_stays_even_if_it_is_the_title():
    assert cleaned("Mill reopens").body == "Mill reopens"
    assert cleaned("Mill reopens\n\nMill reopens").body == "Mill reopens"


def test_a_repeated_paragraph_is_kept_where_it_stands_first():
    again = PARAGRAPH.upper().replace(" ", "  ")
    assert (
        cleaned(f"{PARAGRAPH}\nIt did.\n\n{again}\n\nIt did.\n{PARAGRAPH}").body == f"{PARAGRAPH}\nIt did.\n\nIt did."
    )


def test_short_lines_may_come_again():
    assert cleaned("Yes.\nNo.\nYes.\nNo.").body == "Yes.\nNo.\nYes.\nNo."


def test_a_body_in_which_nothing_is_left_is_empty():
    assert cleaned(" \u200b\n\ufeff\x00").body == ""


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("\n # Mill reopens\nIt did.", "Mill reopens"),
        ("", ""),
        ("It did. " + "It turned. " * 30, "It did."),
        ("水车转了。" * 40, "水车转了。"),
        ("word " * 60, "word " * 27 + "…"),
        ("x" * 300, "x" * (LONGEST_TITLE - 2) + " …"),
    ],
)
def test_a_title_is_made_of_the_body(body, title):
    assert title_from(body) == title
    assert len(title) <= LONGEST_TITLE


@pytest.mark.parametrize(
    "text", ["# " * 200_000, "# a" + " " * 400_000 + "b", "a | " * 100_000 + "b", "*" * 400_000, "*a " * 100_000]
)
def test_a_hostile_text_takes_no_longer_than_its_length_asks_for(text):
    article = cleaned(text, title=text)
    assert clean(article) == article
    assert title_from(text)


LETTERS = st.sampled_from(
    ["a", "B", "é", "e\u0301", " ", " ", "\n", "\n", "*", "**", "#", "# ", "_", " | ", " - ", ".", "\u00a0", "\u200d"]
    + ["\u200c", "\ufe0f", "\u200b", "\u00ad", "\u202e", "\ud800", "\x00", "\r", "\u2028", "م", "ි", "්", "👩", "1", "…"]
)
TEXTS = st.lists(LETTERS | st.characters(), max_size=30).map("".join)
PARAGRAPHS = st.lists(TEXTS | st.sampled_from([PARAGRAPH, f"**{PARAGRAPH}**", "Mill reopens"]), max_size=6).map(
    "\n".join
)
ARTICLES = st.builds(
    Article,
    id=st.just("a"),
    title=TEXTS | st.sampled_from([PARAGRAPH, "Mill reopens | The Gazette", "**Mill reopens**"]),
    body=PARAGRAPHS,
    summary=st.none() | TEXTS,
    publisher=st.none() | TEXTS | st.just("The Gazette"),
    authors=st.lists(TEXTS, max_size=2).map(tuple),
    categories=st.lists(TEXTS, max_size=2).map(tuple),
    language=st.none() | TEXTS,
    correction=st.none() | TEXTS,
)


def texts(article):
    named = (article.title, article.body, article.summary, article.publisher, article.language, article.correction)
    return [text for text in (*named, *article.authors, *article.categories) if text is not None]


@settings(max_examples=400, deadline=None)
@given(ARTICLES)
@example(Article(id="a", title="A | B | C", body="A\nA | B\nA | B | C"))
def test_cleaning_again_changes_nothing(article):
    assert clean(clean(article)) == clean(article)


@settings(deadline=None)
@given(ARTICLES)
def test_what_is_cleaned_can_be_written_and_seen(article):
    for text in texts(clean(article)):
        text.encode()
        assert unicodedata.is_normalized("NFC", text)
        assert not {unicodedata.category(character) for character in text.replace("\n", "")} & {"Cc", "Cs", "Zl", "Zp"}
        assert "\n\n\n" not in text
        assert text == text.strip(" \n")


@settings(deadline=None)
@given(ARTICLES)
def test_every_line_of_news_is_still_there(article):
    article = replace(article, title="Mill reopens | The Gazette")
    lines = re.split("[\r\n\x0b\x0c\x85\u2028\u2029]", article.body)
    kept = [*clean(article).body.split("\n"), article.title, clean(article).title, ""]
    assert {same(one_line(line)) for line in lines} <= {same(line) for line in kept}


@settings(deadline=None)
@given(ARTICLES)
def test_no_long_paragraph_stands_twice(article):
    paragraphs = [same(line) for line in clean(article).body.split("\n") if len(same(line)) >= SHORTEST_REPEAT]
    assert len(paragraphs) == len(set(paragraphs))
