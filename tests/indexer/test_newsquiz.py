"""Real articles from reading to passages; skipped where the data is not beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.chunking import chunk
from indexer.cleaning import clean
from indexer.sources import find, read
from indexer.types import Chunking

CORPUS = Path(__file__).parents[3] / "shared" / "bench" / "newsquiz" / "corpus.jsonl"


@pytest.mark.skipif(not CORPUS.exists(), reason="needs the newsquiz data set")
def test_every_passage_of_every_article_is_a_slice_of_its_body():
    (item,) = find([str(CORPUS)]).inputs
    articles = [clean(arrival.article) for arrival in read(item)]
    passages = [(article, passage) for article in articles for passage in chunk(article, Chunking())]
    assert len(articles) == 995
    assert len(passages) > 10_000
    assert all(passage.text == article.body[passage.start : passage.end] for article, passage in passages)
    assert len({passage.id for _, passage in passages}) == len(passages)
