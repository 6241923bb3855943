"""A tiny embedder that really embeds, and articles made on the spot."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zlib import crc32

import numpy as np

from indexer.chunking import chunk
from indexer.pipeline import digest
from indexer.stored import Candidate, Revision
from indexer.stories import story_id
from indexer.types import Arrival, Article, Chunking, Model
from service.ranking import Ranked
from service.types import Parts

DIMENSION = 48
CHUNKING = Chunking(words=20, overlap=1)


def plain(results):
    """Articles without where they stood; rejections as they are."""
    return (result.article if isinstance(result, Arrival) else result for result in results)


def arrived(*articles):
    """Articles as if each had stood on a line of a file; rejections as they are."""
    for line, one in enumerate(articles, 1):
        yield Arrival(one, "test.jsonl", line) if isinstance(one, Article) else one


class WordEmbedder:
    """Counts words, each on an axis of its hash: texts with the same words are close."""

    model = Model("words", "0" * 64, DIMENSION)

    def __init__(self):
        self.embedded = 0

    def embed_passages(self, texts):
        self.embedded += len(texts)
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[crc32(word.encode()) % DIMENSION] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def embed_query(self, text):
        return self.embed_passages([text])[0]


def article(number, body="A storm hit the coast.", **fields):
    given = {
        "title": f"Headline {number}",
        "url": f"https://www.gazette.example/{number}",
        "publisher": "Gazette",
        "published_at": datetime(2025, 3, 1, tzinfo=UTC),
    }
    return Article(**{"id": f"a{number}", "body": body, **given, **fields})


def revision(one, embedder=None):
    passages = chunk(one, CHUNKING)
    vectors = (embedder or WordEmbedder()).embed_passages([f"{one.title}\n{p.text}" for p in passages])
    return Revision(one, digest(one), passages, vectors, story_id(one.id))


def candidate(number, **fields):
    """The one passage of article ``number``, which has neither copies nor a story in common with others."""
    alone = {"published_at": None, "publisher": None, "story": f"s{number}", "copies": number}
    return Candidate(**{"key": number, "version_key": number, "article_id": f"a{number}", **alone, **fields})


def ranked(number, score=0.5, bm25=0.0, vector=0.0, **fields):
    return Ranked(candidate(number, **fields), score, Parts(vector, 0.0, 0.0, score), bm25)
