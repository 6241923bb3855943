"""Indexing gives way to searching."""

from __future__ import annotations

import os

NICENESS = 10


def give_way() -> None:
    """Let what else runs on this machine go first, searches above all; a priority that was chosen already stays."""
    if hasattr(os, "nice") and os.nice(0) == 0:
        os.nice(NICENESS)
