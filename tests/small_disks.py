"""File systems that are small, or may only be read; tests that want one are skipped where it cannot be mounted."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def mounted(folder, *how):
    """Mount a file system at ``folder``."""
    folder.mkdir()
    if subprocess.run(["mount", *how, folder], capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def small_disk(folder, size):
    """Mount a file system of this size at ``folder``."""
    return mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")


def resize(disk, size):
    """Give a small disk another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


@contextmanager
def read_only(folder, place):
    """Have ``folder`` at ``place`` as well, where it may only be read."""
    with mounted(place, "--bind", folder):
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
        yield place
