"""What was indexed of each watched file, kept as bookmarks of the index itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indexer.engine import Store
from indexer.watching.scanning import Stamp

KIND = "watched file"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a file: the articles it has in the index, and as what it was read.

    ``stamp`` is None while it is being read: then ``articles`` are all that may be in the index because of it.
    ``known_as`` is the path that ids of its articles are made of; it stays what it was when the file is moved.
    """

    known_as: str
    stamp: Stamp | None = None
    sha256: str = ""
    articles: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write it down."""
        stamp = [self.stamp.size, self.stamp.mtime_ns, self.stamp.inode] if self.stamp else None
        values = {"known_as": self.known_as, "stamp": stamp, "sha256": self.sha256, "articles": self.articles}
        return json.dumps(values)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read what ``to_json`` wrote."""
        values = json.loads(text)
        stamp = Stamp(*values["stamp"]) if values["stamp"] else None
        return cls(values["known_as"], stamp, values["sha256"], tuple(values["articles"]))


class Ledger:
    """The records of all watched files of an index, by the names of the files.

    What is ``note``d counts at once; it is durable after ``save``, all of it or nothing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records: dict[str, Record] = {}
        self._unsaved: dict[str, Record | None] = {}
        self._holders: Counter[str] = Counter()
        self._known_as: Counter[str] = Counter()
        self.load()

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def get(self, name: str) -> Record | None:
        """Return what is known of a file."""
        return self._records.get(name)

    def load(self) -> None:
        """Take over what other processes have saved, and what this one has not saved yet."""
        self._records = {name: Record.from_json(text) for name, text in self._store.bookmarks(KIND).items()}
        self._holders = Counter(one for record in self._records.values() for one in record.articles)
        self._known_as = Counter(record.known_as for record in self._records.values())
        for name, record in self._unsaved.items():
            self.note(name, record)

    def note(self, name: str, record: Record | None) -> None:
        """Replace what is known of a file; None forgets it."""
        before = self._records.pop(name, None)
        if before:
            self._holders.subtract(before.articles)
            self._known_as[before.known_as] -= 1
        if record:
            self._records[name] = record
            self._holders.update(record.articles)
            self._known_as[record.known_as] += 1
        self._unsaved[name] = record

    def save(self) -> None:
        """Make durable what was noted. Raises StorageFull; then it can be tried again."""
        if self._unsaved:
            values = {name: record.to_json() if record else None for name, record in self._unsaved.items()}
            self._store.bookmark(KIND, values)
            self._unsaved.clear()

    def orphans(self, changes: Mapping[str, Record | None]) -> set[str]:
        """Return the articles that no file has any more once ``changes`` are noted."""
        more: Counter[str] = Counter()
        for name, record in changes.items():
            before = self._records.get(name)
            more.subtract(before.articles if before else ())
            more.update(record.articles if record else ())
        return {article for article, count in more.items() if self._holders[article] + count <= 0}

    def free_name(self, path: str) -> str:
        """Return ``path``, or a variant of it while a file that was moved away from there still goes by it."""
        name, number = path, 1
        while self._known_as[name] > 0:
            number += 1
            name = f"{number}:{path}"
        return name
