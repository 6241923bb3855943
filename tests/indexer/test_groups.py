"""The embedded store keeps copies in groups: whatever arrives in whatever order, changes or goes."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from itertools import permutations

import pytest
from fakes import CHUNKING, WordEmbedder, article, revision

from indexer.embedded import create
from indexer.embedded.groups import regroup
from indexer.embedded.schema import FIRST_EMBEDDINGS
from indexer.embedded.store import SqliteStore


def words(first, last, prefix="w"):
    """A text of numbered words."""
    return " ".join(f"{prefix}{number}" for number in range(first, last))


WHOLE = words(0, 100)
HEAD, TAIL = words(0, 62), words(38, 100)  # each a copy of WHOLE, but not of the other
OTHER = words(0, 100, "other")
ARTICLES = [article(1, HEAD), article(2, TAIL), article(3, WHOLE), article(4, OTHER)]


@pytest.fixture
def folder(tmp_path):
    create(tmp_path, WordEmbedder.model, CHUNKING)
    return tmp_path


@pytest.fixture
def store(folder):
    return SqliteStore(folder, WordEmbedder.model, FIRST_EMBEDDINGS)


def put(store, *articles):
    store.apply([revision(one) for one in articles])


def groups(store, *ids):
    """The articles by group, each group as a set of ids."""
    members = defaultdict(set)
    for article_id, group in store.copy_groups(ids or ["a1", "a2", "a3", "a4"]).items():
        members[group].add(article_id)
    return sorted(map(sorted, members.values()))


def test_an_article_without_copies_is_a_group_of_its_own(store):
    put(store, article(1, HEAD), article(2, TAIL), article(4, OTHER))
    assert groups(store) == [["a1"], ["a2"], ["a4"]]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_of_arrival_gives_the_same_groups(store, order):
    for place in order:
        put(store, ARTICLES[place])
    assert groups(store) == [["a1", "a2", "a3"], ["a4"]]


def test_those_that_arrive_together_are_compared_as_well(store):
    put(store, *ARTICLES)
    assert groups(store) == [["a1", "a2", "a3"], ["a4"]]


def test_a_copy_of_two_groups_makes_them_one_under_the_number_of_the_first(store):
    put(store, article(1, HEAD), article(11, HEAD), article(2, TAIL), article(12, TAIL))
    assert groups(store, "a1", "a11", "a2", "a12") == [["a1", "a11"], ["a12", "a2"]]
    put(store, article(3, WHOLE))
    assert store.copy_groups(["a1", "a11", "a2", "a12", "a3"]) == dict.fromkeys(["a1", "a11", "a2", "a12", "a3"], 1)


def test_what_alone_joined_two_copies_parts_them_when_it_is_removed(store):
    put(store, *ARTICLES)
    store.apply([], ["a3"])
    assert groups(store, "a1", "a2", "a4") == [["a1"], ["a2"], ["a4"]]


def test_what_alone_joined_two_copies_parts_them_when_it_changes(store):
    put(store, *ARTICLES)
    put(store, article(3, OTHER))
    assert groups(store) == [["a1"], ["a2"], ["a3", "a4"]]


def test_the_first_of_a_group_can_leave_it(store):
    put(store, article(1, WHOLE), article(2, WHOLE), article(3, WHOLE))
    put(store, article(1, OTHER))
    assert groups(store, "a1", "a2", "a3") == [["a1"], ["a2", "a3"]]
    store.apply([], ["a2"])
    put(store, article(4, WHOLE))
    assert groups(store, "a1", "a3", "a4") == [["a1"], ["a3", "a4"]]


def test_one_that_was_removed_and_comes_back_finds_its_copies(store):
    put(store, *ARTICLES)
    store.apply([], ["a1"])
    assert groups(store, "a2", "a3") == [["a2", "a3"]]
    put(store, article(5, HEAD), article(1, HEAD))
    assert groups(store, "a1", "a2", "a3", "a5") == [["a1", "a2", "a3", "a5"]]


def test_a_text_without_words_has_no_copies(store):
    put(store, article(1, "...", title="—"), article(2, "...", title="—"))
    assert groups(store, "a1", "a2") == [["a1"], ["a2"]]


def test_other_facts_of_an_article_change_and_its_group_stays(store):
    put(store, *ARTICLES)
    put(store, article(3, WHOLE, categories=("Shipping",), publisher="Morning Post"))
    assert groups(store) == [["a1", "a2", "a3"], ["a4"]]


def test_an_unchanged_text_writes_nothing(store, folder):
    put(store, *ARTICLES)
    with closing(sqlite3.connect(folder / "articles.db")) as connection:
        regroup(connection, 3, "Headline 3", WHOLE)
        assert connection.total_changes == 0
        regroup(connection, 3, "Headline 3", OTHER)
        assert connection.total_changes > 0


def test_a_large_group_stays_whole_when_one_leaves(store):
    ids = [f"a{number}" for number in range(40)]
    put(store, *(article(number, WHOLE) for number in range(40)))
    store.apply([], ["a0"])
    assert groups(store, *ids[1:]) == [sorted(ids[1:])]


def test_who_is_no_copy_of_the_first_stays_with_those_that_are_copies_of_both(store):
    put(store, article(1, HEAD), article(2, TAIL), *(article(number, WHOLE) for number in range(3, 33)))
    for number in range(3, 32):
        store.apply([], [f"a{number}"])
        assert groups(store, "a1", "a2", "a32") == [["a1", "a2", "a32"]]
    store.apply([], ["a32"])
    assert groups(store, "a1", "a2") == [["a1"], ["a2"]]
