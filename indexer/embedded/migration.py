"""Moving an index to another model: its embeddings are made aside, and take the place of the old ones in one step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from indexer.embedded import schema
from indexer.embedded.columns import Columns
from indexer.embedded.database import Database
from indexer.embedded.rows import blob
from indexer.embedded.store import SqliteStore
from indexer.embedded.vectors import VectorView, vectors_folder
from indexer.errors import BadInput
from indexer.following import follow
from indexer.migrating import Waiting
from indexer.types import Model, Vectors

WANTED = "FROM passages p JOIN versions v ON v.key = p.version WHERE (v.removed IS NULL OR v.valid_to IS NOT NULL)"


class SqliteMigration:
    """Embeddings of another model in a table of their own. What is there already is not made again.

    Raises BadInput where the index is of ``model`` already.
    """

    def __init__(self, folder: Path, model: Model) -> None:
        self.model = model
        self._folder = folder
        self._database = Database(folder / "articles.db")
        own = self._database.facts().model
        if own.sha256 == model.sha256:
            raise BadInput(f"The index in {folder} is of the model {own.name} already; there is nothing to migrate.")
        self._embeddings = self._begin()

    def wanted(self) -> int:
        """Return how many passages need an embedding in all."""
        return int(self._database.value(f"SELECT count(*) {WANTED}"))

    def made(self) -> int:
        """Return how many have one."""
        return int(self._database.value(f"SELECT count(*) FROM {self._embeddings}"))

    def missing(self, count: int) -> Iterator[list[Waiting]]:
        """Yield the passages that have none, up to ``count`` at a time, equal ones together."""
        after = ("", 0)
        while True:
            rows = self._database.rows(
                "SELECT p.id, p.key, json_extract(v.record, '$.title'),"
                f' substr(v.body, p.start + 1, p."end" - p.start)'
                f" {WANTED} AND (p.id, p.key) > (?, ?)"
                f" AND NOT EXISTS (SELECT 1 FROM {self._embeddings} e WHERE e.passage = p.key)"
                " ORDER BY p.id, p.key LIMIT ?",
                *(*after, count),
            )
            if not rows:
                return
            after = rows[-1][:2]
            yield [Waiting(key, title, text) for _, key, title, text in rows]

    def put(self, passages: Sequence[Waiting], vectors: Vectors) -> None:
        """Keep the embeddings of ``passages``, all of them or none; durable on return. Raises StorageFull."""
        with self._database.transaction() as connection:
            connection.executemany(
                f"INSERT OR REPLACE INTO {self._embeddings} VALUES (?, ?)",
                ((one.key, blob(row)) for one, row in zip(passages, vectors, strict=True)),
            )

    def finish(self) -> None:
        """Build the vector view of the new model and make the index one of that model, in one step. Writer only."""
        store = SqliteStore(self._folder, self.model, self._embeddings)
        folder = vectors_folder(self._folder, self._embeddings)
        follow(store, VectorView(folder, self.model.dimension, Columns(store)))
        with self._database.transaction() as connection:
            facts = {"model": asdict(self.model), "embeddings": self._embeddings}
            connection.executemany(
                "UPDATE meta SET value = ? WHERE name = ?", ((json.dumps(value), name) for name, value in facts.items())
            )
            connection.execute("DELETE FROM meta WHERE name = 'migration'")

    def _begin(self) -> str:
        """Return the table of this migration: the one that an interrupted run left, or a new one."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'migration'").fetchone()
            begun = json.loads(row[0]) if row else None
            if begun and begun["model"]["sha256"] == self.model.sha256:
                return str(begun["embeddings"])
            if begun:  # to a model that is no longer wanted
                connection.execute(f"DROP TABLE {begun['embeddings']}")
            tables = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'embeddings\\_%' ESCAPE '\\'")
            last = max(int(found[1]) for (name,) in tables if (found := re.fullmatch(r"embeddings_(\d+)", name)))
            embeddings = f"embeddings_{last + 1}"
            connection.execute(schema.EMBEDDINGS.format(embeddings))
            value = json.dumps({"model": asdict(self.model), "embeddings": embeddings})
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('migration', ?)", (value,))
            return embeddings
