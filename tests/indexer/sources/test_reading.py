import gzip
import io
import os
import tracemalloc

import pytest
from fakes import plain

from indexer.sources import Input, find, read
from indexer.types import Article, Rejected

LINE = b'{"id": "%d", "title": "Mill reopens", "body": "The mill on the Orle reopened."}\n'


def read_file(path):
    (item,) = find([str(path)]).inputs
    return list(plain(read(item)))


def read_stdin(data):
    return list(plain(read(Input("-"), stdin=io.BytesIO(data))))


def test_an_empty_file_is_rejected(tmp_path):
    path = tmp_path / "a.txt"
    path.touch()
    assert read_file(path) == [Rejected(str(path), "is empty")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson"])
def test_a_file_of_blank_lines_is_rejected(tmp_path, name):
    (tmp_path / name).write_bytes(b"\n\r\n  \n")
    assert read_file(tmp_path / name) == [Rejected(str(tmp_path / name), "is empty")]


def test_a_file_gone_since_it_was_found_is_rejected(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    (item,) = find([str(path)]).inputs
    path.unlink()
    assert list(read(item)) == [Rejected(str(path), "cannot be read: No such file or directory")]


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_is_unzipped_by_what_it_is_and_not_by_its_name(tmp_path, packed):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(LINE % 1) if packed else LINE % 1)
    assert [article.id for article in read_file(path)] == ["1"]


def test_what_stands_before_the_damage_in_a_gzip_counts(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress(b"".join(LINE % number for number in range(5000)))
    path.write_bytes(whole[: len(whole) // 2])
    *articles, last = read_file(path)
    assert len(articles) > 1000
    assert [article.id for article in articles] == [str(number) for number in range(len(articles))]
    assert last == Rejected(
        str(path),
        "damaged gzip, read no further: Compressed file ended before the end-of-stream marker was reached",
    )


def test_garbled_gzip_is_rejected(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    garbled = bytearray(gzip.compress(LINE % 1, mtime=0))
    garbled[12:20] = b"\xff" * 8
    path.write_bytes(garbled)
    (rejected,) = read_file(path)
    assert rejected.reason.startswith("damaged gzip, read no further: ")


def test_half_a_text_in_a_damaged_gzip_is_no_article(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(os.urandom(2000).hex().encode())[:900])
    (rejected,) = read_file(path)
    assert isinstance(rejected, Rejected)


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_progress_is_told_in_bytes_of_the_file(tmp_path, name):
    path = tmp_path / name
    text = b"A headline\n\nA body.\n" * 10_000
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    (item,) = find([str(path)]).inputs
    steps = []
    list(read(item, advance=steps.append))
    assert sum(steps) == item.size == path.stat().st_size


def test_many_lines_are_read_in_little_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes((LINE % 1).replace(b"The mill", b"The mill " * 1000) * 1000)
    (item,) = find([str(path)]).inputs
    tracemalloc.start()
    assert sum(1 for _ in read(item)) == 1000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000 < item.size


@pytest.mark.parametrize(
    ("data", "titles"),
    [
        (b'{"title": "A", "body": "B"}', ["A"]),
        (b'\xef\xbb\xbf \n[{"title": "A", "body": "B"}, {"title": "C", "body": "D"}]', ["A", "C"]),
        (b'{\n  "articles": [{"title": "A", "body": "B"}]\n}\n', ["A"]),
        (b'{"title": "A", "body": "B"}\n{"title": "C", "body": "D"}\n', ["A", "C"]),
        (gzip.compress(b'{"title": "A", "body": "B"}', mtime=0), ["A"]),
        ('{"title": "Ä", "body": "B"}'.encode("utf-16"), ["Ä"]),
        (b"[Update] The mill reopens\n\nIt was shut for a year.", ["[Update] The mill reopens"]),
        (b"---\ntitle: A\n---\nB", ["A"]),
    ],
)
def test_standard_input_is_told_by_its_content(data, titles):
    assert [article.title for article in read_stdin(data)] == titles


def test_a_text_from_standard_input_has_the_same_id_every_time():
    first, second, other = (read_stdin(data)[0] for data in (b"A\n\nB", b"A\n\nB", b"A\n\nC"))
    assert first.id == second.id != other.id


def test_lines_are_yielded_as_they_arrive():
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            return LINE % 7

    first = next(plain(read(Input("-"), stdin=Endless())))
    assert isinstance(first, Article)
    assert first.id == "7"
