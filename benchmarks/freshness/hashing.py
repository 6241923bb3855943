"""The service and the indexer with an embedder that takes no time, to see what the rest of the work takes.

python -m benchmarks.freshness.hashing serve INDEX PORT
python -m benchmarks.freshness.hashing add INDEX FILE
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvicorn

from benchmarks.crashes.news import HashEmbedder
from indexer import pipeline, sources
from indexer.embedded import create, open_index
from indexer.types import Chunking, Model
from service.app import create_app
from service.running import Running
from service.search import Searcher
from service.settings import Settings

MODEL = Model("hash-384", "2" * 64, 384)


def serve(folder: Path, port: int) -> None:
    """Answer questions over HTTP; with DATELINE_WRITE_KEY set, take articles in as well."""
    writes = Settings.from_env(os.environ).writes
    app = create_app(Running(lambda: Searcher(open_index(folder), HashEmbedder(MODEL))), Settings(writes=writes))
    uvicorn.run(app, port=port, log_level="error")


def add(folder: Path, file: Path) -> None:
    """Bring the articles of a file into the index."""
    create(folder, MODEL, Chunking())
    articles = (item for one in sources.find([str(file)]).inputs for item in sources.read(one))
    pipeline.add(open_index(folder), HashEmbedder(MODEL), articles, chunking=Chunking())


if __name__ == "__main__":
    command, index, last = sys.argv[1:]
    serve(Path(index), int(last)) if command == "serve" else add(Path(index), Path(last))
