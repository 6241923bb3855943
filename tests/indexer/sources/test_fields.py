from datetime import UTC, datetime

import pytest

from indexer.errors import BadInput
from indexer.sources.fields import FIELDS, digest, people, to_article
from indexer.types import Article

TIME = datetime(2025, 8, 21, 14, 5, tzinfo=UTC)


def read(**values):
    return to_article({"body": "The mill on the Orle reopened."} | values)


def test_every_field_of_an_article_has_its_own_name_first():
    assert [names[0] for names in FIELDS.values()] == list(FIELDS) == list(Article.__dataclass_fields__)


def test_our_own_names_are_read():
    assert to_article(
        {
            "id": "mill-1",
            "title": "Mill reopens",
            "body": "The mill on the Orle reopened.",
            "summary": "It was shut for a year.",
            "url": "https://gazette.example/mill",
            "publisher": "The Gazette",
            "authors": ["Ada Brook", "Tom Reed"],
            "categories": ["business"],
            "language": "en_GB",
            "published_at": "2025-08-21T14:05:00Z",
            "updated_at": "2025-08-21T16:05:00+02:00",
            "status": "corrected",
            "correction": "The year was wrong.",
            "embargo_until": "2025-08-21T14:05:00Z",
            "expires_at": "9998-12-31",
            "paywalled": True,
            "date_confidence": "low",
        }
    ) == Article(
        id="mill-1",
        title="Mill reopens",
        body="The mill on the Orle reopened.",
        summary="It was shut for a year.",
        url="https://gazette.example/mill",
        publisher="The Gazette",
        authors=("Ada Brook", "Tom Reed"),
        categories=("business",),
        language="en-GB",
        published_at=TIME,
        updated_at=TIME,
        status="corrected",
        correction="The year was wrong.",
        embargo_until=TIME,
        expires_at=datetime(9998, 12, 31, tzinfo=UTC),
        paywalled=True,
        date_source="published_at",
        date_confidence="low",
    )


def test_beir_is_read_with_what_its_metadata_holds():
    article = to_article(
        {"_id": 12, "title": "", "text": "It rained.", "metadata": {"url": "https://a.example/1", "text": "no"}}
    )
    assert article == Article(id="12", title="It rained.", body="It rained.", url="https://a.example/1")


def test_newsapi_is_read():
    url = "https://gazette.example/mill"
    assert to_article(
        {
            "source": {"id": None, "name": "The Gazette"},
            "author": "By Ada Brook, Tom Reed and Li Wei",
            "title": "Mill reopens",
            "description": "It was shut.",
            "url": url,
            "urlToImage": 7,
            "publishedAt": "2025-08-21T14:05:00Z",
            "content": "The mill reopened.",
        }
    ) == Article(
        id=digest(url),
        title="Mill reopens",
        body="The mill reopened.",
        summary="It was shut.",
        url=url,
        publisher="The Gazette",
        authors=("Ada Brook", "Tom Reed", "Li Wei"),
        published_at=TIME,
        date_source="publishedAt",
        date_confidence="high",
    )


def test_schema_org_is_read():
    article = to_article(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "@id": "https://gazette.example/mill#article",
            "headline": "Mill reopens",
            "articleBody": "The mill reopened.",
            "datePublished": "2025-08-21T14:05:00Z",
            "dateModified": "2025-08-21T14:05:00Z",
            "author": [{"@type": "Person", "name": "Ada Brook"}, "Tom Reed"],
            "publisher": {"@type": "Organization", "name": "The Gazette"},
            "inLanguage": {"@type": "Language", "name": "en"},
            "articleSection": "Business",
            "keywords": "mill, river",
            "mainEntityOfPage": {"@type": "WebPage", "@id": "https://gazette.example/mill"},
            "correction": {"@type": "CorrectionComment", "text": "The year was wrong."},
            "expires": "2026-08-21",
        }
    )
    assert article.id == "https://gazette.example/mill#article"
    assert article.url == "https://gazette.example/mill"
    assert (article.title, article.publisher, article.language) == ("Mill reopens", "The Gazette", "en")
    assert (article.authors, article.categories) == (("Ada Brook", "Tom Reed"), ("Business",))
    assert article.published_at == article.updated_at == TIME
    assert article.correction == "The year was wrong."
    assert article.expires_at == datetime(2026, 8, 21, tzinfo=UTC)


def test_flat_records_are_read():
    article = to_article(
        {"_id": "1", "text": "News.", "source": "USA TODAY", "author": None, "published_at": "2022-08-04"}
    )
    assert (article.publisher, article.authors, article.published_at) == (
        "USA TODAY",
        (),
        datetime(2022, 8, 4, tzinfo=UTC),
    )


