"""Names and numbers of a text, and bodies that are not about their headline."""

from __future__ import annotations

import pytest

from indexer.wording import LONGEST_NOTICE, WORD, is_notice, names

CONSENT = WORD.findall("We value your privacy. We and our partners store information on your device, such as cookies.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mr. Colley's 7:20 bus", ["Mr", "Colley", "s", "7", "20", "bus"]),
        ("café_au-lait", ["café_au", "lait"]),
        ("桥开放 today", ["桥", "开", "放", "today"]),
        (" … — ", []),
    ],
)
def test_words_are_runs_of_letters_and_digits_or_single_characters(text, words):
    assert WORD.findall(text) == words


def test_names_are_numbers_and_what_stands_with_a_capital_only():
    words = WORD.findall("The storm reached Saltmere on 4 November. Storm Odalys took the roof; NATO, 2nd day.")
    assert names(words) == {"saltmere", "4", "november", "odalys", "nato", "2nd"}


def test_a_body_without_the_words_of_its_headline_is_a_notice():
    assert is_notice(WORD.findall("Nissan recalls 200,000 pickup trucks"), CONSENT)
    assert not is_notice(WORD.findall("How cookies on your device store what you did"), CONSENT)


def test_the_ends_of_words_do_not_count():
    assert not is_notice(["Prison", "escapes"], WORD.findall("An escaped man was caught in the prisons of the county."))


@pytest.mark.parametrize("title", ["", "11 March 2025", "50 States", "桥重新开放"])
def test_a_headline_that_says_little_tells_nothing_of_its_body(title):
    assert not is_notice(WORD.findall(title), CONSENT)


def test_a_long_body_is_no_notice():
    assert not is_notice(["Daily", "briefing"], ["word"] * (LONGEST_NOTICE + 1))
