"""Texts of removed articles go for good, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from fakes import CHUNKING, WordEmbedder, arrived, article

from indexer import pipeline
from indexer.cli import main
from indexer.embedded import create, examine, open_index
from indexer.embedded.purging import purge
from indexer.errors import NotFound

SECRET = "Zanzibarquux was slandered here."


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    return tmp_path / "index"


def add(index, *articles):
    pipeline.add(index, WordEmbedder(), arrived(*articles), chunking=CHUNKING)


def held(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_only_what_was_removed_long_enough_ago_is_forgotten(folder):
    index = open_index(folder)
    add(index, article(1, SECRET), article(2, "A ferry sank."))
    add(index, article(1, SECRET + " It was corrected."))
    index.refresh()
    passage = index.snapshot().article_passages("a1")[0].passage.id
    assert purge(folder, datetime.now(UTC)) == 0
    pipeline.remove(index, ["a1"])
    assert purge(folder, datetime.now(UTC) - timedelta(days=30)) == 0
    assert b"slandered" in held(folder)
    assert purge(folder, datetime.now(UTC), ["a2"]) == 0
    assert purge(folder, datetime.now(UTC), ["a1"]) == 2
    index.compact()
    assert b"slandered" not in held(folder)
    assert examine(folder).findings == ()
    index.refresh()
    for ask in (lambda now: index.snapshot().passage(passage, now), lambda now: index.snapshot().article("a1", now)):
        with pytest.raises(NotFound):
            ask(datetime.now(UTC))
    assert index.snapshot().article("a2", datetime.now(UTC)).article.body == "A ferry sank."


def test_an_article_that_came_again_stays(folder):
    index = open_index(folder)
    add(index, article(1, SECRET))
    pipeline.remove(index, ["a1"])
    add(index, article(1, "Something else."))
    assert purge(folder, datetime.now(UTC)) == 1
    index.refresh()
    assert index.snapshot().article("a1", datetime.now(UTC)).article.body == "Something else."
    assert examine(folder).findings == ()


@pytest.mark.parametrize("command", [["remove", "a1", "--purge"], ["remove", "a1"]], ids=["at once", "later"])
def test_the_commands_forget(folder, command):
    add(open_index(folder), article(1, SECRET), article(2, "A ferry sank."))
    index = {"DATELINE_INDEX": str(folder)}
    assert CliRunner().invoke(main, command, env=index).exit_code == 0
    assert CliRunner().invoke(main, ["compact"], env=index).exit_code == 0
    assert (b"slandered" in held(folder)) == ("--purge" not in command)
    said = CliRunner().invoke(main, ["compact", "--keep-removed", "0"], env=index).output
    assert ("Forgot the texts of 1 version of" in said) == ("--purge" not in command)
    assert b"slandered" not in held(folder)
    assert examine(folder).healthy


def test_where_there_is_no_index_that_is_said(tmp_path):
    with pytest.raises(NotFound, match="no index"):
        purge(tmp_path, datetime.now(UTC))
    assert list(tmp_path.iterdir()) == []
