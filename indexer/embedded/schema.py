"""The tables of the store, and how an article becomes a row and back.

Rows of ``versions`` and ``passages`` are never changed, but for the marks that a version is no longer current:
``added`` and ``removed`` are sequence numbers, and at sequence number n exactly the versions with added <= n < removed
are current. So a reader needs no lock and no long transaction to see one consistent state. A version with ``valid_to``
is one of the past of its article, which ends where the article is removed.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from indexer.showing import shown_article
from indexer.types import Article

VERSION = 2
"""Rises with every change to the tables below; ``upgrades.py`` says how an older file becomes one of this version."""

FIRST_EMBEDDINGS = "embeddings_1"

ARTICLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE log (
    sequence_number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    article_id TEXT NOT NULL,
    version INTEGER,                     -- NULL: the article was removed
    articles INTEGER NOT NULL,           -- how many articles and passages there are after this change
    passages INTEGER NOT NULL
);

CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    story TEXT NOT NULL,
    copies INTEGER NOT NULL DEFAULT 0    -- the number of the first of the copies that this article is among
);
CREATE INDEX articles_by_story ON articles (story);
CREATE INDEX articles_by_copies ON articles (copies);

CREATE TABLE bands (                     -- what copies are found by
    band INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (number),
    PRIMARY KEY (band, article)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article);

CREATE TABLE versions (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    indexed_at INTEGER NOT NULL,
    published_at INTEGER,
    added INTEGER NOT NULL,
    removed INTEGER,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    record TEXT NOT NULL,                -- the article as JSON, without its body
    body TEXT NOT NULL,
    UNIQUE (article_id, number)
);
CREATE UNIQUE INDEX current_versions ON versions (article_id) WHERE removed IS NULL;
CREATE INDEX versions_by_removal ON versions (removed) WHERE removed IS NOT NULL;
CREATE INDEX versions_by_addition ON versions (added);
CREATE INDEX versions_by_date ON versions (published_at);

CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    version INTEGER NOT NULL REFERENCES versions (key),
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL
);
CREATE INDEX passages_by_id ON passages (id);
CREATE INDEX passages_by_version ON passages (version);
"""

EMBEDDINGS = """
CREATE TABLE {} (                        -- float16, little endian
    passage INTEGER PRIMARY KEY REFERENCES passages (key),
    vector BLOB NOT NULL
);
"""
"""A table of its own for every model; ``meta`` names the one that counts."""

COMING = """
CREATE TABLE bookmarks (                 -- where a watcher or a poller stands
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE TABLE jobs (                      -- articles that were handed in and acknowledged
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    finished_at INTEGER,
    articles INTEGER NOT NULL,
    content BLOB,                        -- what was handed in, until it is indexed
    report TEXT                          -- what became of it, as JSON
);
CREATE INDEX jobs_waiting ON jobs (number) WHERE finished_at IS NULL;
"""
"""What is on its way into the index, and from where."""


TIMES = ("published_at", "updated_at", "embargo_until", "expires_at")
TUPLES = ("authors", "categories")


def to_record(article: Article) -> str:
    """Write every field of ``article`` but its body as JSON; empty ones are left out."""
    record: dict[str, Any] = {}
    for field in fields(Article):
        value = getattr(article, field.name)
        if field.name == "body" or value in (None, ()):
            continue
        record[field.name] = value.isoformat() if isinstance(value, datetime) else value
    return json.dumps(record, ensure_ascii=False)


def from_record(record: str, body: str) -> Article:
    """Read what ``to_record`` wrote."""
    values: dict[str, Any] = json.loads(record)
    for name in TIMES:
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in TUPLES:
        values[name] = tuple(values.get(name, ()))
    return shown_article(Article(body=body, **values))


def moment(seconds: int | None) -> datetime | None:
    """Read a time column."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
