import codecs
import io
import random

import pytest
from fakes import plain

from indexer.sources import encoding, find, read
from indexer.types import Rejected

TEXT = "Über 40 Häuser am Fluß\n\nDas Wasser stieg – sagte die Stadt – auf “3 Meter”."
BINARY = "binary data, not text"


def read_bytes(path, data):
    path.write_bytes(data)
    (result,) = plain(read(find([str(path)]).inputs[0]))
    return result


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
    ],
)
def test_text_is_read_in_the_encodings_it_comes_in(tmp_path, data):
    article = read_bytes(tmp_path / "a.txt", data)
    assert article.title == "Über 40 Häuser am Fluß"
    assert article.body == "Das Wasser stieg – sagte die Stadt – auf “3 Meter”."


def test_lines_are_read_in_utf_16(tmp_path):
    line = '{"id": "%d", "title": "Ĵ\u0a0a", "body": "Wasser – Fluß"}\n'
    (tmp_path / "a.jsonl").write_bytes("".join(line % number for number in range(3000)).encode("utf-16"))
    articles = list(plain(read(find([str(tmp_path)]).inputs[0])))
    assert [article.id for article in articles] == [str(number) for number in range(3000)]
    assert {article.title for article in articles} == {"Ĵ\u0a0a"}


def test_a_damaged_character_does_not_spoil_the_others(tmp_path):
    article = read_bytes(tmp_path / "a.txt", TEXT.encode() + "\nÄ".encode()[:-1])
    assert article.title == "Über 40 Häuser am Fluß"
    assert article.body.endswith("“3 Meter”.\n\ufffd")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.json", "a.jsonl"])
@pytest.mark.parametrize(
    "data", [b"\x7fELF\x02\x01\x01\0\0\0", b"news\0news", b"GIF89a\x81\x8d\xff", b"\xff\x01\x02\x03\xfe"]
)
def test_binary_is_rejected(tmp_path, name, data):
    result = read_bytes(tmp_path / name, data)
    assert isinstance(result, Rejected)
    assert result.reason in (BINARY, "binary data, or text in an unknown encoding; make it UTF-8")


def test_noise_is_rejected(tmp_path):
    result = read_bytes(tmp_path / "a.txt", random.Random(1).randbytes(10_000))
    assert result == Rejected(str(tmp_path / "a.txt"), BINARY)


@pytest.mark.parametrize("name", ["a.txt", "a.json"])
def test_a_file_too_large_to_read_whole_is_rejected(tmp_path, monkeypatch, name):
    monkeypatch.setattr(encoding, "LONGEST", 2**20)
    result = read_bytes(tmp_path / name, b"[" + b" " * 2**20)
    assert result.reason == "larger than 1 MB; split it, or make it JSON Lines, which is read by the line"


def test_utf_16_is_read_whole_whatever_the_sizes_of_the_reads():
    text = "Fluß \U0001f30a " * 5000
    stream = encoding.utf8(io.BufferedReader(io.BytesIO(text.encode("utf-16"))))
    pieces = iter(lambda: stream.read1(7), b"")
    assert b"".join(pieces).decode() == text
