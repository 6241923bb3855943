"""txtai: its index with vectors and BM25 ("hybrid") and content, and its own API service."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlencode

import harness

BATCH = 500
"""Passages in a request."""


def settings() -> dict[str, object]:
    """Return how its index is made."""
    return {"path": harness.MODEL, "hybrid": True, "content": True}


class Client:
    """Asks the API service."""

    def __init__(self, port: int) -> None:
        self._connections = harness.Connections(port)

    def ask(self, question: str) -> list[str]:
        """Ask in the plainest way."""
        return self._search(query=question)

    def ask_within(self, question: str, section: str) -> list[str]:
        """Ask in SQL, which is how it filters."""
        query = "select id, text, score from txtai where similar(:question) and section = :section"
        return self._search(query=query, parameters=json.dumps({"question": question, "section": section}))

    def _search(self, **asked: str) -> list[str]:
        answer = self._connections.ask("GET", f"/search?{urlencode({'limit': harness.TOP, **asked})}")
        return [one["id"] for one in answer]


class Txtai:
    """Passages come cut."""

    def load(self) -> None:
        """Load the model."""
        from txtai import Embeddings

        self._embeddings = Embeddings(settings())
        self._embeddings.batchtransform(["warm"])

    def index(self, files: Path, folder: Path) -> None:
        """Index, and save: it has nothing that lasts before."""
        self._embeddings.index((one["id"], one) for one in harness.passages(files))
        self._embeddings.save(str(folder))

    def serve(self, folder: Path, port: int) -> None:
        """Become its API service, which may write."""
        config = folder.with_suffix(".json")  # which is YAML as well
        config.write_text(json.dumps({"path": str(folder), "writable": True, "embeddings": settings()}))
        server = ["-m", "uvicorn", "txtai.api:app", "--port", str(port), "--log-level", "warning"]
        os.execve(sys.executable, [sys.executable, *server], {**os.environ, "CONFIG": str(config)})

    def client(self, port: int) -> Client:
        """Return a client."""
        return Client(port)

    def add(self, port: int, folder: Path, files: Path) -> None:
        """Hand passages to the API service, and have it index them."""
        found, connections = list(harness.passages(files)), harness.Connections(port)
        for start in range(0, len(found), BATCH):
            connections.ask("POST", "/add", found[start : start + BATCH])
        connections.ask("GET", "/upsert")


if __name__ == "__main__":
    harness.main(Txtai())
