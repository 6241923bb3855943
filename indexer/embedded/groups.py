"""Keeps articles grouped by which are copies of one another, in the transaction that stores them."""

from __future__ import annotations

import json
import sqlite3

from indexer.copies import CANDIDATES, Fingerprint, copies, fingerprint, grouping


def regroup(connection: sqlite3.Connection, number: int, title: str, body: str) -> None:
    """Put an article, whose text is new or has changed, among its copies; and apart what only it held together."""
    mark = fingerprint(title, body)
    bands = sorted(mark.bands())
    before = connection.execute("SELECT band FROM bands WHERE article = ? ORDER BY band", (number,)).fetchall()
    if bands and bands == [band for (band,) in before]:
        return
    leave(connection, number)
    connection.executemany("INSERT INTO bands VALUES (?, ?)", ((band, number) for band in bands))
    join(connection, number, mark)


def leave(connection: sqlite3.Connection, number: int) -> None:
    """Take an article out of its group; the others are put together anew, as it may have been what joined them.

    Nearly always they are copies of the first of them: so only the rest is compared with all that is alike.
    """
    connection.execute("DELETE FROM bands WHERE article = ?", (number,))
    group = "(SELECT copies FROM articles WHERE number = ?1)"
    others = connection.execute(
        f"SELECT number FROM articles WHERE copies = {group} AND number <> ?1 ORDER BY number", (number,)
    ).fetchall()
    connection.execute(f"UPDATE articles SET copies = number WHERE copies = {group} OR number = ?1", (number,))
    marks = ((other, stored(connection, other)) for (other,) in others)
    present = [(other, mark) for other, mark in marks if mark is not None]
    alike = {other for other, mark in present if copies(mark, present[0][1])}
    connection.execute(
        "UPDATE articles SET copies = ? WHERE number IN (SELECT value FROM json_each(?))",
        (min(alike, default=number), json.dumps(sorted(alike))),
    )
    for other, mark in present:
        if other not in alike:
            join(connection, other, mark)


def join(connection: sqlite3.Connection, number: int, mark: Fingerprint) -> None:
    """Compare an article with those that share a band with it, and merge the groups of its copies with its own."""
    candidates = connection.execute(
        "SELECT b.article, a.copies FROM bands b JOIN articles a ON a.number = b.article"
        " WHERE b.band IN (SELECT value FROM json_each(?)) AND b.article <> ?"
        " GROUP BY b.article ORDER BY count(*) DESC, b.article LIMIT ?",
        (json.dumps(mark.bands()), number, CANDIDATES),
    ).fetchall()
    groups: set[int] = set()
    for article, group in candidates:
        other = stored(connection, article) if group not in groups else None
        if other is not None and copies(mark, other):
            groups.add(group)
    (own,) = connection.execute("SELECT copies FROM articles WHERE number = ?", (number,)).fetchone()
    new = grouping(own, groups)
    connection.execute(
        "UPDATE articles SET copies = ? WHERE number = ? OR copies IN (SELECT value FROM json_each(?))",
        (new.group, number, json.dumps([own, *new.merged])),
    )


def stored(connection: sqlite3.Connection, number: int) -> Fingerprint | None:
    """Return the fingerprint of an article as it stands in the index, if it does."""
    row = connection.execute(
        "SELECT json_extract(v.record, '$.title'), v.body FROM versions v JOIN articles a ON a.id = v.article_id"
        " WHERE a.number = ? AND v.removed IS NULL",
        (number,),
    ).fetchone()
    return fingerprint(*row) if row else None
