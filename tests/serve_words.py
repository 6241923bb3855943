"""The service in a process of its own, with the embedder of the tests: python serve_words.py INDEX PORT [options]."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import uvicorn  # noqa: E402
from fakes import WordEmbedder  # noqa: E402

from indexer.embedded import create, open_index  # noqa: E402
from indexer.types import Chunking  # noqa: E402
from service.app import create_app  # noqa: E402
from service.running import Running  # noqa: E402
from service.search import Searcher  # noqa: E402
from service.settings import Settings, Writes  # noqa: E402

KEY = "a-key-for-tests"


class SlowEmbedder(WordEmbedder):
    """Takes its time, with questions and with passages."""

    def __init__(self, query, passages):
        super().__init__()
        self._query, self._passages = query, passages

    def embed_query(self, text):
        time.sleep(self._query)
        return super().embed_passages([text])[0]

    def embed_passages(self, texts):
        time.sleep(self._passages)
        return super().embed_passages(texts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("index", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--slow-query", type=float, default=0)
    parser.add_argument("--slow-passages", type=float, default=0)
    parser.add_argument("--grace", type=float, default=20)
    given = parser.parse_args()
    create(given.index, WordEmbedder.model, Chunking())
    embedder = SlowEmbedder(given.slow_query, given.slow_passages)
    app = create_app(
        Running(lambda: Searcher(open_index(given.index), embedder)), Settings(writes=Writes((KEY,)), grace=given.grace)
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(app, port=given.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
