"""Indexing gives way to searching."""

from __future__ import annotations

import os
import sys

NICENESS = 10


def give_way() -> None:
    """Let what else runs on this machine go first, searches above all; a priority that was chosen already stays."""
    if hasattr(os, "nice") and os.nice(0) == 0:
        os.nice(NICENESS)


def give_way_in_thread() -> None:
    """Let the other threads of this process go first, where a thread can have a priority of its own: on Linux."""
    if sys.platform == "linux":
        os.nice(NICENESS)  # contrary to POSIX that is of the calling thread alone, and of those that it starts
