"""Copies of the truth: one file that holds an index as it stood at one moment, and the way back."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from indexer.embedded import database, files
from indexer.embedded.lock import alone, exclusive
from indexer.embedded.parts import missing
from indexer.errors import BadInput, DamagedStore, DatelineError, IndexLocked, NotFound
from indexer.health import Saved

OF_SQLITE = ("", "-wal", "-shm", "-journal")
"""What the names of SQLite's files end with."""


def back_up(folder: Path, file: Path, *, force: bool = False) -> Saved:
    """Copy the index in ``folder`` into one file, as it stands at one moment, whoever writes to it meanwhile.

    ``file`` appears once it is whole, checked and durable. Raises NotFound, BadInput where there is such a file already
    and ``force`` is not given, IndexLocked while another backup is made, and StorageFull.
    """
    source, began = folder / "articles.db", time.monotonic()
    if not source.exists():
        raise missing(folder)
    refuse_target(file, force)
    with alone(folder / "backup.lock") as mine:
        if not mine:
            raise IndexLocked(f"Another backup of {folder} is being made. Try again when that is done.")
        draft = file.with_name(f".{file.name}.draft")
        try:
            copy(source, draft)
            saved = check(draft)
            draft.replace(file)
        except (BadInput, DamagedStore) as error:  # what was copied is what is damaged
            more = f"dateline doctor --index {folder}"
            raise DamagedStore(f"{source} is damaged, and no backup was made. To learn more: {more}") from error
        finally:
            remove(draft)
    files.sync_folder(file.parent)
    return Saved(file, *saved, file.stat().st_size, time.monotonic() - began)


def restore(file: Path, folder: Path) -> None:
    """Make the index in ``folder`` of a backup, in one step; its views are made when it is opened.

    Raises NotFound where there is no such file, BadInput where it is damaged or no backup or where ``folder`` holds an
    index already, IncompatibleIndex where a newer release wrote it, and StorageFull.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    refuse_another(folder)
    check(file)
    files.make_folder(folder)
    path, draft = folder / "articles.db", folder / "articles.draft"
    with exclusive(folder, wait=60):
        refuse_another(folder)
        try:
            copy(file, draft)
            with database.translated(draft), closing(sqlite3.connect(draft)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
            forget_earlier(folder)
            draft.replace(path)
        finally:
            remove(draft)
        files.sync_folder(folder)


def refuse_target(file: Path, force: bool) -> None:
    """Raise BadInput where ``file`` cannot be written, or would be replaced without being asked to."""
    if not file.parent.is_dir():
        raise BadInput(f"{file} cannot be written: there is no folder {file.parent}. Make it first.")
    if file.is_dir():
        raise BadInput(f"{file} is a folder. Name a file in it.")
    if file.exists() and not force:
        raise BadInput(f"{file} exists already. Name another file, or replace it with --force.")


def refuse_another(folder: Path) -> None:
    """Raise BadInput where ``folder`` holds an index."""
    if (folder / "articles.db").exists():
        raise BadInput(
            f"There is an index in {folder} already, and restoring never replaces one. Name a new folder with --index,"
            f" or first move this one away: mv {folder} {folder}.old"
        )


def forget_earlier(folder: Path) -> None:
    """Delete what an index left that was in ``folder`` before: its log and its views would be taken for the new one's.

    There is no index in ``folder`` now.
    """
    remove(folder / "articles.db")
    for path in folder.iterdir():
        if re.fullmatch(r"(vectors|words)(-\d+)?", path.name):
            shutil.rmtree(path)


def copy(source: Path, draft: Path) -> None:
    """Copy a store, with what is still in its log, into one file without a log; durable on return."""
    remove(draft)
    try:
        with (
            database.translated(draft),
            closing(database.reading(source)) as live,
            closing(sqlite3.connect(draft, isolation_level=None)) as copied,
        ):
            copied.execute("PRAGMA synchronous = OFF")  # it is synced once, below
            live.backup(copied)  # all pages in one step, so that they are of one moment
            copied.execute("PRAGMA journal_mode = DELETE")
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
    except (DatelineError, OSError) as error:
        if files.is_full(draft.parent, error):
            raise files.full(draft) from error
        raise


def check(file: Path) -> tuple[int, int, int]:
    """Return sequence number, articles and passages of a backup; raises BadInput where it is none, or damaged."""
    try:
        with closing(database.reading(file)) as connection:
            database.known(file, connection)
            wrong = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
            newest = connection.execute(
                "SELECT sequence_number, articles, passages FROM log ORDER BY sequence_number DESC LIMIT 1"
            ).fetchone()
    except (sqlite3.DatabaseError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{file} is damaged, or no backup of Dateline: {error}. Use another backup.") from error
    if wrong != ["ok"]:
        raise BadInput(f"{file} is damaged: {wrong[0]}. Use another backup.")
    sequence_number, articles, passages = newest or (0, 0, 0)
    return sequence_number, articles, passages


def remove(path: Path) -> None:
    """Delete a file of SQLite's and those that belong to it."""
    for ending in OF_SQLITE:
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()
