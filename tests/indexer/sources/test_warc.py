import gzip
import io

import pytest
from fakes import plain

from indexer.sources import Input, read
from indexer.sources.fields import digest
from indexer.types import Article

SENTENCES = "".join(
    f"<p>The mill on the river Orle has reopened after {n} years, its owners said.</p>" for n in range(9)
)
PAGE = f"""<html lang="en"><head><title>Mill reopens</title><meta property="og:type" content="article">
<meta property="article:published_time" content="2025-08-21T12:00:00Z"></head>
<body><article><h1>Mill reopens</h1>{SENTENCES}</article></body></html>""".encode()


def crawl(*records):
    """The WARC of (URL, body, headers, status), one gzip member a record."""
    return b"".join(gzip.compress(record(*one)) for one in records)


def record(url, body, headers, status):
    told = "".join(f"{name}: {value}\r\n" for name, value in {"Content-Type": "text/html", **headers}.items())
    block = f"HTTP/1.1 {status}\r\n{told}\r\n".encode() + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http\r\n"
    return f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def read_warc(data):
    return list(plain(read(Input("-", suffix=".warc"), stdin=io.BytesIO(data))))


URL = "https://gazette.example/mill"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PAGE, {}),
        (gzip.compress(PAGE), {"Content-Encoding": "gzip"}),
        (b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE), {"Transfer-Encoding": "chunked"}),
    ],
    ids=["plain", "gzip", "chunked"],
)
def test_a_page_becomes_an_article(body, headers):
    (article,) = read_warc(crawl((URL, body, headers, "200 OK")))
    assert (article.id, article.url, article.title) == (digest(URL), URL, "Mill reopens")
    assert "reopened after 3 years" in article.body
    assert article.published_at.isoformat() == "2025-08-21T12:00:00+00:00"


def test_a_crawl_is_known_by_its_content_packed_or_not():
    data = crawl((URL, PAGE, {}, "200 OK"))
    for one in (data, gzip.decompress(data)):
        (article,) = plain(read(Input("-"), stdin=io.BytesIO(one)))
        assert article.title == "Mill reopens"


def test_plain_text_becomes_an_article_with_its_address():
    (article,) = read_warc(crawl((URL, b"Mill\n\nIt opened.", {"Content-Type": "text/plain; charset=utf-8"}, "200 OK")))
    assert article == Article(id=digest(URL), title="Mill", body="It opened.", url=URL)


def test_what_is_no_page_is_passed_over_and_what_was_refused_is_counted():
    results = read_warc(
        crawl(
            (URL, PAGE, {}, "200 OK"),
            (URL + "/photo.jpg", b"x", {"Content-Type": "image/jpeg"}, "200 OK"),
            (URL + "/old", b"", {"Location": URL}, "301 Moved"),
            (URL + "/gone", b"gone", {}, "404 Not Found"),
            (URL + "/gone2", b"gone", {}, "404 Not Found"),
            (URL + "/list", b"<html><body>Home</body></html>", {}, "200 OK"),
            (URL + "/br", b"x", {"Content-Encoding": "br"}, "200 OK"),
        )
    )
    assert isinstance(results[0], Article)
    assert [(one.origin.removeprefix(f"-!{URL}"), one.reason.partition(";")[0]) for one in results[1:]] == [
        ("/list", results[1].reason.partition(";")[0]),
        ("/br", "packed with br, which is not read"),
        ("-", "pages that could not be had when it was made: 2 with HTTP status 404"),
    ]


def test_a_crawl_without_pages_says_so():
    (rejected,) = read_warc(crawl((URL, b"x", {"Content-Type": "image/jpeg"}, "200 OK")))
    assert rejected.reason == "no record holds a page or a plain text"


def test_what_stands_before_the_damage_counts_and_half_a_page_does_not(capfd):
    data = crawl((URL, PAGE, {}, "200 OK"), (URL + "2", PAGE, {}, "200 OK"))
    article, damage = read_warc(data[:-100])
    assert article.title == "Mill reopens"
    assert damage.reason.startswith("damaged gzip, read no further")
    article, cut = read_warc(gzip.decompress(data)[:-200])
    assert (article.title, cut.reason) == ("Mill reopens", "cut short")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "data", [b"WARC/1.0\r\n\r\n", b"WARC/1.0\r\nContent-Length: -5\r\n\r\nx", b"WARC/1.0\r\n" + b"\xff" * 90]
)
def test_garbage_is_rejected(data):
    assert len(read_warc(data)) == 1