def test_the_first_name_that_holds_something_counts():
    assert to_article({"body": " ", "text": None, "content": "News."}).body == "News."


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"body": ""}, "body: missing; it is expected under one of the names body, text, articleBody, content"),
        ({"body": 7}, "body: a number where text is expected"),
        ({"title": ["Mill"]}, "title: a list where text is expected"),
        ({"headline": {"a": 1}}, "headline: an object where text is expected"),
        ({"summary": True}, "summary: true or false where text is expected"),
        ({"id": 1.5}, "id: a number where text or a whole number is expected"),
        ({"id": True}, "id: true or false where text or a whole number is expected"),
        ({"id": "x" * 513}, "id: 513 characters long; at most 512 are allowed"),
        ({"_id": "a\tb"}, r"_id: 'a\tb' holds characters that cannot be printed"),
        ({"id": "a\ud800"}, r"id: 'a\ud800' holds characters that cannot be printed"),
        ({"author": {"email": "a"}}, "author: an object without name where text or an object with name is expected"),
        ({"authors": ["A", 7]}, "authors: a number where text or an object with name is expected"),
        ({"publisher": 7}, "publisher: a number where text or an object with name is expected"),
        ({"url": "gazette.example/mill"}, "url: 'gazette.example/mill' is not an absolute http or https address"),
        ({"link": "/mill"}, "link: '/mill' is not an absolute http or https address"),
        ({"url": "http://[::1"}, "url: 'http://[::1' is not an absolute http or https address"),
        ({"url": "ftp://a.example/b"}, "url: 'ftp://a.example/b' is not an absolute http or https address"),
        (
            {"url": "https://a.example/\ud800"},
            r"url: 'https://a.example/\ud800' is not an absolute http or https address",
        ),
        ({"status": "gone"}, "status: 'gone' is unknown; it is one of usable, corrected, withdrawn"),
        ({"status": ["usable"]}, "status: a list is unknown; it is one of usable, corrected, withdrawn"),
        ({"published_at": [2025]}, "published_at: a list where a date is expected"),
        ({"updated": True}, "updated: true or false where a date is expected"),
        (
            {"published_at": "next Tuesday-ish"},
            "published_at: 'next Tuesday-ish' is not a date; use ISO 8601 such as 2025-08-21T14:05:00Z",
        ),
        (
            {"datePublished": "03/04/2025"},
            "datePublished: '03/04/2025' could be more than one day; use ISO 8601 such as 2025-08-21T14:05:00Z",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_it_has(values, reason):
    with pytest.raises(BadInput) as refused:
        read(**values)
    assert str(refused.value) == reason


def test_an_id_is_made_of_the_url_before_the_file_and_of_the_file_before_the_content():
    url = "https://gazette.example/mill"
    body = {"body": "News."}
    assert to_article(body | {"id": " 7 ", "url": url}, "own").id == "7"
    assert to_article(body | {"url": url}, "own").id == digest(url)
    assert to_article(body, "own").id == "own"
    assert to_article(body | {"title": "A", "publisher": "P", "date": TIME.isoformat()}).id == digest("P", "A", TIME)


def test_without_a_date_another_text_under_the_same_title_is_another_article():
    rain, sun = (read(title="Weather for today", body=body).id for body in ("Rain.", "Sun."))
    assert rain == read(title="Weather for today", body="Rain.").id != sun
    dated = {"title": "Weather for today", "date": "2025-08-21T14:05:00Z"}
    assert read(**dated, body="Rain.").id == read(**dated, body="Sun, not rain.").id


def test_a_digest_tells_its_parts_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(None) == digest("")
    assert len(digest("\ud800")) == 16


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ada Brook", ["Ada Brook"]),
        ("By Ada Brook", ["Ada Brook"]),
        ("BY  ADA BROOK", ["ADA BROOK"]),
        ("Ada Brook and Tom Reed", ["Ada Brook", "Tom Reed"]),
        ("Ada Brook, Tom Reed, and Li Wei", ["Ada Brook", "Tom Reed", "Li Wei"]),
        ("Jörg Amsel und Ute Bach", ["Jörg Amsel", "Ute Bach"]),
        ("Brook, Ada; Reed, Tom", ["Brook, Ada", "Reed, Tom"]),
        ("Brook, Ada", ["Brook, Ada"]),
        ("Reuters and AP", ["Reuters and AP"]),
        ("Sales and Marketing Desk", ["Sales and Marketing Desk"]),
        ("Byron Alexander", ["Byron Alexander"]),
    ],
)
def test_a_byline_is_taken_apart_only_where_it_plainly_names_several(byline, names):
    assert list(people(byline)) == names


def test_long_runs_of_spaces_in_a_byline_cost_nothing():
    assert read(author="Ada" + " " * 500_000 + "Brook").authors == ("Ada Brook",)


def test_keywords_in_one_text_are_taken_apart():
    assert read(keywords="mill, river;; Orle").categories == ("mill", "river", "Orle")


def test_what_takes_an_article_back_needs_no_body():
    taken_back = to_article({"id": "x", "title": "A hoax", "status": "withdrawn", "correction": "It was a hoax."})
    assert (taken_back.status, taken_back.correction, taken_back.body) == ("withdrawn", "It was a hoax.", "Withdrawn.")


def test_a_correction_may_say_when_it_was_made():
    told = {"text": "It is 40 m long.", "at": "2025-03-05T10:00:00Z"}
    found = to_article({"body": "A bridge.", "status": "corrected", "correction": told})
    assert (found.correction, found.updated_at) == ("It is 40 m long.", datetime(2025, 3, 5, 10, tzinfo=UTC))
