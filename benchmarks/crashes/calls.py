"""Stopping a process at one of the calls by which it changes a folder; ``calls.c`` does the work."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from enum import IntEnum
from pathlib import Path


class Stop(IntEnum):
    """What happens at the call that was asked for."""

    NEVER = 0
    BEFORE = 1
    """The process is killed before the call."""
    WITHIN = 2
    """It is killed after half of a write, or after any other call."""
    FULL = 3
    """From the call on, the disk is full: half of the write still fits."""


class Calls:
    """The calls of this process that change ``folder``. Made once in the life of a process, and never taken away."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._library = ctypes.CDLL(str(library), use_errno=True)
        self._library.stop.argtypes = [ctypes.c_int, ctypes.c_long]
        self._library.counted.restype = ctypes.c_long
        if self._library.watch(os.fsencode(folder.resolve())):
            raise OSError(ctypes.get_errno(), "the kernel does not let a process watch its own calls (seccomp)")

    def stop(self, how: Stop, at: int = 0) -> None:
        """Count from 1 again, and stop at call ``at``; with ``Stop.FULL``, at the call that needs room."""
        self._library.stop(how, at)

    @property
    def changes(self) -> int:
        """How many calls changed the folder."""
        return int(self._library.counted(0))

    @property
    def growths(self) -> int:
        """How many of them need room on the disk."""
        return int(self._library.counted(1))


def build(folder: Path) -> Path | None:
    """Compile ``calls.c`` into ``folder``; None where there is no compiler for it."""
    compiler, library = shutil.which("cc") or shutil.which("gcc"), folder / "calls.so"
    if compiler is None:
        return None
    command = [compiler, "-O2", "-shared", "-fPIC", str(Path(__file__).with_name("calls.c")), "-o", str(library)]
    return library if subprocess.run(command, capture_output=True).returncode == 0 else None
