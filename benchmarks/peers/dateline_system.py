"""Dateline, as ``dateline add`` and ``dateline serve`` have it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import harness

DATELINE = (sys.executable, "-m", "service")


class Client:
    """Asks ``dateline serve``."""

    def __init__(self, port: int) -> None:
        self._connections = harness.Connections(port)

    def ask(self, question: str) -> list[str]:
        """Ask in the plainest way, but for ten hits also where none is likely to answer."""
        return self._search({"q": question, "min_confidence": 0})

    def ask_within(self, question: str, section: str) -> list[str]:
        """Ask for passages, whatever they are worth."""
        every = {"group_by": "passage", "duplicates": "keep", "min_confidence": 0, "parse_time": False}
        return self._search({"q": question, "categories": [section], **every})

    def _search(self, asked: dict[str, object]) -> list[str]:
        return [one["id"] for one in self._connections.ask("POST", "/search", asked)["results"]]


class Dateline:
    """It cuts the articles into passages itself, which the others are spared."""

    def load(self) -> None:
        """Load the model."""
        from indexer.embedding import load_embedder

        self._embedder = load_embedder(harness.MODEL)
        self._embedder.embed_query("warm")

    def index(self, files: Path, folder: Path) -> None:
        """Do what ``dateline add`` does, but with no lower priority: the others have theirs too."""
        from benchmarks.peers.texts import articles
        from indexer import pipeline
        from indexer.embedded import create, open_index
        from indexer.types import Chunking

        create(folder, self._embedder.model, Chunking())
        index = open_index(folder, self._embedder.model, Chunking())
        pipeline.add(index, self._embedder, articles(files / "articles.jsonl"), chunking=Chunking())

    def serve(self, folder: Path, port: int) -> None:
        """Become the service."""
        os.execv(sys.executable, [*DATELINE, "serve", "--index", str(folder), "--port", str(port)])

    def client(self, port: int) -> Client:
        """Return a client."""
        return Client(port)

    def add(self, port: int, folder: Path, files: Path) -> None:
        """Run the indexer beside the service, and wait until the service shows what it wrote."""
        command = [*DATELINE, "add", str(files / "articles.jsonl"), "--index", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    harness.main(Dateline())
