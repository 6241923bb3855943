"""Chroma: ``chroma run``, and clients that embed by sentence-transformers, as its users do."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:  # it takes seconds to import
    from chromadb import ClientAPI, Collection, EmbeddingFunction

BATCH = 500
"""Passages in a request."""


class Client:
    """Embeds the question and asks the server."""

    def __init__(self, port: int) -> None:
        import chromadb

        self._collection = collection(chromadb.HttpClient(host="127.0.0.1", port=port))

    def ask(self, question: str) -> list[str]:
        """Ask in the plainest way."""
        return self._collection.query(query_texts=[question], n_results=harness.TOP)["ids"][0]

    def ask_within(self, question: str, section: str) -> list[str]:
        """Ask with a condition on the metadata."""
        found = self._collection.query(query_texts=[question], n_results=harness.TOP, where={"section": section})
        return found["ids"][0]


class Chroma:
    """Passages come cut."""

    def load(self) -> None:
        """Load the model."""
        embed()(["warm"])

    def index(self, files: Path, folder: Path) -> None:
        """Index in this process; what was added lasts."""
        import chromadb

        put(collection(chromadb.PersistentClient(str(folder))), files)

    def serve(self, folder: Path, port: int) -> None:
        """Become its server."""
        chroma = Path(sys.executable).with_name("chroma")
        os.execv(chroma, [str(chroma), "run", "--path", str(folder), "--port", str(port)])

    def client(self, port: int) -> Client:
        """Return a client."""
        return Client(port)

    def add(self, port: int, folder: Path, files: Path) -> None:
        """Embed in this process and hand the passages to the server."""
        import chromadb

        put(collection(chromadb.HttpClient(host="127.0.0.1", port=port)), files)


def put(into: Collection, files: Path) -> None:
    """Add the passages of ``files``."""
    found = list(harness.passages(files))
    for start in range(0, len(found), BATCH):
        part = found[start : start + BATCH]
        into.add(
            ids=[one["id"] for one in part],
            documents=[one["text"] for one in part],
            metadatas=[{"section": one["section"]} for one in part],
        )


def collection(client: ClientAPI) -> Collection:
    """Return the collection that everything is in."""
    return client.get_or_create_collection("news", embedding_function=embed(), metadata={"hnsw:space": "cosine"})


@cache
def embed() -> EmbeddingFunction:
    """Return what embeds, loaded once."""
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    return SentenceTransformerEmbeddingFunction(model_name=harness.MODEL, normalize_embeddings=True)


if __name__ == "__main__":
    harness.main(Chroma())
