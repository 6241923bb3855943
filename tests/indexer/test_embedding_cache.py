"""A kept folder is there whole or not at all, and is made again when it is damaged."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from indexer.embedding.cache import default_cache, read_or_make


def read(folder):
    return int((folder / "number").read_text())


def write(number, folder):
    (folder / "number").write_text(str(number))


def unexpected(*_):
    raise AssertionError("what is kept need not be made")


def test_default_cache_follows_the_users_settings():
    assert default_cache({"XDG_CACHE_HOME": "/tmp/mine"}) == Path("/tmp/mine/dateline")
    assert default_cache({}) == Path.home() / ".cache" / "dateline"


def test_what_is_made_is_kept(tmp_path):
    assert read_or_make(tmp_path / "new" / "kept", read, lambda: 7, write) == 7
    assert read_or_make(tmp_path / "new" / "kept", read, unexpected, unexpected) == 7


@pytest.mark.parametrize("content", ["", "garbled"])
def test_what_is_damaged_is_made_again(content, tmp_path, caplog):
    kept = tmp_path / "kept"
    kept.mkdir()
    write(content, kept)
    assert read_or_make(kept, read, lambda: 7, write) == 7
    assert f"{kept} is damaged and is made again" in caplog.text
    assert read_or_make(kept, read, unexpected, unexpected) == 7


def test_writing_that_fails_half_way_leaves_nothing(tmp_path, caplog):
    def write_half(number, folder):
        write(number, folder)
        raise OSError("No space left on device")

    assert read_or_make(tmp_path / "kept", read, lambda: 7, write_half) == 7
    assert "cannot be kept, so the next start will be as slow as this one: No space left" in caplog.text
    assert not list(tmp_path.iterdir())


def keep_seven(folder):
    return read_or_make(folder, read, lambda: 7, write)


def test_processes_may_make_the_same_folder_at_once(tmp_path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        assert list(processes.map(keep_seven, [tmp_path / str(number // 12) for number in range(120)])) == [7] * 120
    assert {path.name for path in tmp_path.iterdir()} == {str(number) for number in range(10)}
