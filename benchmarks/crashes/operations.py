"""What is done to an index while it is stopped: a few steps, each acknowledged once it has returned."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from benchmarks.crashes.news import CHUNKING, EMBEDDERS, NEW, OLD, State, article, ids
from indexer import migrating, pipeline
from indexer.embedded import create, migration_to, model_of, open_index
from indexer.index import Index
from indexer.types import Arrival


class Step(Protocol):
    """One thing done to an index, all of it or nothing. Done again, it does no harm."""

    def do(self, folder: Path, index: Index) -> None:
        """Do it to the index in ``folder``, which is open as ``index``."""

    def after(self, state: State) -> State:
        """Return what an index holds then that held ``state``."""


@dataclass(frozen=True, slots=True)
class Add:
    """Add articles in an edition."""

    numbers: Sequence[int]
    edition: int = 1

    def do(self, folder: Path, index: Index) -> None:
        """Add them."""
        arrivals = [Arrival(article(number, self.edition), "made on the spot") for number in self.numbers]
        report = pipeline.add(index, EMBEDDERS[index.store.model.sha256], arrivals, chunking=CHUNKING)
        assert not report.rejected, report.rejected

    def after(self, state: State) -> State:
        """Return ``state`` with the edition, for those that lack it."""
        come = {number: state.editions.get(number, ()) for number in self.numbers}
        new = {number: (*before, self.edition) for number, before in come.items() if self.edition not in before}
        return replace(state, editions={**state.editions, **new})


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove articles."""

    numbers: Sequence[int]

    def do(self, folder: Path, index: Index) -> None:
        """Remove them."""
        pipeline.remove(index, ids(self.numbers))

    def after(self, state: State) -> State:
        """Return ``state`` without them."""
        return replace(state, editions={one: own for one, own in state.editions.items() if one not in self.numbers})


@dataclass(frozen=True, slots=True)
class Compact:
    """Give back the room that nothing needs any more."""

    def do(self, folder: Path, index: Index) -> None:
        """Compact the index."""
        index.compact()

    def after(self, state: State) -> State:
        """Return ``state``: nothing that counts is lost."""
        return state


@dataclass(frozen=True, slots=True)
class Migrate:
    """Move to the other model."""

    def do(self, folder: Path, index: Index) -> None:
        """Migrate, unless that has been done."""
        if model_of(folder) != NEW:
            migrating.migrate(index, migration_to(folder, NEW), EMBEDDERS[NEW.sha256])

    def after(self, state: State) -> State:
        """Return ``state`` under the new model."""
        return replace(state, model=NEW)


@dataclass(frozen=True, slots=True)
class Operation:
    """Some steps, done to an index that ``start`` has made from an empty one; then ``harm`` befalls its folder."""

    name: str
    steps: Sequence[Step]
    start: Sequence[Step]
    harm: Callable[[Path], object] = lambda folder: None

    def states(self) -> list[State]:
        """Return what the index holds after 0, 1, 2, ... steps."""
        states = [State({})]
        for step in self.start:
            states[0] = step.after(states[0])
        for step in self.steps:
            states.append(step.after(states[-1]))
        return states


def without_views(folder: Path) -> None:
    """Delete both views."""
    for view in (*folder.glob("vectors-*"), *folder.glob("words-*")):
        shutil.rmtree(view)


USED = (
    Add(range(8)),
    Add(range(8, 14)),
    Add(range(0, 8, 2), 2),
    Remove([1, 9]),
    Add((1, 14), 2),
)
"""An index that has seen something: articles, editions, removals, and one that came back."""

OPERATIONS = (
    Operation("create", [Add(range(3)), Add(range(3, 6))], []),
    Operation("add", [Add(range(20, 24)), Add((9, 24, 25), 3), Add(range(26, 29))], USED),
    Operation("update", [Add(range(3, 7), 3), Add((0, 2), 4), Add((10, 30), 2)], USED),
    Operation("remove", [Remove(range(10, 13)), Remove([0, 7]), Remove([14])], USED),
    Operation("compact", [Compact()], USED),
    Operation("migrate", [Migrate()], USED),
    Operation("mend", [], USED, without_views),
)


def opened(folder: Path) -> Index:
    """Open the index in ``folder`` as commands do, which make it if there is none."""
    create(folder, OLD, CHUNKING)
    return open_index(folder)


def perform(operation: Operation, folder: Path, ledger: Path) -> None:
    """Do every step, as one command does, and note each in ``ledger`` as soon as it is acknowledged."""
    perform_on(opened(folder), operation, folder, ledger)
    gc.collect()  # closes SQLite's connections, which is one more thing to be killed at


def perform_on(index: Index, operation: Operation, folder: Path, ledger: Path) -> None:
    """Do every step to an index that is open."""
    for step in operation.steps:
        step.do(folder, index)
        acknowledge(ledger)


def acknowledge(ledger: Path) -> None:
    """Make ``ledger`` one byte longer, for good."""
    handle = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, b".")
    os.fsync(handle)
    os.close(handle)


def acknowledged(ledger: Path) -> int:
    """Return how many steps are noted in ``ledger``."""
    return ledger.stat().st_size if ledger.exists() else 0


def make(operation: Operation, folder: Path) -> None:
    """Make the index in ``folder`` that ``operation`` begins with."""
    folder.mkdir()
    if operation.start:
        index = opened(folder)
        for step in operation.start:
            step.do(folder, index)
        operation.harm(folder)
