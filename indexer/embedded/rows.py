"""How rows of the store become records, and what has to be selected for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from indexer.embedded import schema
from indexer.embedded.database import Row
from indexer.stored import Candidate, StoredArticle, StoredPassage
from indexer.types import Article, Keys, Passage, Vector

CURRENT = "v.key, v.number, v.digest, v.indexed_at, v.valid_from, NULL, NULL, NULL"
"""The columns of a version that is current at the sequence number asked for, whatever became of it since."""

STATE = "v.key, v.number, v.digest, v.indexed_at, v.valid_from, v.valid_to, ended.at, newest.record"
"""The columns of any version, selected from ``STATES``."""

STATES = (
    "versions v LEFT JOIN log ended ON v.valid_to IS NOT NULL AND ended.sequence_number = v.removed LEFT JOIN versions"
    " newest ON v.valid_to IS NOT NULL AND newest.article_id = v.article_id AND newest.removed IS NULL"
)

ONE_OF = "IN (SELECT value FROM json_each(?))"


def stored_article(row: Row, article: Article) -> StoredArticle:
    """Read the columns of ``CURRENT`` or ``STATE``, and any after them, of a version that says ``article``."""
    _, number, digest, indexed_at, valid_from, valid_to, replaced_at, newest, *_ = row
    return StoredArticle(
        article=limited(article, schema.from_record(newest, "")) if newest else article,
        version=number,
        digest=digest,
        indexed_at=datetime.fromtimestamp(indexed_at, UTC),
        valid_from=datetime.fromtimestamp(valid_from, UTC),
        valid_to=schema.moment(valid_to),
        replaced_at=schema.moment(replaced_at),
    )


def limited(past: Article, newest: Article) -> Article:
    """Return an earlier version under the limits of the newest: what is withdrawn or expires does so in every state."""
    ends = [time for time in (past.expires_at, newest.expires_at) if time]
    opens = [time for time in (past.embargo_until, newest.embargo_until) if time]
    return replace(
        past,
        status="withdrawn" if newest.status == "withdrawn" else past.status,
        expires_at=min(ends, default=None),
        embargo_until=max(opens, default=None),
    )


def stored_passage(row: Row, source: StoredArticle) -> StoredPassage:
    """Read key, position, start and end of a passage of ``source``."""
    key, position, start, end, _ = row
    article = source.article
    return StoredPassage(key, Passage(article.id, start, end, article.body[start:end]), position, source)


def candidate(row: Row) -> Candidate:
    """Read key, version, article id, publication, publisher, story and group of copies."""
    key, version, article_id, published_at, publisher, story, copies = row
    return Candidate(key, version, article_id, schema.moment(published_at), publisher, story, copies)


def keys(found: Iterable[int]) -> Keys:
    """Return keys as views take them."""
    return np.fromiter(found, dtype=np.int64)


def blob(row: Vector) -> bytes:
    """Write an embedding as float16, little endian."""
    return row.astype("<f2").tobytes()


def vector(content: bytes) -> Vector:
    """Read what ``blob`` wrote."""
    return np.frombuffer(content, dtype="<f2").astype(np.float32)
