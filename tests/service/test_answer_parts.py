"""Questions taken apart, kinds of answers, and what a language model writes cut into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.checking import find
from service.answering.drafts import Claim, Draft, drafts
from service.answering.kinds import kind
from service.answering.parts import MOST_PARTS, split


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ("Why was the bridge closed?", ["Why was the bridge closed?"]),
        ("Who resigned and why?", ["Who resigned?", "why?"]),
        ("What happened to the mill, and when did the ferry strike end?",
         ["What happened to the mill?", "when did the ferry strike end?"]),
        ("Who won? How many people watched?", ["Who won?", "How many people watched?"]),
        ("NASA delayed its launch. Where is the launchpad?", ["NASA delayed its launch. Where is the launchpad?"]),
        ("Which team, old and loved by many, won?", ["Which team, old and loved by many, won?"]),
        ("Wer trat zurück und warum?", ["Wer trat zurück?", "warum?"]),
        ("Who resigned and was replaced?", ["Who resigned and was replaced?"]),
        ("mayor resigns", ["mayor resigns"]),
    ],
)  # fmt: skip
def test_a_question_is_taken_apart_where_it_asks_twice(asked, parts):
    assert [part.text for part in split(asked)] == parts


def test_what_makes_no_sense_alone_is_searched_with_the_first_part():
    first, why, when = split("Who resigned, and why? When did the auditor report to the council?")
    assert (first.leans, why.leans, when.leans) == (False, True, False)
    assert why.searched == "Who resigned why?"
    assert when.searched == when.text


@given(st.text(max_size=200))
def test_any_text_has_parts_and_never_too_many(asked):
    assert 1 <= len(split(asked)) <= MOST_PARTS


@pytest.mark.parametrize(
    ("question", "offers", "lacks"),
    [
        ("How many people died?", "It killed 43 of them.", "It killed them."),
        ("How many of the 12 died?", "It killed seven.", "All of the 12 were there."),
        ("When does it open?", "It opens on Tuesday.", "It opens soon."),
        ("Why did it close?", "It closed because of a crack.", "It was closed."),
        ("Who is the mayor of Saltmere?", "The mayor is Halina Broad.", "The mayor of Saltmere is away."),
    ],
)
def test_a_sentence_offers_what_is_asked_for_only_where_the_question_has_it_not(question, offers, lacks):
    asks = kind(question)
    assert asks.offered(offers, question) > asks.offered(lacks, question) == 0


WRITTEN = (
    'The bridge closed on Monday. [1 "was closed on Monday"] It may stay shut [2: “for weeks”][3].\n'
    'Nobody cites this. See [sic] here [1, 2 "cracks in a pier"].'
)


def test_what_is_written_is_cut_into_sentences_with_their_citations():
    assert list(drafts([WRITTEN])) == [
        Draft("The bridge closed on Monday.", (Claim(1, "was closed on Monday"),)),
        Draft("It may stay shut.", (Claim(2, "for weeks"), Claim(3, ""))),
        Draft("Nobody cites this.", ()),
        Draft("See [sic] here.", (Claim(1, "cracks in a pier"), Claim(2, "cracks in a pier"))),
    ]


def test_citations_on_the_next_line_belong_to_the_sentence_before():
    written = 'One sentence.\n[1 "some words"]\nAnother one.\n\nA third.\n'
    assert list(drafts([written])) == [
        Draft("One sentence.", (Claim(1, "some words"),)),
        Draft("Another one.", ()),
        Draft("A third.", ()),
    ]


@given(st.integers(1, 20))
def test_it_does_not_matter_in_which_pieces_it_comes(size):
    pieces = [WRITTEN[start : start + size] for start in range(0, len(WRITTEN), size)]
    assert list(drafts(pieces)) == list(drafts([WRITTEN]))


def test_a_sentence_comes_as_soon_as_it_is_whole():
    came = []

    def written():
        for piece in ('A first one. [1 "some words"]', " And", " more"):
            came.append(piece)
            yield piece

    assert next(drafts(written())).text == "A first one."
    assert len(came) == 2


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("closed on  Monday", True),
        ('said: "shut" it', True),
        ("closed on Tuesday", False),
        ("losed on Monday", False),
        ("Closed On Monday", False),
    ],
)
def test_a_quote_stands_word_for_word_but_for_spaces_and_marks(quote, stands):
    text = "The bridge was closed\non Monday. He said: “shut” it."
    found = find(quote, text)
    assert (found is not None) == stands
    assert found is None or text[found.start : found.end].split()[0] == quote.split()[0]


@pytest.mark.parametrize("endless", [" ", "\n", " \n", "[1 ", "[1, ", "word "])
def test_what_never_becomes_a_sentence_is_not_looked_at_for_ever(endless):
    pieces = ["The mayor said [1"] + [endless] * (20_000 // len(endless))
    (draft, *_) = drafts(pieces)
    assert draft.text.startswith("The mayor said")
