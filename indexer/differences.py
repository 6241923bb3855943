"""What cleaning changes in the bodies of articles, as the lines of a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from itertools import tee

from indexer.boilerplate import without_boilerplate
from indexer.cleaning import clean
from indexer.types import Arrival, Article, Rejected


def showing_differences(
    items: Iterable[Arrival | Rejected], show: Callable[[str], object]
) -> Iterator[Arrival | Rejected]:
    """Yield ``items`` without boilerplate, and hand ``show`` the diff of every body that is cleaned."""
    came, go_on = tee(items)
    for before, after in zip(came, without_boilerplate(go_on), strict=True):
        if isinstance(before, Arrival) and isinstance(after, Arrival):
            for line in _difference(before.article, clean(after.article), before.origin):
                show(line)
        yield after


def _difference(before: Article, after: Article, origin: str) -> Iterator[str]:
    lines = before.body.splitlines(), after.body.splitlines()
    return difflib.unified_diff(*lines, fromfile=origin, tofile=f"{after.id} as cleaned", lineterm="", n=1)
