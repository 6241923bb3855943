"""What filters ask of a version is the same, read fast from its row, as of the version as an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from indexer.embedded import create, open_index
from indexer.embedded.changed import Change, Times
from indexer.embedded.criteria import seconds, terms

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

FIRST = {
    "plain": {},
    "undated": {"published_at": None},
    "named": {
        "publisher": "The Höme\u202e Post",
        "authors": ("Ann B.", "Ann B."),
        "categories": ("Sport", "sport\x7f"),
    },
    "linked": {"url": "https://www.Example.org/a", "language": "pt-BR"},
    "held": {"embargo_until": NOON + DAY},
    "brief": {"expires_at": NOON + 9 * DAY},
}
THEN = {
    "unchanged": None,
    "corrected": {"status": "corrected", "updated_at": NOON + 2 * DAY},
    "withdrawn": {"status": "withdrawn", "correction": "It did not happen."},
    "held longer": {"embargo_until": NOON + 3 * DAY},
    "briefer": {"expires_at": NOON + 5 * DAY, "updated_at": NOON + DAY},
}


def change(sequence_number, key, stored):
    """What is to be read of a version, worked out from the article."""
    found = (stored.opens, stored.closes, stored.article.published_at, stored.indexed_at)
    times = Times(*map(seconds, (*found, stored.valid_to, stored.replaced_at)))
    return Change(sequence_number, key, times, frozenset(terms(stored.article)))


@pytest.mark.parametrize("then", THEN)
@pytest.mark.parametrize("first", FIRST)
def test_a_change_says_what_the_version_says(tmp_path, first, then):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    index = open_index(tmp_path / "index")
    one = replace(article(1, "The bridge is open."), **{"published_at": NOON, **FIRST[first]})
    states = [one] if THEN[then] is None else [one, replace(one, body="The bridge is shut.", **THEN[then])]
    for state in states:
        pipeline.add(index, WordEmbedder(), arrived(state), chunking=CHUNKING)
    last = index.store.sequence_number()
    changes = list(index.store.touched(0, last))
    versions = index.store.versions(one.id, last)
    assert changes == [
        change(one.sequence_number, one.key, version) for one, version in zip(changes, versions, strict=True)
    ]
    assert len(changes) == len(states)
