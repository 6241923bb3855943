"""What must hold in articles.db, checked row by row on a connection that changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter

import numpy as np

from indexer.embedded import inbox, schema
from indexer.embedded.database import Facts, Row, read_facts
from indexer.health import Finding
from indexer.types import Passage

SHOWN = 3
"""Examples given of what is wrong."""

LOST = "Restore a backup into a new folder: dateline restore FILE --index NEW_FOLDER"

NOT_LOOKED_AT = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL")
"""How errors are named that say nothing of what is in the file."""

Check = Callable[[sqlite3.Connection, Facts], Iterator[str]]
"""Yields whatever does not hold, said in a few words."""


def damage(connection: sqlite3.Connection) -> list[Finding]:
    """Return what SQLite itself finds wrong with its file, or why it cannot be told what made it.

    Raises SQLite's error where the file cannot be opened.
    """
    try:
        said = [row[0] for row in connection.execute(f"PRAGMA integrity_check({SHOWN})")]
        if said == ["ok"]:
            read_facts(connection)
            return []
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
        if getattr(error, "sqlite_errorname", "").startswith(NOT_LOOKED_AT):
            raise
        said = [str(error)]
    lines = "; ".join(" ".join(one.split()) for one in said)
    left = f"{readable(connection):,} articles can still be read."
    return [Finding("articles.db", f"It is damaged ({lines}). {left}", LOST)]


def readable(connection: sqlite3.Connection) -> int:
    """Return how many current articles can be read one by one from a damaged file."""
    count, key, last = 0, 0, 0
    with suppress(sqlite3.DatabaseError, TypeError):
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'versions'").fetchone()[0]
    for key in range(1, last + 1):
        with suppress(sqlite3.DatabaseError, ValueError, KeyError, TypeError):
            for removed, record, body in connection.execute(
                "SELECT removed, record, body FROM versions NOT INDEXED WHERE key = ?", (key,)
            ):
                schema.from_record(record, body)
                count += removed is None
    return count


def store_findings(connection: sqlite3.Connection, facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with the rows of a file that SQLite can read."""
    for problem, check in CHECKS:
        wrong = list(check(connection, facts))
        if wrong:
            examples = "; ".join(wrong[:SHOWN]) + ("; ..." if len(wrong) > SHOWN else "")
            yield Finding("articles.db", f"{problem} ({len(wrong):,}: {examples}).", LOST)


def bad_references(connection: sqlite3.Connection, _: Facts) -> Iterator[str]:
    """Check foreign keys."""
    for table, row, other, _number in connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} to {other}"


def bad_passages(connection: sqlite3.Connection, _: Facts) -> Iterator[str]:
    """Check that every passage is a slice of its version, in order, under the id that its text makes."""
    rows = connection.execute(
        'SELECT v.article_id, v.number, v.body, p.id, p.position, p.start, p."end" FROM versions v'
        " JOIN passages p ON p.version = v.key ORDER BY v.key, p.position"
    )
    for (article_id, number), passages in groupby(rows, key=itemgetter(0, 1)):
        for position, (_, _, body, passage_id, at, start, end) in enumerate(passages):
            within = 0 <= start < end <= len(body) and at == position
            if not within or Passage(article_id, start, end, body[start:end]).id != passage_id:
                yield f"passage {passage_id} of version {number} of {article_id}"


def bad_versions(connection: sqlite3.Connection, _: Facts) -> Iterator[str]:
    """Check that every version can be read, and that the log tells of its coming and going."""
    rows = connection.execute(
        "SELECT v.article_id, v.number, v.record, v.body, (come.article_id, come.version) IS (v.article_id, v.number)"
        " AND (v.removed IS NULL OR v.removed > v.added AND gone.article_id IS v.article_id)"
        " AND EXISTS (SELECT 1 FROM articles a WHERE a.id = v.article_id AND a.story <> '')"
        " FROM versions v LEFT JOIN log come ON come.sequence_number = v.added"
        " LEFT JOIN log gone ON gone.sequence_number = v.removed ORDER BY v.key"
    )
    for article_id, number, record, body, told in rows:
        try:
            same = schema.from_record(record, body).id == article_id
        except (ValueError, KeyError, TypeError):
            same = False
        if not (same and told):
            yield f"version {number} of {article_id}"


def bad_embeddings(connection: sqlite3.Connection, facts: Facts) -> Iterator[str]:
    """Check that whatever can be found has an embedding of the right size, all numbers."""
    rows = connection.execute(
        f"SELECT p.id, e.vector FROM passages p JOIN versions v ON v.key = p.version LEFT JOIN {facts.embeddings} e"
        " ON e.passage = p.key WHERE v.removed IS NULL OR v.valid_to IS NOT NULL"
    )
    for passage_id, vector in rows:
        sound = vector is not None and len(vector) == 2 * facts.model.dimension
        if not sound or not np.isfinite(np.frombuffer(vector, dtype="<f2")).all():
            yield f"passage {passage_id}"


def bad_counts(connection: sqlite3.Connection, _: Facts) -> Iterator[str]:
    """Check the counts of articles and passages after every change, by doing them all again."""
    held = passages_of_versions(connection)
    current: dict[str, int] = {}
    passages = 0
    rows: Iterator[Row] = connection.execute(
        "SELECT sequence_number, article_id, version, articles, passages FROM log ORDER BY sequence_number"
    )
    for sequence_number, article_id, version, *said in rows:
        passages -= current.pop(article_id, 0)
        if version is not None:
            current[article_id] = held.get((article_id, version), 0)
            passages += current[article_id]
        if said != [len(current), passages]:
            yield f"change {sequence_number}"


def passages_of_versions(connection: sqlite3.Connection) -> dict[tuple[str, int], int]:
    """Return how many passages each version has."""
    rows = connection.execute(
        "SELECT v.article_id, v.number, count(*) FROM versions v JOIN passages p ON p.version = v.key GROUP BY v.key"
    )
    return {(article_id, number): count for article_id, number, count in rows}


def bad_groups(connection: sqlite3.Connection, _: Facts) -> Iterator[str]:
    """Check that copies are grouped under one of them."""
    rows = connection.execute(
        "SELECT a.id FROM articles a LEFT JOIN articles first ON first.number = a.copies"
        " WHERE first.number IS NULL OR first.copies <> first.number"
    )
    for (article_id,) in rows:
        yield article_id


def bad_jobs(connection: sqlite3.Connection, _: Facts) -> Iterator[str]:
    """Check that what was handed in can be indexed, and what became of the rest be told."""
    for job_id, finished_at, content, report in connection.execute(
        "SELECT id, finished_at, content, report FROM jobs ORDER BY number"
    ):
        try:
            if finished_at is None or content is not None:
                inbox.unpack(content)
            if finished_at is not None:
                inbox.read_outcome(report)
        except (ValueError, KeyError, TypeError, AttributeError):
            yield f"job {job_id}"


CHECKS: Sequence[tuple[str, Check]] = (
    ("Rows refer to others that are not there", bad_references),
    ("Versions cannot be read, or the log does not tell of them", bad_versions),
    ("Passages are not the slice of their article that they say", bad_passages),
    ("Passages have no embedding, or one that is no vector of the model's", bad_embeddings),
    ("The log counts articles or passages wrongly", bad_counts),
    ("Articles belong to a group of copies that has no first one", bad_groups),
    ("Jobs cannot be read", bad_jobs),
)
