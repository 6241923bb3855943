"""The sentence that answers best, exactly where it stands."""

from __future__ import annotations

from math import fsum, log

import pytest
from fakes import CHUNKING, article
from hypothesis import given
from hypothesis import strategies as st

from indexer.chunking import chunk
from indexer.types import Chunking, Passage
from service.highlights import highlights, spans, stems

BODY = (
    "Saltmere has had a bad week. The harbour bridge was closed on Monday.\nEngineers found cracks in a pier. "
    "Nobody knows when the bridge will reopen."
)


def best(question, body, language=None):
    """The best sentence of a body that is one passage."""
    passage = Passage("a", 0, len(body), body)
    (span,) = highlights(question, [passage], [language])
    return body[span.start : span.end]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who found cracks?", "Engineers found cracks in a pier."),
        ("ENGINEERING a PIER", "Engineers found cracks in a pier."),
        ("When was the harbour bridge closed?", "The harbour bridge was closed on Monday."),
        ("when does it reopen", "Nobody knows when the bridge will reopen."),
    ],
)
def test_the_sentence_with_most_of_the_question_is_best(question, sentence):
    assert best(question, BODY) == sentence


def test_a_word_that_few_sentences_have_tells_more():
    body = "The bridge is old. The bridge is long. The bridge has a toll. Cracks were found."
    assert best("bridge cracks", body) == "Cracks were found."


@pytest.mark.parametrize("question", ["quantum chromodynamics", "?", "bad bad"])
def test_of_equal_sentences_the_first_is_best(question):
    assert best(question, BODY) == "Saltmere has had a bad week."


def test_it_stands_where_the_passage_stands():
    one = article(1, BODY)
    passages = chunk(one, Chunking(words=14, overlap=0))
    assert len(passages) > 1
    spans = highlights("cracks in the bridge closed", passages, ["en"] * len(passages))
    assert [one.body[span.start : span.end] for span in spans] == [
        "The harbour bridge was closed on Monday.",
        "Engineers found cracks in a pier.",
    ]


def test_a_passage_of_one_sentence_is_its_own_highlight():
    assert best("bridge", "The bridge is closed") == "The bridge is closed"


@pytest.mark.parametrize(
    ("language", "body", "question", "sentence"),
    [
        (
            "de",
            "Die Stadt klagt. Die Brücke bleibt bis Mai gesperrt. Das kostet Geld.",
            "Wann öffnet die Brücke?",
            "Die Brücke bleibt bis Mai gesperrt.",
        ),
        (
            "ru",
            "Погода была плохой. Мост закрыли в понедельник. Никто не пострадал.",
            "когда закрыли мост",
            "Мост закрыли в понедельник.",
        ),
        ("hi", "मौसम ख़राब था। पुल सोमवार को बंद हुआ। कोई घायल नहीं हुआ।", "पुल कब बंद हुआ", "पुल सोमवार को बंद हुआ।"),
        ("ja", "天気が悪かった。橋は月曜日に閉鎖された。", "橋は月曜日に閉鎖された", "橋は月曜日に閉鎖された。"),
        (None, "It rained. 🌉 The bridge fell. Nobody was hurt.", "bridge", "🌉 The bridge fell."),
    ],
)
def test_other_languages_and_scripts(language, body, question, sentence):
    assert best(question, body, language) == sentence


WORDY = st.text(st.sampled_from("abcß İ_1é-\u0301क\u094d ."), max_size=60)


@given(WORDY, WORDY)
def test_the_best_sentence_is_the_first_with_the_most_telling_words(question, body):
    passages = chunk(article(1, body), CHUNKING)
    found = [[(span, stems(body[span.start : span.end])) for span in spans(one, None)] for one in passages]
    asked, every = stems(question), [having for own in found for _, having in own]
    told = asked & set().union(*every)
    weights = {stem: log(1 + len(every) / sum(stem in having for having in every)) for stem in told}
    expected = [max(own, key=lambda one: fsum(weights[stem] for stem in one[1] & asked))[0] for own in found]
    assert highlights(question, passages, [None] * len(passages)) == expected


def test_no_passages_have_no_highlights():
    assert highlights("bridge", [], []) == []


TEXT = st.text(st.sampled_from("abc de. ?!\n\n。橋🌉é"), min_size=1, max_size=200).filter(str.strip)


@given(TEXT, st.text(max_size=30))
def test_a_highlight_always_lies_inside_its_passage(body, question):
    passages = chunk(article(1, body), CHUNKING)
    spans = highlights(question, passages, [None] * len(passages))
    assert len(spans) == len(passages)
    for passage, span in zip(passages, spans, strict=True):
        assert passage.start <= span.start < span.end <= passage.end
        assert body[span.start : span.end].strip()
