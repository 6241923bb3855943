import io
from datetime import UTC, datetime

import pytest
from fakes import plain

from indexer.sources import Input, mbox, read
from indexer.types import Article

FIRST = """From list@gazette.example Thu Aug 21 10:00:00 2025
From: The Gazette <news@gazette.example>
Subject: =?utf-8?q?M=C3=BChle?= reopens
Message-ID: <1@gazette.example>
Date: Thu, 21 Aug 2025 10:00:00 +0200
Content-Type: text/plain; charset=utf-8

The mill reopened.
>From here on it works.
"""

SECOND = """From list@wire.example Thu Aug 21 11:00:00 2025
From: news@wire.example
Subject: Weir
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=XX

--XX
Content-Type: text/plain

View this in your browser
--XX
Content-Type: text/html; charset=no-such-thing

<html><head><style>p {}</style></head><body><table><tr><td><p>The weir broke.</p><p>It rained.</p></td></tr></table>
--XX--
"""


def read_mail(text, suffix=".mbox"):
    return list(plain(read(Input("-", suffix=suffix), stdin=io.BytesIO(text.encode()))))


def test_every_message_is_an_article():
    first, second = read_mail(f"{FIRST}\n{SECOND}")
    assert first == Article(
        id="1@gazette.example",
        title="Mühle reopens",
        body="The mill reopened.\nFrom here on it works.",
        publisher="The Gazette",
        published_at=datetime(2025, 8, 21, 8, tzinfo=UTC),
        date_source="Date",
        date_confidence="high",
    )
    assert (second.title, second.body, second.publisher) == ("Weir", "The weir broke.\n\nIt rained.", "wire.example")


def test_a_mailbox_is_known_by_its_content():
    assert len(list(read(Input("-"), stdin=io.BytesIO(FIRST.encode())))) == 1


def test_a_message_stands_alone_too():
    (article,) = read_mail(FIRST.partition("\n")[2], ".eml")
    assert article.title == "Mühle reopens"


@pytest.mark.parametrize(
    ("text", "suffix", "reason"),
    [
        ("Hello", ".mbox", "not a mailbox: it does not begin with From and a space"),
        ("Hello", ".eml", "not a message: none of From, Subject and Date stands at its head"),
        ("From a\nSubject: Mill\n\n", ".mbox", "a message without text"),
        ("Subject: Mill\nDate: soon\n\nIt opened.", ".eml", "published_at: 'soon' is not a date"),
        ("From a\nSubject: x\nContent-Type: multipart/mixed; boundary=X\n\n" + "--X\n" * 5000, ".mbox", "a message"),
    ],
)
def test_what_is_no_article_is_refused_with_the_reason(text, suffix, reason):
    (rejected,) = read_mail(text, suffix)
    assert rejected.reason.startswith(reason)


def test_a_message_too_long_is_refused_and_reading_goes_on(monkeypatch):
    monkeypatch.setattr(mbox, "LONGEST", 500)
    long = FIRST + "It rained.\n" * 1000
    rejected, article = read_mail(f"{long}\n{SECOND}")
    assert (rejected.reason, rejected.line) == ("a message larger than 0 MB", 1)
    assert article.title == "Weir"
