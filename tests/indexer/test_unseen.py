"""Characters that are not seen: none goes out, and no offset moves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.cleaning import clean
from indexer.showing import shown_article
from indexer.types import Article, Passage
from indexer.unseen import UNSEEN, shown

HOSTILE = (
    "\u202eevil\u202c \u200bzero\u2060 \U000e0041tag\U000e007f \x1b[31mred\x1b[0m \ufeff\u00ad\u2066\u2069\u200d\x07"
)
WORDS = st.text(st.sampled_from("aé\n क\u094dनس🙂\u200d\u200c\u202e\ufe0f\u200b\x1b\r\u2028\U000e0041"), max_size=30)


@given(WORDS)
def test_nothing_unseen_is_left_and_every_offset_stays(text):
    out = shown(text)
    assert len(out) == len(text)
    assert not any(one.search(out) for one in UNSEEN)
    assert shown(out) == out
    assert all(after == before for before, after in zip(text, out, strict=True) if before in "aéकनس🙂")


@given(WORDS)
def test_what_was_cleaned_is_shown_as_it_is(text):
    cleaned = clean(Article("a", "Title", f"Words {text} words"))
    assert shown_article(cleaned) == cleaned


@pytest.mark.parametrize("text", ["plain", "naïve café", "👩\u200d🚀 ❤️", "می\u200cخواهم", "नेपाल क्\u200dष"])
def test_what_changes_how_a_script_is_written_stays(text):
    assert shown(text) == text


def test_every_text_of_an_article_is_cleaned_on_the_way_in():
    moment = datetime(2025, 3, 1, tzinfo=UTC)
    names = ("title", "body", "summary", "publisher", "language", "correction")
    texts = dict.fromkeys(names, f"some {HOSTILE} words")
    one = Article(
        "a",
        **texts,
        url=f"https://a.example/{HOSTILE}\nx",
        authors=(HOSTILE,),
        categories=(HOSTILE,),
        published_at=moment,
    )
    cleaned = clean(one)
    for text in (*(getattr(cleaned, name) for name in (*names, "url")), *cleaned.authors, *cleaned.categories):
        assert text
        assert shown(text) == text


def test_an_address_is_left_letter_by_letter():
    url = "https://a.example/Käse%20und%E2%80%8B?q=a b"
    assert clean(Article("a", "Title", "Words", url=url)).url == url


def test_a_passage_has_the_id_of_what_is_shown_of_it():
    raw = f"some {HOSTILE} words"
    assert Passage("a", 3, 3 + len(raw), raw).id == Passage("a", 3, 3 + len(raw), shown(raw)).id
