"""Taking files in: their articles into the index, and what was done into the ledger, in an order that survives a kill.

First it is noted which articles a file may bring, then they are indexed, then those are removed that no file has any
more, and only then does the file count as done. Whatever is cut off is made up for by doing it again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from indexer.intake import Intake
from indexer.types import Arrival, Rejected, Report
from indexer.watching.contents import Contents, Unsettled, sha256_of
from indexer.watching.ledger import Ledger, Record
from indexer.watching.scanning import Found, name_of

MOST_FILES = 256
"""Files that are taken in together at most."""

MOST_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Task:
    """A file to take in: what it holds, and what is known of it while it is taken in and afterwards."""

    name: str
    contents: Contents
    meanwhile: Record
    afterwards: Record


class Taker:
    """Brings the articles of files into an index; stops between two batches of articles once ``go_on`` says no."""

    def __init__(self, intake: Intake, ledger: Ledger, go_on: Callable[[], bool]) -> None:
        self._intake = intake
        self._ledger = ledger
        self._go_on = go_on

    def read(self, found: Found) -> Task:
        """Read a file. Raises Unsettled, and OSError where that is not possible."""
        name = name_of(found.path)
        earlier = self._ledger.get(name)
        known_as = earlier.known_as if earlier else self._ledger.free_name(os.path.realpath(found.path))
        sha256 = sha256_of(found)
        contents = Contents.of(found, known_as)
        every = tuple(dict.fromkeys((*(earlier.articles if earlier else ()), *contents.ids)))
        meanwhile = Record(known_as, articles=every)
        self._ledger.note(name, meanwhile)
        articles = tuple(contents.ids) if contents.whole else every  # what cannot be read now is not gone
        return Task(name, contents, meanwhile, Record(known_as, found.stamp, sha256, articles))

    def index(self, tasks: Sequence[Task]) -> Report:
        """Bring in the articles of files and remove those that are gone from them. Raises IndexLocked, StorageFull."""
        self._ledger.save()
        done: list[Task] = []
        report = self._intake.add(self._articles(tasks, done))
        return report + self.finish({task.name: task.afterwards for task in done})

    def finish(self, changes: Mapping[str, Record | None]) -> Report:
        """Remove the articles that no file has after ``changes``, and make these durable."""
        gone = self._ledger.orphans(changes)
        if gone:
            self._ledger.load()  # another process may watch other folders for this index
            gone = self._ledger.orphans(changes)
        report = self._intake.remove(gone)
        for name, record in changes.items():
            self._ledger.note(name, record)
        self._ledger.save()
        return report

    def _articles(self, tasks: Sequence[Task], done: list[Task]) -> Iterator[Arrival | Rejected]:
        for task in tasks:
            try:
                yield from task.contents.each(self._go_on)
            except Unsettled:
                every = dict.fromkeys((*task.meanwhile.articles, *task.contents.ids))
                self._ledger.note(task.name, replace(task.meanwhile, articles=tuple(every)))
                continue
            if not self._go_on():
                return
            done.append(task)


def groups(files: Iterable[Found]) -> Iterator[list[Found]]:
    """Yield files in groups of bounded size, in their order."""
    group: list[Found] = []
    size = 0
    for found in files:
        if group and (len(group) == MOST_FILES or size + found.stamp.size > MOST_BYTES):
            yield group
            group, size = [], 0
        group.append(found)
        size += found.stamp.size
    if group:
        yield group


def without_repeats(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Yield tasks in groups in which no two files have the same article: so that the later one replaces it."""
    group: list[Task] = []
    known: set[str] = set()
    for task in tasks:
        if known & task.contents.ids.keys():
            yield group
            group, known = [], set()
        group.append(task)
        known |= task.contents.ids.keys()
    if group:
        yield group
