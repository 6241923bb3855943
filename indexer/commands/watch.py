"""``dateline watch``: folders that articles arrive in."""

from __future__ import annotations

from math import inf
from pathlib import Path
from time import monotonic

import click

from indexer.commands.lines import Lines
from indexer.commands.options import (
    index_option,
    int8_option,
    lines_option,
    model_option,
    once_option,
    open_intake,
    patience,
)
from indexer.errors import DatelineError, IncompatibleIndex
from indexer.stopping import Stop, on_signals
from indexer.watching import Batch, Folders, Watcher, ticks

PAUSE = 10.0
"""Seconds between two attempts where the disk is full or the index cannot be written."""


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@index_option
@model_option
@int8_option
@click.option(
    "--settle", type=click.FloatRange(min=0), default=2.0, show_default=True, help="Seconds a file must be at rest."
)
@click.option(
    "--poll",
    type=click.FloatRange(min=0.1),
    help="Look every so many seconds instead of waiting to be told of changes, as network drives need it.",
)
@once_option
@lines_option
def watch(
    folders: tuple[Path, ...],
    folder: Path,
    model: str | None,
    int8: bool,
    settle: float,
    poll: float | None,
    once: bool,
    as_json: bool,
) -> None:
    """Index what is in folders, and then everything that changes there.

    FOLDERS are read as "add" reads them. Files are read once they are at rest; hidden and temporary ones are left out.
    New and changed articles are indexed, and those removed that are in no watched file any more. A file that only moved
    keeps its articles as they are; one that cannot be read is reported, and its earlier articles stay.

    What was done is remembered in the index: started again, the command goes on where it was. SIGTERM and SIGINT let it
    finish what it is writing, with exit code 0. With --once the exit code is 0 only where nothing was rejected.
    """
    stop = on_signals()
    lines = Lines(as_json=as_json)
    watched = Folders(folders, folder)  # before the index is made, so that a slip costs nothing
    intake = open_intake(folder, model, patience(once), int8=int8)

    def tell(batch: Batch) -> None:
        lines.done(batch.report, files=batch.files, moved=batch.moved)

    watcher = Watcher(intake, watched, settle=settle, tell=tell, go_on=lambda: not stop.is_set())
    if once:
        look_once(watcher, stop)
        raise SystemExit(int(lines.wrong))
    noticed = False
    for happened in ticks(watched.paths, watched.concern, stop, poll):
        noticed = noticed or happened
        if monotonic() >= (watcher.rested if noticed else watcher.due) and not stop.is_set():
            noticed = False
            attempt(watcher, stop, lines)


def look_once(watcher: Watcher, stop: Stop) -> None:
    """Take in what is at rest; what is still being written is left for the next time."""
    watcher.round()
    if watcher.due < inf and not stop.is_set():
        stop.wait(watcher.due - monotonic())
        watcher.round()


def attempt(watcher: Watcher, stop: Stop, lines: Lines) -> None:
    """Look, and say what went wrong if anything did; the next attempt makes up for it. Raises IncompatibleIndex."""
    try:
        watcher.round()
    except IncompatibleIndex:  # the index was moved to another model meanwhile: only a new start knows that one
        raise
    except (DatelineError, OSError) as error:
        lines.failed(f"{error} Tried again in {PAUSE:g} seconds.")
        stop.wait(PAUSE)
