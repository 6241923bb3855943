"""Chunking: exact offsets, whole sentences, nothing left out."""

from __future__ import annotations

import re

import pytest
from fakes import article
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.chunking import WORD, chunk, sentences
from indexer.types import Chunking

TEXT = st.lists(
    st.one_of(
        st.sampled_from(
            ["The storm hit.", "Dr. Holm left the U.S. on Monday!", "Why? ", "\n", "\n\n", " ", "«Nein», sagte sie."]
        ),
        st.text(max_size=40),
        st.text(alphabet="字漢あア한", max_size=60),
        st.text(alphabet="ab .", max_size=400),
    ),
    max_size=25,
).map("".join)
CHUNKINGS = st.builds(Chunking, words=st.integers(1, 60), overlap=st.integers(0, 3))


@settings(deadline=None)
@given(TEXT, CHUNKINGS)
def test_every_passage_is_a_slice_of_its_article(body, chunking):
    for passage in chunk(article(1, body), chunking):
        assert passage.text == body[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""


@settings(deadline=None)
@given(TEXT, CHUNKINGS)
def test_passages_together_hold_everything_but_white_space(body, chunking):
    covered = set()
    for passage in chunk(article(1, body), chunking):
        covered.update(range(passage.start, passage.end))
    assert all(body[place].isspace() for place in range(len(body)) if place not in covered)


@settings(deadline=None)
@given(TEXT, CHUNKINGS)
def test_passages_are_whole_sentences_within_the_limit_and_move_on(body, chunking):
    found = list(sentences(body, "en"))
    starts, ends = {s.start for s in found}, {s.end for s in found}
    passages = chunk(article(1, body, language="en"), chunking)
    for passage in passages:
        assert passage.start in starts and passage.end in ends
        alone = any((s.start, s.end) == (passage.start, passage.end) for s in found)
        assert alone or len(WORD.findall(passage.text)) <= chunking.words
    assert [p.end for p in passages] == sorted({p.end for p in passages})
    assert [p.start for p in passages] == sorted({p.start for p in passages})


def test_a_passage_repeats_the_last_sentence_of_the_one_before():
    body = "One two three four. Five six seven. Eight nine ten. Eleven twelve."
    passages = chunk(article(1, body), Chunking(words=7, overlap=1))
    assert [p.text for p in passages] == [
        "One two three four. Five six seven.",
        "Five six seven. Eight nine ten.",
        "Eight nine ten. Eleven twelve.",
    ]


def test_abbreviations_end_no_sentence():
    body = "Dr. Holm met J. R. Reyes in the U.S. on Monday. They spoke for 3.5 hours."
    assert [body[s.start : s.end] for s in sentences(body)] == [
        "Dr. Holm met J. R. Reyes in the U.S. on Monday.",
        "They spoke for 3.5 hours.",
    ]


def test_lines_end_a_sentence():
    body = "A headline without a stop\nThe first paragraph. It goes on"
    assert [body[s.start : s.end] for s in sentences(body)] == [
        "A headline without a stop",
        "The first paragraph.",
        "It goes on",
    ]


@pytest.mark.parametrize(
    "body", ["word " * 200_000, "x" * 1_000_000, "字" * 300_000, "Hi there. " * 50_000, "\n" * 10_000]
)
def test_text_without_sentence_ends_is_cut_into_passages_of_bounded_size(body):
    passages = chunk(article(1, body), Chunking())
    assert all(len(p.text) <= 4_000 for p in passages)
    assert sum(len(re.sub(r"\s", "", p.text)) for p in passages) >= len(re.sub(r"\s", "", body))


def test_the_same_article_gives_the_same_ids_and_another_text_another_id():
    first, again = (chunk(article(1, "A storm. A flood."), Chunking()) for _ in range(2))
    (other,) = chunk(article(1, "A storm. A fire."), Chunking())
    (elsewhere,) = chunk(article(2, "A storm. A flood."), Chunking())
    assert [p.id for p in first] == [p.id for p in again]
    assert len({first[0].id, other.id, elsewhere.id}) == 3
