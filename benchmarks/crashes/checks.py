"""Whether an index opens by itself and holds in all three stores exactly what it must."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.crashes.news import CHUNKING, COMMON, EMBEDDERS, State, article, day, marks
from benchmarks.crashes.operations import Add, opened
from indexer.chunking import chunk
from indexer.embedded import examine
from indexer.embedding import embeddable
from indexer.index import Index, Snapshot
from indexer.stored import StoredArticle, StoredPassage
from indexer.types import Filter, Keys

EVERYTHING = 1_000_000

DAYS = (1, 2, 3, 4)
"""When it is asked what readers see, beside now."""


def problems(folder: Path, allowed: Sequence[State]) -> list[str]:
    """Return what is wrong with the index in ``folder``, which must be in one of the ``allowed`` states."""
    try:
        index = opened(folder)
        return list(faults(index, folder, allowed))
    except Exception as error:  # whatever it is, an index that says it does not open or answer
        return [f"{type(error).__name__}: {error}"]


def faults(index: Index, folder: Path, allowed: Sequence[State]) -> Iterator[str]:
    """Yield what is wrong with an index that has opened."""
    snapshot = index.snapshot()
    if index.behind():
        yield f"the views are {index.behind()} changes behind"
    articles = index.store.articles("", EVERYTHING, snapshot.sequence_number)
    histories = {one.article.id: index.store.versions(one.article.id, snapshot.sequence_number) for one in articles}
    yield from damaged_articles(histories)
    state = State({number_of(one): tuple(map(edition_of, own)) for one, own in histories.items()}, index.store.model)
    if state not in allowed:
        yield f"neither the old state nor the new one: {difference(state, allowed)}"
    passages = {
        (number_of(one), place): snapshot.version_passages(version)
        for one, versions in histories.items()
        for place, version in enumerate(versions)
    }
    yield from damaged_passages(snapshot, passages, state)
    yield from disagreements(snapshot, passages, state)
    yield from damage_to_sqlite(folder)
    yield from (f"the doctor finds: {one.problem}" for one in examine(folder).findings if not one.harmless)


def number_of(article_id: str) -> int:
    """Return the number of an article."""
    return int(article_id[1:])


def edition_of(version: StoredArticle) -> int:
    """Return which edition of an article a version is."""
    updated = version.article.updated_at
    return updated.day if updated else 1


def difference(state: State, allowed: Sequence[State]) -> str:
    """Say in which articles ``state`` differs from what may be."""
    if state.model not in {one.model for one in allowed}:
        return f"the model is {state.model.name}"
    numbers = sorted({number for one in (state, *allowed) for number in one.editions})
    return (
        "; ".join(
            f"article {number} in editions {state.editions.get(number)},"
            f" not {' or '.join(str(one.editions.get(number)) for one in allowed)}"
            for number in numbers
            if state.editions.get(number) not in [one.editions.get(number) for one in allowed]
        )
        or "each article is in one of the two, but not all in the same"
    )


def damaged_articles(histories: dict[str, list[StoredArticle]]) -> Iterator[str]:
    """Yield the versions that are not, to the letter, what was handed in."""
    for article_id, versions in histories.items():
        for version in versions:
            if version.article != article(number_of(article_id), edition_of(version)):
                yield f"version {version.version} of article {article_id} is not as it was handed in"


Passages = dict[tuple[int, int], list[StoredPassage]]
"""By the number of an article, and the place of an edition among its editions."""


def damaged_passages(snapshot: Snapshot, passages: Passages, state: State) -> Iterator[str]:
    """Yield the passages that do not match their article, or that a view has under other words or another vector."""
    for (number, place), found in passages.items():
        whole = article(number, state.editions[number][place])
        if [one.passage for one in found] != list(chunk(whole, CHUNKING)):
            yield f"the passages of article {number}, edition {place + 1}, are not those of its text"
        vectors = EMBEDDERS[state.model.sha256].embed_passages([embeddable(whole.title, p.passage.text) for p in found])
        for one, vector in zip(found, vectors, strict=True):
            key, mark = np.array([one.key]), next(mark for mark in marks(whole) if mark in one.passage.text)
            if abs(float(snapshot.vectors.scores(vector, key)[0]) - 1) > 0.01:
                yield f"passage {one.key} has another vector"
            if snapshot.words.scores(mark, key)[0] <= 0:
                yield f"passage {one.key} has other words"
        versions = np.array([one.version_key for one in snapshot.candidates(np.array([one.key for one in found]))])
        if not all(snapshot.words.article_scores(mark, versions).all() for mark in marks(whole)):
            yield f"article {number}, edition {place + 1}, has other words as a whole"


def disagreements(snapshot: Snapshot, passages: Passages, state: State) -> Iterator[str]:
    """Yield where a view shows something else, or something twice, of what readers see then and now."""
    question = EMBEDDERS[state.model.sha256].embed_query(COMMON)
    moments = [(one, day(one) + timedelta(hours=1)) for one in DAYS] + [(99, datetime.now(UTC) + timedelta(days=1))]
    for number, moment in moments:
        where = Filter(moment)
        want = sorted(one.key for shown in state.shown(number) for one in passages[shown])
        for name, keys in (
            ("vector", snapshot.vectors.nearest(question, EVERYTHING, where).keys),
            ("word", snapshot.words.nearest(COMMON, EVERYTHING, where).keys),
        ):
            if sorted(keys.tolist()) != want:
                yield f"the {name} view does not agree with the store on {moment:%d %B %Y}: {unlike(keys, want)}"


def unlike(keys: Keys, want: list[int]) -> str:
    """Say how the keys a view has found differ from those it should have."""
    found = keys.tolist()
    twice = sorted({key for key in found if found.count(key) > 1})
    return f"missing {sorted(set(want) - set(found))}, too many {sorted(set(found) - set(want))}, twice {twice}"


def damage_to_sqlite(folder: Path) -> Iterator[str]:
    """Yield what SQLite finds wrong with its own file."""
    with closing(sqlite3.connect(folder / "articles.db")) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        found += [f"foreign key of {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")]
    yield from (f"SQLite: {one}" for one in found if one != "ok")


def litter(folder: Path) -> list[str]:
    """Return what an interrupted run has left behind that not even compaction takes away."""
    opened(folder).compact()
    left = (path for path in folder.rglob("*") if "draft" in path.name or path.name.startswith(".tmp"))
    return [f"{path.relative_to(folder)} was left behind" for path in left]


def embedded_again(folder: Path, state: State) -> int:
    """Return how many texts are embedded when everything the index holds is added once more."""
    embedder, index = EMBEDDERS[state.model.sha256], opened(folder)
    before = embedder.embedded
    for number, editions in state.editions.items():
        Add([number], editions[-1]).do(folder, index)
    return embedder.embedded - before
