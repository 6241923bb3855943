"""Opening the SQLite file: its making, its checks, one connection a thread, and its errors in Dateline's words."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import local
from typing import Any

from indexer.embedded import files, schema
from indexer.errors import DamagedStore, DatelineError, IncompatibleIndex
from indexer.types import Chunking, Model

Row = tuple[Any, ...]

NO_LOG = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL")
"""How SQLite's errors are named where it cannot make its log."""
NO_FACTS = "no such table: meta"
"""What SQLite says of a file that is empty, or another program's."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What made an index, and the table that holds the embeddings of its model."""

    schema: int
    model: Model
    chunking: Chunking
    embeddings: str


class Database:
    """The SQLite file of a store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = local()

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """Return every row of a query."""
        with translated(self.path):
            return self._connection().execute(sql, parameters).fetchall()

    def rows_of(self, sql: str, values: Sequence[object], *parameters: object) -> list[Row]:
        """Return every row of a query that says ``IN (SELECT value FROM json_each(?))`` for ``values``."""
        return self.rows(sql, json.dumps(list(values)), *parameters)

    def value(self, sql: str, *parameters: object) -> Any:  # noqa: ANN401 (whatever the column holds)
        """Return the first column of the first row, or None."""
        return next((row[0] for row in self.rows(sql, *parameters)), None)

    def facts(self) -> Facts:
        """Return what the file says made it."""
        with translated(self.path):
            return read_facts(self._connection())

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of the block or none of it; durable once left."""
        with translated(self.path):
            connection = self._connection(writer=True)
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commits, or rolls back on any error
                yield connection

    def _connection(self, *, writer: bool = False) -> sqlite3.Connection:
        opened: Connection | None = getattr(self._threads, "opened", None)
        if opened is None or not opened.serves(writer=writer):
            opened = self._threads.opened = Connection(self.path)
        return opened.sqlite


class Connection:
    """A connection that is closed when the thread it was made for ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = state(path)
        self.sqlite = connect(path, "rw")
        self.sqlite.execute("PRAGMA synchronous = FULL")  # a commit survives a power failure

    def serves(self, *, writer: bool) -> bool:
        """Return whether this shows what has been committed; a ``writer`` needs one that can."""
        return not isinstance(self.sqlite, AsItStands) or (not writer and self._state == state(self._path))

    def __del__(self) -> None:
        with suppress(AttributeError):  # where it could not be opened
            self.sqlite.close()


def create(path: Path, model: Model, chunking: Chunking) -> None:
    """Make an empty file in one step, so that nobody ever meets half a schema."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    facts = {
        "schema": schema.VERSION,
        "model": asdict(model),
        "chunking": asdict(chunking),
        "embeddings": schema.FIRST_EMBEDDINGS,
    }
    with translated(path):
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            with connection:
                connection.executescript(
                    schema.ARTICLES + schema.EMBEDDINGS.format(schema.FIRST_EMBEDDINGS) + schema.COMING
                )
                connection.executemany("INSERT INTO meta VALUES (?, ?)", [(k, json.dumps(v)) for k, v in facts.items()])
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as closing does, which says nothing if it fails
        draft.replace(path)
        files.sync_folder(path.parent)


def facts(path: Path) -> Facts:
    """Return what the file says made it; raises IncompatibleIndex where this release cannot read it."""
    with translated(path), closing(connect(path, "rw")) as connection:
        return known(path, connection)


def reading(path: Path) -> sqlite3.Connection:
    """Return a connection that changes nothing."""
    return connect(path, "ro")


class AsItStands(sqlite3.Connection):
    """Takes the file for one that never changes, and so needs no log beside it; whatever is committed wants another."""


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file, as it stands if its log cannot be made: on a full disk, or where nothing may be written.

    Other errors are left to whoever uses the connection.
    """

    def opened(how: str, kind: type[sqlite3.Connection]) -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?{how}"
        return sqlite3.connect(uri, 60, isolation_level=None, check_same_thread=False, factory=kind, uri=True)

    connection = opened(f"mode={mode}", sqlite3.Connection)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname.startswith(NO_LOG) and not log_of(path):
            connection.close()
            return opened("immutable=1", AsItStands)
    return connection


def log_of(path: Path) -> int:
    """Return how many bytes of SQLite's log stand beside a file."""
    return files.size(path.with_name(f"{path.name}-wal"))


def state(path: Path) -> object:
    """Return what differs once a file, or the log beside it, is another or has been written to."""
    return files.identity(path), files.identity(path.with_name(f"{path.name}-wal"))


def known(path: Path, connection: sqlite3.Connection) -> Facts:
    """Return what the file says made it; raises IncompatibleIndex where this release cannot read it."""
    found = read_facts(connection)
    if found.schema > schema.VERSION:
        raise IncompatibleIndex(
            f"{path} has schema version {found.schema}, and this release of Dateline reads up to {schema.VERSION}:"
            " a newer release wrote it. Install that release, or name another folder with --index."
        )
    return found


def read_facts(connection: sqlite3.Connection) -> Facts:
    """Return what a file of this or an older version says made it."""
    found = {name: json.loads(value) for name, value in connection.execute("SELECT name, value FROM meta")}
    return Facts(
        found["schema"],
        Model(**found["model"]),
        Chunking(**found["chunking"]),
        found.get("embeddings", schema.FIRST_EMBEDDINGS),
    )


def usable(path: Path) -> bool:
    """Return whether this user may read and write a file, or make one where there is none."""
    return os.access(path if path.exists() else path.parent, os.R_OK | os.W_OK)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into Dateline's."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")  # errors of Python's own have no name
        if name == "SQLITE_FULL" or (name.startswith(NO_LOG) and files.is_full(path.parent)):
            raise files.full(path) from error
        if name.startswith("SQLITE_READONLY") or (name == "SQLITE_CANTOPEN" and not usable(path)):
            raise files.refused(path, str(error)) from error
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or str(error) == NO_FACTS:
            more = f"dateline doctor --index {path.parent}"
            raise DamagedStore(f"{path} is damaged ({error}). To learn more, and what to do: {more}") from error
        raise DatelineError(f"{path}: SQLite says: {error}") from error
