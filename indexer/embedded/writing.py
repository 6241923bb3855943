"""What is written when articles come, change and go; always within one transaction of the store."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from indexer.embedded import schema
from indexer.embedded.criteria import seconds
from indexer.embedded.groups import leave, regroup
from indexer.embedded.rows import blob
from indexer.stored import Revision
from indexer.types import Article


@dataclass(frozen=True, slots=True)
class Current:
    """The version of an article that is the newest in the index."""

    key: int
    updated: int
    """When it came to be true; or when its publisher last changed it, if that is known."""


def add(connection: sqlite3.Connection, revision: Revision, embeddings: str, now: int) -> None:
    """Write an article's next version, its vectors into the table ``embeddings``, and end the one it replaces."""
    article = revision.article
    connection.execute(
        "INSERT INTO articles (id, story) VALUES (?, ?) ON CONFLICT (id) DO NOTHING", (article.id, revision.story)
    )
    number = connection.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM versions WHERE article_id = ?", (article.id,)
    ).fetchone()[0]
    before = current(connection, article.id)
    valid_from = beginning(article, before, now)
    added = write_log(connection, now, article.id, number, len(revision.passages), before)
    if before is not None:
        connection.execute("UPDATE versions SET valid_to = ? WHERE key = ?", (valid_from, before.key))
    version = connection.execute(
        "INSERT INTO versions (article_id, number, digest, indexed_at, published_at, added, valid_from, record, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            number,
            revision.digest,
            now,
            seconds(article.published_at) if article.published_at else None,
            added,
            valid_from,
            schema.to_record(article),
            article.body,
        ),
    ).lastrowid
    for position, (passage, row) in enumerate(zip(revision.passages, revision.vectors, strict=True)):
        key = connection.execute(
            'INSERT INTO passages (id, version, position, start, "end") VALUES (?, ?, ?, ?, ?)',
            (passage.id, version, position, passage.start, passage.end),
        ).lastrowid
        connection.execute(f"INSERT INTO {embeddings} VALUES (?, ?)", (key, blob(row)))
    (own,) = connection.execute("SELECT number FROM articles WHERE id = ?", (article.id,)).fetchone()
    regroup(connection, own, article.title, article.body)


def remove(connection: sqlite3.Connection, article_id: str, now: int) -> None:
    """End the current version of an article, if it has one, and its past: what was removed is found no more."""
    before = current(connection, article_id)
    if before is None:
        return
    write_log(connection, now, article_id, None, 0, before)
    connection.execute("UPDATE versions SET valid_to = NULL WHERE article_id = ?", (article_id,))
    (own,) = connection.execute("SELECT number FROM articles WHERE id = ?", (article_id,)).fetchone()
    leave(connection, own)


def beginning(article: Article, before: Current | None, now: int) -> int:
    """Return when ``article`` came to be true as it is: when it was updated, if that is later than what was before."""
    if before is None:
        return seconds(article.published_at) if article.published_at else now
    updated = seconds(article.updated_at) if article.updated_at else now
    return updated if before.updated < updated <= now else now


def write_log(
    connection: sqlite3.Connection, now: int, article_id: str, number: int | None, passages: int, before: Current | None
) -> int:
    """Append a change, mark the version ``before`` that it ends, and return the change's sequence number."""
    ended = before.key if before else None
    lost = connection.execute("SELECT count(*) FROM passages WHERE version = ?", (ended,)).fetchone()[0]
    change = connection.execute(
        "INSERT INTO log (at, article_id, version, articles, passages)"
        " SELECT ?, ?, ?, coalesce(max(articles), 0) + ?, coalesce(max(passages), 0) + ? FROM"
        " (SELECT articles, passages FROM log ORDER BY sequence_number DESC LIMIT 1)",
        (now, article_id, number, (number is not None) - (ended is not None), passages - lost),
    ).lastrowid
    assert change is not None
    connection.execute("UPDATE versions SET removed = ? WHERE key = ?", (change, ended))
    return change


def current(connection: sqlite3.Connection, article_id: str) -> Current | None:
    """Return the version of an article that is current, if it is in the index."""
    row = connection.execute(
        "SELECT key, valid_from, record FROM versions WHERE article_id = ? AND removed IS NULL", (article_id,)
    ).fetchone()
    if row is None:
        return None
    updated = schema.from_record(row[2], "").updated_at
    return Current(row[0], max(row[1], seconds(updated)) if updated else row[1])
