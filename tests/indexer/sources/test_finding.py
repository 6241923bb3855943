import os

import pytest
from fakes import CHUNKING, WordEmbedder

from indexer.embedded import create, open_index
from indexer.sources import READERS, Findings, Input, find
from indexer.types import Rejected

KNOWN = ", ".join(sorted(READERS))


def write(path, content="Some news."):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def names(findings):
    return [item.path.name for item in findings.inputs]


def test_a_named_file_is_an_input_with_its_format_and_size(tmp_path):
    path = write(tmp_path / "a.jsonl.gz", "1234")
    assert find([str(path)]).inputs == (Input(str(path), path, ".jsonl", 4),)


def test_the_case_of_a_suffix_does_not_matter(tmp_path):
    assert find([str(write(tmp_path / "A.TXT"))]).inputs[0].suffix == ".txt"


def test_a_dash_is_standard_input(tmp_path):
    assert find(["-"]).inputs == (Input("-"),)


def test_a_folder_gives_its_files_sorted_and_skips_what_is_no_article(tmp_path):
    for name in ("b.txt", "a.txt", "sub/c.md", ".hidden.txt", ".git/d.txt", "README.md", "LICENSE.txt", "photo.jpg"):
        write(tmp_path / name)
    found = find([str(tmp_path)])
    assert names(found) == ["a.txt", "b.txt", "c.md"]
    assert found.skipped == tuple(str(tmp_path / name) for name in ("LICENSE.txt", "README.md", "photo.jpg"))
    assert found.rejected == ()


def test_the_folder_of_an_index_is_left_out_and_told(tmp_path):
    write(tmp_path / "a.json")
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    open_index(tmp_path / "index")
    assert list((tmp_path / "index").rglob("*.json"))
    found = find([str(tmp_path)])
    assert (names(found), found.indexes) == (["a.json"], (str(tmp_path / "index"),))
    assert found.skipped == found.rejected == ()
    assert find([str(tmp_path / "index")]) == Findings(inputs=(), indexes=(str(tmp_path / "index"),))


def test_a_database_of_somebody_elses_makes_no_index(tmp_path):
    write(tmp_path / "articles.db")
    write(tmp_path / "a.json")
    assert names(find([str(tmp_path)])) == ["a.json"]


def test_a_named_readme_is_read(tmp_path):
    assert names(find([str(write(tmp_path / "README.md"))])) == ["README.md"]


def test_a_file_reached_twice_is_found_once(tmp_path):
    path = write(tmp_path / "a.txt")
    (tmp_path / "b.txt").symlink_to(path)
    assert names(find([str(path), str(tmp_path), f"{tmp_path}/*.txt", f"{tmp_path}/../{tmp_path.name}/a.txt"])) == [
        "a.txt"
    ]


def test_sizes_add_up(tmp_path):
    write(tmp_path / "a.txt", "12")
    write(tmp_path / "b.txt", "345")
    assert find([str(tmp_path)]).size == 5


@pytest.mark.parametrize("pattern", ["*.txt", "**/*.txt", "?.t[x]t"])
def test_a_pattern_gives_what_it_matches(tmp_path, monkeypatch, pattern):
    write(tmp_path / "b.txt")
    write(tmp_path / "a.txt")
    write(tmp_path / "a.jpg")
    monkeypatch.chdir(tmp_path)
    assert [item.origin for item in find([pattern]).inputs] == ["a.txt", "b.txt"]
    assert names(find([f"{tmp_path}/{pattern}"])) == ["a.txt", "b.txt"]


def test_a_pattern_gives_the_folders_it_matches_too(tmp_path):
    write(tmp_path / "2025-01/a.txt")
    write(tmp_path / "2025-02/b.txt")
    write(tmp_path / "2026-01/c.txt")
    assert names(find([f"{tmp_path}/2025-*"])) == ["a.txt", "b.txt"]


def test_a_pattern_leaves_out_what_is_hidden_unless_it_says_so(tmp_path):
    write(tmp_path / "a.txt")
    write(tmp_path / ".git/b.txt")
    assert names(find([f"{tmp_path}/**/*.txt"])) == ["a.txt"]
    assert names(find([f"{tmp_path}/.git/*.txt"])) == ["b.txt"]


def test_a_name_with_marks_in_it_that_exists_is_no_pattern(tmp_path):
    assert names(find([str(write(tmp_path / "a[1].txt"))])) == ["a[1].txt"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.txt", "there is no such file or folder"),
        ("*.none", "no file matches"),
        ("photo.jpg", f"unknown format; known are {KNOWN}, each also with .gz, .bz2 or .xz"),
        ("loop.txt", "cannot be read: Too many levels of symbolic links"),
        ("pipe.txt", "is neither a file nor a folder; pipe it to - instead"),
    ],
)
def test_what_cannot_be_found_is_rejected_with_a_reason(tmp_path, name, reason):
    write(tmp_path / "photo.jpg")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    found = find([str(tmp_path / name)])
    assert found.inputs == ()
    assert found.rejected == (Rejected(str(tmp_path / name), reason),)


@pytest.mark.parametrize("pattern", ["a**b/*.txt", "*\0", "[", "~nobody/*"])
def test_a_pattern_that_is_none_is_rejected(tmp_path, monkeypatch, pattern):
    monkeypatch.chdir(tmp_path)
    assert [rejected.origin for rejected in find([pattern]).rejected] == [pattern]


@pytest.mark.parametrize("name", ["ftp://gazette.example/feed.xml", "http:/gazette.example"])
def test_an_address_that_is_not_fetched_is_told_from_a_file(name):
    (rejected,) = find([name]).rejected
    assert rejected.reason.endswith("folder; of addresses, only those that begin with http:// or https:// are fetched")


def test_a_folder_that_links_to_itself_is_walked_once(tmp_path):
    write(tmp_path / "sub/a.txt")
    (tmp_path / "sub/again").symlink_to(tmp_path)
    (tmp_path / "sub/more").symlink_to(tmp_path)
    assert names(find([str(tmp_path)])) == ["a.txt"]
    assert names(find([f"{tmp_path}/**/*.txt"])) == ["a.txt"]


def test_a_named_link_to_a_folder_is_followed(tmp_path):
    write(tmp_path / "real/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(find([str(tmp_path / "link")])) == ["a.txt"]


def test_a_name_whose_bytes_are_no_text_can_be_written_in_messages(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    write(path)
    origin = find([str(tmp_path)]).inputs[0].origin
    assert origin == f"{tmp_path}/caf\ufffd.txt"


def test_nothing_named_finds_nothing():
    assert find([]) == Findings(inputs=())
    assert find([""]) == Findings(inputs=(), rejected=(Rejected("", "there is no such file or folder"),))
