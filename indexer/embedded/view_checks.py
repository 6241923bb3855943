"""Whether the views hold exactly what the store has; looked at without mending anything."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from indexer.embedded import database, lock
from indexer.embedded.database import Facts
from indexer.embedded.parts import Parts
from indexer.embedded.rows import ONE_OF, vector
from indexer.embedded.vectors import VectorSnapshot
from indexer.embedded.words import WordSnapshot
from indexer.engine import View
from indexer.errors import DamagedView
from indexer.health import Finding, Part
from indexer.types import Keys, Vectors

SAMPLE = 256
"""Passages compared in full, evenly spread over the index."""
PROBES = 4
"""Directions in which their vectors are compared."""
CLOSE = 1e-3
ATTEMPTS, PAUSE = 20, 0.05

MEND = "It is made again from articles.db, without the model, by: dateline doctor --repair"

FINDABLE = """
SELECT p.key, p.version FROM passages p JOIN versions v ON v.key = p.version LEFT JOIN (
    SELECT article_id, max(sequence_number) AS last FROM log WHERE version IS NULL AND sequence_number <= ?1
    GROUP BY article_id
) gone ON gone.article_id = v.article_id
WHERE v.added <= ?1 AND v.added > coalesce(gone.last, 0) ORDER BY p.key
"""
"""What can be found at a sequence number: all versions but those that were there when their article was removed."""

Held = TypeVar("Held", VectorSnapshot, WordSnapshot)


def view_findings(folder: Path, parts: Parts, facts: Facts) -> list[Finding]:
    """Return what is wrong with the views of an index whose store can be read."""
    with closing(database.reading(folder / "articles.db")) as connection:
        return [
            *problems("vector view", parts.vectors, partial(compare_vectors, connection, facts)),
            *behind("vector view", parts.vectors, folder, connection),
            *problems("word view", parts.words, partial(compare_words, connection)),
            *behind("word view", parts.words, folder, connection),
        ]


def problems(part: Part, view: View[Held], compare: Callable[[Held], Iterator[str]]) -> list[Finding]:
    """Return what is wrong with the newest state of a view. It is read in full, and so its checksums are checked."""
    try:
        held = settled(view)
        found = ["It is missing, or was left half written."] if held is None else list(compare(held))
    except DamagedView as damage:
        found = [str(damage)]
    return [Finding(part, problem, MEND) for problem in found]


def settled(view: View[Held]) -> Held | None:
    """Return the newest state of a view. Beside a writer there may be none for a moment, while a part is ahead."""
    for _ in range(ATTEMPTS):
        held = view.snapshot()
        if held is not None:
            return held
        time.sleep(PAUSE)
    return None


def behind(part: Part, view: View[Held], folder: Path, connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield whether a view stands elsewhere than the store. Beside a writer it may, for a moment."""
    path = folder / "writer.lock"
    with lock.alone(path) if os.access(path, os.W_OK) else nullcontext(False) as nobody_writes:
        try:
            reached = view.sequence_number() if nobody_writes else None
        except DamagedView:  # said already
            return
        (last,) = connection.execute("SELECT coalesce(max(sequence_number), 0) FROM log").fetchone()
        if reached is not None and reached < last:
            advice = "The next command that opens the index brings it up, and so does: dateline doctor --repair"
            yield Finding(part, f"It stands at change {reached:,}, and articles.db at {last:,}.", advice)
        elif reached is not None and reached > last:
            yield Finding(part, f"It has {reached - last:,} changes that articles.db knows nothing of.", MEND)


def compare_vectors(connection: sqlite3.Connection, facts: Facts, held: VectorSnapshot) -> Iterator[str]:
    """Yield in what a state of the vector view differs from the store."""
    keys, _ = findable(connection, held.sequence_number)
    yield from differing("passages", held.keys(), keys)
    sample = np.intersect1d(spread(keys), held.keys())
    stored = vectors_of(connection, facts, sample)
    probes = np.random.default_rng(0).standard_normal((PROBES, facts.model.dimension), dtype=np.float32)
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    wrong = np.zeros(len(sample), dtype=bool)
    for probe in probes:
        wrong |= np.abs(held.scores(probe, sample) - stored @ probe) > CLOSE
    if wrong.any():
        yield f"{wrong.sum():,} of {len(sample):,} vectors looked at are not those of articles.db."


def compare_words(connection: sqlite3.Connection, held: WordSnapshot) -> Iterator[str]:
    """Yield in what a state of the word view differs from the store."""
    keys, versions = findable(connection, held.sequence_number)
    yield from differing("passages", held.keys(), keys)
    yield from differing("articles", held.version_keys(), np.unique(versions))
    here = np.isin(keys, held.keys())
    wrong = int((held.versions(keys[here]) != versions[here]).sum())
    if wrong:
        yield f"{wrong:,} passages belong to another version than in articles.db."
    sample = np.intersect1d(spread(keys), keys[here])
    texts = texts_of(connection, sample)
    wrong = sum(not held.has(key, text) for key, text in texts.items())
    if wrong:
        yield f"{wrong:,} of {len(sample):,} passages looked at are not found by their words."


def findable(connection: sqlite3.Connection, sequence_number: int) -> tuple[Keys, Keys]:
    """Return the key and the version's key of every passage that can be found at ``sequence_number``."""
    rows = np.array(connection.execute(FINDABLE, (sequence_number,)).fetchall(), dtype=np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def differing(what: str, held: Keys, wanted: Keys) -> Iterator[str]:
    """Yield what is missing and what is there for nothing."""
    missing, surplus = np.setdiff1d(wanted, held), np.setdiff1d(held, wanted)
    if len(missing) or len(surplus) or len(held) != len(wanted):
        yield (
            f"Of {len(wanted):,} {what} that can be found, {len(missing):,} are missing; {len(surplus):,} are there"
            f" that should not be, {len(held) - len(np.unique(held)):,} more than once."
        )


def spread(keys: Keys) -> Keys:
    """Return up to ``SAMPLE`` of ``keys``, evenly spread."""
    return keys[np.unique(np.linspace(0, len(keys) - 1, SAMPLE).astype(np.int64))] if len(keys) else keys


def vectors_of(connection: sqlite3.Connection, facts: Facts, keys: Keys) -> Vectors:
    """Return the embeddings of ``keys`` as the store has them; zeros for what is none."""
    found = np.zeros((len(keys), facts.model.dimension), dtype=np.float32)
    rows = connection.execute(
        f"SELECT passage, vector FROM {facts.embeddings} WHERE passage {ONE_OF}", (json.dumps(keys.tolist()),)
    )
    for key, content in rows:
        if len(content) == 2 * facts.model.dimension:
            found[np.searchsorted(keys, key)] = vector(content)
    return found


def texts_of(connection: sqlite3.Connection, keys: Keys) -> dict[int, str]:
    """Return what each of ``keys`` is found by: the headline, and the passage."""
    rows = connection.execute(
        "SELECT p.key, json_extract(v.record, '$.title'), v.body, p.start, p.\"end\" FROM passages p"
        f" JOIN versions v ON v.key = p.version WHERE p.key {ONE_OF}",
        (json.dumps(keys.tolist()),),
    )
    return {key: f"{title}\n{body[start:end]}" for key, title, body, start, end in rows}
