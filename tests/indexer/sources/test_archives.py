import bz2
import gzip
import io
import json
import lzma
import os
import random
import tarfile
import tracemalloc
import zipfile

import pytest
from fakes import plain

from indexer.sources import Input, budget, find, read
from indexer.types import Article, Rejected

MILL = json.dumps({"id": "a", "title": "Mill reopens", "body": "The mill on the Orle reopened."})
FILES = {
    "news/a.json": MILL.encode(),
    "news/b.csv": b"id,body\nb,It opened.\nc\n",
    "news/d.jsonl.gz": gzip.compress(MILL.replace('"a"', '"d"').encode()),
    "news/photo.jpg": b"x",
    "README.md": b"About this",
    "__MACOSX/news/._a.json": b"x",
    ".hidden/e.json": MILL.encode(),
    "../../evil.txt": b"Weir\n\nIt broke.",
    "empty.txt": b"",
    "inner.zip": b"PK",
}


def zipped(files=FILES, packing=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files=FILES):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        archive.addfile(link("link.json"))
    return data.getvalue()


def link(name):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info


def read_data(data, suffix=None):
    return list(plain(read(Input("-", suffix=suffix), stdin=io.BytesIO(data))))


@pytest.mark.parametrize(
    "data",
    [zipped(), tarred(), gzip.compress(tarred()), bz2.compress(tarred()), lzma.compress(tarred())],
    ids=["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"],
)
def test_every_file_is_read_by_the_reader_of_its_format(data):
    results = read_data(data)
    assert [result.id for result in results if isinstance(result, Article)][:3] == ["a", "b", "d"]
    assert [result.body for result in results if isinstance(result, Article)][3:] == ["It broke."]
    assert [str(result) for result in results if isinstance(result, Rejected)] == [
        "-!news/b.csv:3: 1 cells where the header has 2",
        "-!empty.txt: is empty",
        "-!inner.zip: an archive in an archive; unpack the outer one first",
    ]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_archives_are_found_by_their_names_and_write_nothing(tmp_path, name):
    packings = {".gz": gzip.compress, ".tgz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    data = zipped() if name == "a.zip" else packings.get(os.path.splitext(name)[1], bytes)(tarred())  # noqa: PTH122
    path = tmp_path / name
    path.write_bytes(data)
    results = list(plain(read(find([str(path)]).inputs[0])))
    assert [result.id for result in results if isinstance(result, Article)][:3] == ["a", "b", "d"]
    assert list(tmp_path.iterdir()) == [path]


def test_an_article_known_by_its_file_gets_the_same_id_every_time(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"x/mill.txt": b"Mill\n\nIt opened.", "y/mill.txt": b"Mill\n\nIt shut."}))
    first, again = ([article.id for article in plain(read(find([str(path)]).inputs[0]))] for _ in range(2))
    assert first == again
    assert first[0] != first[1]
    assert first[0].startswith("mill-")


def test_an_encrypted_file_is_refused():
    data = bytearray(zipped({"a.json": MILL.encode()}, zipfile.ZIP_STORED))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    assert read_data(bytes(data)) == [Rejected("-!a.json", "is encrypted; unpack it first")]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_without_articles_says_so(pack):
    (rejected,) = read_data(pack({"photo.jpg": b"x"}))
    assert rejected.reason == "an archive without a file in a known format"


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_damaged_archive_is_refused(pack):
    results = read_data(pack()[:700], ".zip" if pack is zipped else ".tar")
    assert results[-1].reason.startswith("damaged archive, read no further: ")


def test_files_without_a_name_are_passed_over_and_names_that_are_no_text_are_damage():
    data = zipped({"ä.json": MILL.encode()})
    name = "ä.json".encode()
    (rejected,) = read_data(data.replace(name, b"\xff" * len(name)))
    assert rejected.reason.startswith("damaged archive, read no further: ")
    (rejected,) = read_data(zipped({"x.json": MILL.encode()}).replace(b"x.json", b"\0.json"))
    assert rejected.reason == "an archive without a file in a known format"


def test_what_stands_before_the_damage_in_a_file_counts():
    lines = "\n".join(MILL.replace('"a"', f'"{number} {random.Random(number).random()}"') for number in range(3000))
    data = bytearray(zipped({"a.jsonl": lines.encode(), "b.json": MILL.encode()}))
    data[len(data) // 2 : len(data) // 2 + 50] = b"\xff" * 50
    *articles, rejected, last = read_data(bytes(data))
    assert len(articles) > 500
    assert rejected.origin == "-!a.jsonl"
    assert last.id == "a"


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(budget, "UNSUSPICIOUS", 2**20)


@pytest.mark.parametrize("pack", [zipped, lambda files: lzma.compress(tarred(files))], ids=["zip", "tar.xz"])
def test_a_bomb_is_refused_in_bounded_memory(small_limits, tmp_path, pack):
    path = tmp_path / ("a.zip" if pack is zipped else "a.tar.xz")
    path.write_bytes(pack({"bomb.jsonl": bytes(80 * 2**20), "a.json": MILL.encode()}))
    (item,) = find([str(path)]).inputs
    tracemalloc.start()
    (rejected,) = read(item)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rejected.reason.startswith("unpacks to more than ")
    assert peak < 100 * 2**20


@pytest.mark.parametrize("name", ["bomb.zip.gz", "bomb.parquet.xz", "a.zip"])
def test_a_packed_bomb_is_not_copied_to_the_disk(small_limits, tmp_path, name):
    pytest.importorskip("pyarrow")
    packed = lzma.compress(bytes(80 * 2**20))
    data = {"bomb.zip.gz": gzip.compress(bytes(80 * 2**20)), "bomb.parquet.xz": packed}
    (tmp_path / name).write_bytes(data.get(name) or zipped({"bomb.parquet.xz": packed}))
    (rejected,) = read(find([str(tmp_path / name)]).inputs[0])
    assert rejected.reason.startswith("unpacks to more than ")


def test_an_archive_may_not_unpack_to_more_than_the_limit(monkeypatch):
    monkeypatch.setattr(budget, "MOST_UNPACKED", 5000)
    results = read_data(tarred({f"{number}.txt": b"Mill\n\nIt opened." for number in range(20)}))
    assert results[-1].reason.startswith("unpacks to more than 0 MB")


def test_an_archive_may_not_hold_more_files_than_the_limit(monkeypatch):
    monkeypatch.setattr(budget, "MOST_MEMBERS", 3)
    results = read_data(zipped({f"{number}.txt": b"Mill\n\nIt opened." for number in range(20)}))
    assert [type(result) for result in results] == [Article] * 3 + [Rejected]


def test_a_header_larger_than_memory_is_refused():
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**40
    (rejected,) = read_data(info.tobuf(tarfile.GNU_FORMAT) + bytes(2000), ".tar")
    assert rejected.reason.startswith("holds a header of ")
