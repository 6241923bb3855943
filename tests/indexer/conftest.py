"""An empty index, for whoever fills it in a way of its own."""

import pytest
from fakes import CHUNKING, WordEmbedder

from indexer.embedded import create


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return tmp_path / "index"
