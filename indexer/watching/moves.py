"""Telling a file that was moved from a new one: it has, byte for byte, what one had that is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from indexer.watching.contents import Unsettled, sha256_of
from indexer.watching.ledger import Ledger, Record
from indexer.watching.scanning import Found, Scan, name_of


def moves(files: Iterable[Found], scan: Scan, ledger: Ledger) -> dict[str, Record | None]:
    """Return what is to be known where files only moved, or have a new time but the content they had.

    None stands for the name that a file moved away from, unless another one moved there.
    """
    left = _left(scan, ledger)
    changes: dict[str, Record | None] = {}
    for found in files:
        name = name_of(found.path)
        candidates = left.get(found.stamp.size)
        sha256 = _sha256(found) if candidates else None
        same = [one for one in candidates or () if sha256 and sha256 == _record(ledger, one).sha256]
        if same:
            origin = name if name in same else same[0]
            left[found.stamp.size].remove(origin)
            changes.setdefault(origin, None)
            changes[name] = replace(_record(ledger, origin), stamp=found.stamp)
    return changes


def _left(scan: Scan, ledger: Ledger) -> dict[int, list[str]]:
    """The names of files that are no longer what they were, by the size they had."""
    left: dict[int, list[str]] = defaultdict(list)
    for name in ledger:
        stamp = _record(ledger, name).stamp
        here = scan.files.get(name)
        if stamp and (here.stamp != stamp if here else scan.lacks(name)):
            left[stamp.size].append(name)
    return left


def _record(ledger: Ledger, name: str) -> Record:
    record = ledger.get(name)
    assert record is not None
    return record


def _sha256(found: Found) -> str | None:
    with suppress(Unsettled, OSError):
        return sha256_of(found)
    return None
