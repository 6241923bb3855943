"""Indexing gives way to searching, unless somebody has said how much it may have."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from indexer.priority import NICENESS, give_way_in_thread

PROGRAM = "import os; from indexer.priority import give_way; give_way(); print(os.nice(0))"


@pytest.mark.skipif(not hasattr(os, "nice"), reason="there are no such priorities here")
def test_a_process_gives_way_only_if_nobody_has_chosen_its_priority():
    for chosen in (0, 1):
        command = [sys.executable, "-c", f"import os; os.nice({chosen}); {PROGRAM}"]
        niceness = int(subprocess.check_output(command))
        before = os.nice(0) + chosen
        assert niceness == (10 if before == 0 else before)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_a_thread_gives_way_alone():
    before = os.nice(0)
    with ThreadPoolExecutor(1, initializer=give_way_in_thread) as thread:
        assert thread.submit(os.nice, 0).result() == min(before + NICENESS, 19)
    assert os.nice(0) == before
