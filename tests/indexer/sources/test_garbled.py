"""Whatever is done to a file, reading it ends, and ends in articles and rejections."""

import gzip
import io
import json
import random
import tarfile
import zipfile

import pytest

from indexer.sources import READERS, Input, read
from indexer.types import Arrival, Rejected

NEWSML = """<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet><newsItem guid="urn:a" version="2">
<itemMeta><itemClass qcode="ninat:text"/><firstCreated>2025-08-21T12:00:00Z</firstCreated>
<pubStatus qcode="stat:usable"/></itemMeta>
<contentMeta><headline>Mill</headline></contentMeta><contentSet><inlineXML><nitf><body><body.content><p>It opened.</p>
</body.content></body></nitf></inlineXML></contentSet></newsItem></itemSet></newsMessage>"""
NEWSML_1 = """<NewsML><NewsItem><NewsComponent><NewsLines><HeadLine>Mill</HeadLine></NewsLines>
<ContentItem><DataContent><p>It opened.</p></DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"""
NINJS = {
    "uri": "urn:a",
    "versionCreated": "2025-08-21",
    "headlines": [{"value": "Mill"}],
    "bodies": [{"value": "<p>Open."}],
}
AP = {
    "data": {"items": [{"item": {"altids": {"itemid": "a"}, "signals": ["newscontent"], "body_nitf": "<p>Open.</p>"}}]}
}
MAIL = "From a Thu\nFrom: A <a@b.example>\nSubject: Mill\nContent-Type: multipart/mixed; boundary=X\n"
MAIL += "\n--X\n\nOpen.\n--X--\n"
CRAWL = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nContent-Length: 51\r\n\r\n"
CRAWL += "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nIt open\r\n\r\n"
TABLE = 'id,title,body\n1,Mill,"It\nopened"\n'


def zipped():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", TABLE * 9)
        archive.writestr("a.json", json.dumps(NINJS))
    return data.getvalue()


def tarred():
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        info = tarfile.TarInfo("a.csv")
        info.size = len(TABLE)
        archive.addfile(info, io.BytesIO(TABLE.encode()))
    return data.getvalue()


SEEDS = {
    ".xml": [NEWSML.encode(), NEWSML_1.encode()],
    ".json": [json.dumps(NINJS).encode(), json.dumps(AP).encode()],
    ".csv": [TABLE.encode(), gzip.compress(TABLE.encode())],
    ".tsv": [TABLE.replace(",", "\t").encode()],
    ".mbox": [MAIL.encode()],
    ".eml": [MAIL.partition("\n")[2].encode()],
    ".warc": [CRAWL.encode(), gzip.compress(CRAWL.encode())],
    ".zip": [zipped()],
    ".tar": [tarred()],
}
BITS = (
    b"\0",
    b'"',
    b"<",
    b"</p>",
    b"&x;",
    b"\n",
    b"{",
    b"[",
    b"]",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"9" * 30,
    b"null",
    b"-1",
    b"\x1f\x8b",
)


def garbled(chance, data):
    """``data`` after one to six injuries."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 2, 8, 64, 512)))
        data[start:end] = chance.choice(
            (b"", bytes(chance.randrange(256) for _ in range(end - start)), chance.choice(BITS), data[start:end] * 20)
        )
    return bytes(data[: chance.choice((None, None, None, chance.randrange(len(data) + 1)))])


@pytest.mark.parametrize("suffix", SEEDS)
def test_what_is_garbled_is_read_or_rejected(suffix):
    chance = random.Random(suffix)
    for _ in range(150):
        data = garbled(chance, chance.choice(SEEDS[suffix]))
        for name in (suffix, None):
            for result in read(Input("-", suffix=name), stdin=io.BytesIO(data)):
                assert isinstance(result, Arrival | Rejected)
                assert "a fault in Dateline" not in str(result)


@pytest.mark.parametrize("suffix", sorted(set(READERS) - {".parquet"}))
@pytest.mark.parametrize("piece", [b"[", b'{"a":', b"<a>", b"<nitf><p>", b'"', b"--X\n", b"From a\n\n"])
def test_what_is_nested_ten_thousand_deep_is_read_or_rejected(suffix, piece):
    for result in read(Input("-", suffix=suffix), stdin=io.BytesIO(piece * 10_000)):
        assert isinstance(result, Arrival | Rejected)
        assert "a fault in Dateline" not in str(result)


@pytest.mark.parametrize("form", ["{}", "[{}]", '{{"data": {{"items": [{{"item": {}}}]}}}}'])
def test_a_body_nested_ten_thousand_deep_is_read_or_rejected(form):
    item = {"uri": "urn:a", "altids": {}, "body_xhtml": "<div>" * 10_000 + "It opened.", "headline": "Mill"}
    (result,) = read(Input("-", suffix=".json"), stdin=io.BytesIO(form.format(json.dumps(item)).encode()))
    assert isinstance(result, Arrival | Rejected)
    assert "a fault in Dateline" not in str(result)


def test_what_nobody_thought_of_is_reported_and_stops_nothing(monkeypatch, caplog):
    def stumble(source):
        yield Rejected(source.origin, "first")
        raise RuntimeError("stumbled")

    monkeypatch.setitem(READERS, ".csv", stumble)
    first, second = read(Input("-", suffix=".csv"), stdin=io.BytesIO(b"id,title"))
    assert first.reason == "first"
    assert second.reason == "a fault in Dateline (RuntimeError: stumbled), read no further"
    assert "stumbled" in caplog.text
