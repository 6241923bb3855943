"""Invented articles that most tests of the service ask about."""

from __future__ import annotations

from datetime import UTC, datetime

from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline

ARTICLES = [
    article(
        1, "The harbour bridge was closed on Monday. Engineers found cracks in a pier. It may stay shut for weeks."
    ),
    article(
        2, "The council voted for a new ferry. The mayor spoke.", publisher="Morning Post", url="https://post.example/2"
    ),
    article(3, "Die Brücke bleibt gesperrt.", language="de", publisher="Küstenblatt", url=None, published_at=None),
    article(
        4, "A goal in the last minute won the final.", categories=("Sport",), authors=("Ada Holm",), language="en-GB"
    ),
    article(5, "The bridge will reopen, says a report under embargo.", embargo_until=datetime(2999, 1, 1, tzinfo=UTC)),
    article(6, "The bridge was never closed.", status="withdrawn", correction="The bridge was closed."),
    article(7, " ".join(f"The long read, part {n}, is about a lighthouse keeper." for n in range(20))),
]


def add(index, articles):
    report = pipeline.add(index, WordEmbedder(), arrived(*articles), chunking=CHUNKING)
    index.refresh()
    return report
