"""One round of watching: look, wait until things are at rest, and bring the index in step with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic

from indexer.intake import Intake
from indexer.types import Rejected, Report
from indexer.watching.contents import Unsettled
from indexer.watching.folders import Folders
from indexer.watching.ledger import Ledger
from indexer.watching.moves import moves
from indexer.watching.scanning import Found, Scan, Stamp, name_of
from indexer.watching.settling import Settling
from indexer.watching.taking import Taker, Task, groups, without_repeats

RETRY = 30.0
"""Seconds after which a file that could not be read is tried again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was done with some files that had changed; ``report`` counts articles."""

    report: Report
    files: int = 0
    moved: int = 0


LEISURE = 4.0
"""Times as long as looking took, to wait before looking again: where there are very many files, it takes seconds."""


class Watcher:
    """Keeps an index in step with what some folders hold, and ``tell``s of each batch of changes.

    Nothing is removed from the index but the articles of files that are gone for certain, or that a file no longer
    has, and that no other watched file has. ``rested`` is when, on the monotonic clock, it can look again at leisure.
    """

    def __init__(
        self,
        intake: Intake,
        folders: Folders,
        *,
        settle: float,
        tell: Callable[[Batch], object],
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._intake = intake
        self._folders = folders
        self._ledger = Ledger(intake.store)
        self._taker = Taker(intake, self._ledger, go_on)
        self._settling = Settling(settle)
        self._tell = tell
        self._go_on = go_on
        self._failures: dict[str, str] = {}
        self.rested = 0.0

    @property
    def due(self) -> float:
        """When, on the monotonic clock, the next round is worth it even if nothing happens."""
        return max(self._settling.due, self.rested)

    def round(self) -> None:
        """Look once, and take in what has come to rest.

        Raises IndexLocked and StorageFull; the next round makes up for what this one did not do.
        """
        begun = monotonic()
        scan = self._folders.look(self._intake.store)
        self.rested = monotonic() + LEISURE * (monotonic() - begun)
        unlike = self._unlike(scan)
        ready = self._settling.settled(unlike, monotonic())
        self._failures = {name: why for name, why in self._failures.items() if name in unlike or name in scan.closed}
        self._fail(scan.closed)
        files = sorted((scan.files[name] for name in ready if unlike[name]), key=lambda one: one.stamp.mtime_ns)
        settled = self._move(files, scan)
        for group in groups(one for one in files if name_of(one.path) not in settled):
            for tasks in without_repeats(self._read(group)):
                if self._go_on():
                    self._tell(Batch(self._taker.index(tasks), len(tasks)))
        arriving = {(stamp.size, stamp.mtime_ns) for name, stamp in unlike.items() if stamp and name not in ready}
        self._drop([name for name in ready - settled if not unlike[name] and self._key(name) not in arriving])

    def _unlike(self, scan: Scan) -> dict[str, Stamp | None]:
        """What is not as it was indexed; None for what is gone."""
        unlike: dict[str, Stamp | None] = {name: None for name in self._ledger if scan.lacks(name)}
        for name, found in scan.files.items():
            record = self._ledger.get(name)
            if record is None or record.stamp != found.stamp:
                unlike[name] = found.stamp
        return unlike

    def _move(self, files: list[Found], scan: Scan) -> set[str]:
        """Note which files only moved, and return the names that are thereby dealt with."""
        changes = moves(files, scan, self._ledger)
        report = self._taker.finish(changes)
        vacated = sum(record is None for record in changes.values())
        if vacated or report != Report():
            self._tell(Batch(report, moved=vacated))
        return {name for name, record in changes.items() if record or name not in scan.files}

    def _read(self, group: list[Found]) -> Iterator[Task]:
        """Read files, but those that change or cannot be read just now."""
        for found in group:
            name = name_of(found.path)
            try:
                yield self._taker.read(found)
            except Unsettled:
                continue
            except OSError as error:
                self._settling.postpone(name, monotonic() + RETRY)
                self._fail({name: f"cannot be read: {error.strerror}"})

    def _drop(self, names: list[str]) -> None:
        """Remove the articles of files that are gone."""
        if names and self._go_on():
            self._tell(Batch(self._taker.finish(dict.fromkeys(names)), len(names)))

    def _key(self, name: str) -> tuple[int, int] | None:
        """What a file had that a file which is only on its way to another place will have too."""
        record = self._ledger.get(name)
        return (record.stamp.size, record.stamp.mtime_ns) if record and record.stamp else None

    def _fail(self, failures: Mapping[str, str]) -> None:
        """Tell of what could not be looked into or read, once for each reason."""
        new = [Rejected(name, why) for name, why in failures.items() if self._failures.get(name) != why]
        self._failures.update(failures)
        if new:
            self._tell(Batch(Report(rejected=tuple(new))))
