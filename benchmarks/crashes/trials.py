"""One trial: an operation is stopped somewhere in the middle, and the index must be found whole and go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.crashes.calls import Calls, Stop, build
from benchmarks.crashes.checks import embedded_again, litter, problems
from benchmarks.crashes.operations import (
    Operation,
    acknowledged,
    make,
    opened,
    perform,
    perform_on,
)
from benchmarks.crashes.processes import Ended, run, seconds
from indexer.errors import StorageFull
from indexer.index import Index


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: ``stopped`` says whether the operation was, and ``problems`` is empty if all is well."""

    operation: str
    how: str
    where: str
    stopped: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to an operation: calls that change the folder, those that need room, and seconds."""

    changes: int
    growths: int
    seconds: float


class Ground:
    """An operation with the index it begins with, and a place for copies of it."""

    def __init__(self, operation: Operation, place: Path) -> None:
        self.operation = operation
        self.start = place / f"{operation.name}-start"
        self._copy = place / operation.name
        made = run(make, operation, self.start)
        if made.error:
            raise RuntimeError(f"{operation.name} cannot begin: {made.error}")

    @property
    def ledger(self) -> Path:
        """Where steps are acknowledged: beside the folder, not in it."""
        return self._copy.with_suffix(".ledger")

    def fresh(self) -> Path:
        """Return a new copy of the index; the one before is gone."""
        shutil.rmtree(self._copy, ignore_errors=True)
        for ledger in (self.ledger, self.ledger.with_suffix(".again")):
            ledger.unlink(missing_ok=True)
        shutil.copytree(self.start, self._copy)
        return self._copy

    def extent(self, library: Path | None) -> Extent:
        """Do the operation undisturbed and measure it."""
        took = seconds(perform, self.operation, self.fresh(), self.ledger)
        if library is None:
            return Extent(0, 0, took)
        counted = run(count, library, self.operation, self.fresh(), self.ledger)
        if counted.error:
            raise RuntimeError(f"{self.operation.name} fails undisturbed: {counted.error}")
        changes, growths = counted.value
        return Extent(changes, growths, took)


def watching(place: Path) -> Path | None:
    """Return the library that stops a process at its calls; None where there is no way to."""
    library = build(place)
    return None if library is None or run(watch, library, place).error else library


def watch(library: Path, folder: Path) -> None:
    """Watch this process, or fail to."""
    Calls(library, folder)


def count(library: Path, operation: Operation, folder: Path, ledger: Path) -> tuple[int, int]:
    """Return how many calls of ``operation`` change the folder, and how many of these need room."""
    calls = Calls(library, folder)
    calls.stop(Stop.NEVER)
    perform(operation, folder, ledger)
    return calls.changes, calls.growths


def killed_at_random(ground: Ground, moment: float) -> Trial:
    """Kill the operation after ``moment`` seconds, or earlier if it turns out to be done by then."""
    while True:
        folder = ground.fresh()
        ended = run(perform, ground.operation, folder, ground.ledger, kill_after=moment)
        if ended.killed or ended.error:
            break
        moment *= 0.8
    return verdict(ground, folder, "killed at a random moment", f"{moment:.4f} s", ended)


def killed_at_call(ground: Ground, library: Path, how: Stop, at: int) -> Trial:
    """Kill the operation at call ``at``."""
    folder = ground.fresh()
    ended = run(perform_until, library, how, at, ground.operation, folder, ground.ledger)
    return verdict(ground, folder, f"killed {how.name.lower()} a call", f"call {at}", ended)


def perform_until(library: Path, how: Stop, at: int, operation: Operation, folder: Path, ledger: Path) -> None:
    """Do the operation until it is stopped."""
    Calls(library, folder).stop(how, at)
    perform(operation, folder, ledger)


def verdict(ground: Ground, folder: Path, how: str, where: str, ended: Ended) -> Trial:
    """Look at what a kill has left."""
    found = [ended.error] if ended.error else aftermath(ground, folder)
    return Trial(ground.operation.name, how, where, ended.killed, tuple(found))


def aftermath(ground: Ground, folder: Path) -> list[str]:
    """Return what is wrong with the index, and with doing the same operation to it again, in processes of their own."""
    states, reached = ground.operation.states(), acknowledged(ground.ledger)
    looked = run(problems, folder, states[reached : reached + 2])
    again = run(perform, ground.operation, folder, ground.ledger.with_suffix(".again"))
    then = run(problems, folder, states[-1:])
    failed = [f"done again: {again.error}"] if again.error else []
    left = run(litter, folder)
    return [*told(looked), *failed, *(f"done again: {one}" for one in told(then)), *told(left)]


def told(ended: Ended) -> list[str]:
    """Return the problems that a process has found, its own end among them."""
    if ended.killed or ended.error:
        return [ended.error or "the process that opened the index died"]
    return list(ended.value)


def full_at_call(ground: Ground, library: Path, at: int) -> Trial:
    """Have the disk be full from call ``at`` on; then there is room, for the same process and for others."""
    folder = ground.fresh()
    ended = run(perform_until_full, library, at, ground.operation, folder, ground.ledger)
    stopped, found = ended.value or (False, told(ended))
    return Trial(ground.operation.name, "disk full", f"call {at}", stopped, (*found, *aftermath(ground, folder)))


def perform_until_full(
    library: Path, at: int, operation: Operation, folder: Path, ledger: Path
) -> tuple[bool, list[str]]:
    """Do the operation until the disk is full, and again, every second time, in the same process when it no longer is.

    Returns whether it was stopped by that, and what went wrong.
    """
    calls = Calls(library, folder)
    index = opened(folder) if at % 2 and operation.start and operation.steps else None
    calls.stop(Stop.FULL, at)
    problem = complaint(partial(do, operation, folder, ledger, index))
    calls.stop(Stop.NEVER)
    if problem is None:
        return False, []
    found = [problem] if problem else []
    if index is not None:
        again = ledger.with_suffix(".again")
        failed = complaint(partial(perform_on, index, operation, folder, again))
        found += [f"with room again, in the same process: {failed}"] if failed is not None else []
        if again.exists():
            again.replace(ledger)
    return True, found


def do(operation: Operation, folder: Path, ledger: Path, index: Index | None) -> None:
    """Do the operation to an index that is open, or open it first."""
    if index is None:
        perform(operation, folder, ledger)
    else:
        perform_on(index, operation, folder, ledger)


def complaint(task: Callable[[], None]) -> str | None:
    """Return what is wrong with the error of ``task``: nothing with one that says what to do. None without an error."""
    try:
        task()
    except StorageFull as error:
        return "" if "free some space" in str(error) else f"not a clear error: {error}"
    except Exception as error:  # any other is not clear
        return f"not a clear error: {type(error).__name__}: {error}"
    return None


def cut(path: Path) -> None:
    """Leave half of the file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def delete(path: Path) -> None:
    """Take the file away."""
    path.unlink()


def empty(path: Path) -> None:
    """Leave nothing in the file."""
    path.write_bytes(b"")


def garble(path: Path) -> None:
    """Turn eight bytes in the middle of the file upside down."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
    path.write_bytes(content)


HARMS = {"cut in half": cut, "deleted": delete, "emptied": empty, "garbled": garble}


def view_files(folder: Path) -> list[Path]:
    """Return every file of the views, and what else is not the truth."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if not path.name.startswith("articles.db"))


def damaged(ground: Ground, file: Path, harm: str) -> Trial:
    """Damage a file and open the index: it must mend itself, and embed nothing."""
    folder = ground.fresh()
    HARMS[harm](folder / file)
    (state,) = ground.operation.states()
    found = told(run(problems, folder, [state]))
    again = run(embedded_again, folder, state)
    if again.error or again.value:
        found.append(again.error or f"{again.value} texts were embedded again")
    return Trial("a file of a view", harm, str(file), True, tuple(found))


def evenly(count: int, most: int) -> Iterable[int]:
    """Return up to ``most`` numbers from 1 to ``count``, evenly spread; all of them where ``most`` is 0."""
    if not most or count <= most:
        return range(1, count + 1)
    return [1 + int((step + 0.5) * count / most) for step in range(most)]
