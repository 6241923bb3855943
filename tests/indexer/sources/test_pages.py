import gzip
import json
import random
import sys
from pathlib import Path

import pytest
from fakes import plain

from indexer.sources import find, read
from indexer.sources.page_text import parse
from indexer.sources.pages import arrive
from indexer.sources.trees import line, sized
from indexer.types import Arrival, Article, Rejected

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT.parent / "shared" / "samples" / "html"

STORY = (
    "<p>The old bridge over the Orle reopened to traffic on Monday after two years of repairs.</p>"
    "<p>Mayor Ada Holm cut the ribbon at noon. The repairs had cost twelve million, twice what was planned.</p>"
    "<p>Lorries will have to wait until June, when the last of the new bearings is to be fitted.</p>"
)


def ld(**facts):
    said = json.dumps({"@type": "NewsArticle", "headline": "Bridge reopens"} | facts)
    return f'<script type="application/ld+json">{said}</script>'


def page(head="", body=STORY, lang='lang="en"'):
    nav = "<nav><a href=/>Home</a> <a href=/sport>Sport</a></nav>"
    return (
        f"<!DOCTYPE html><html {lang}><head>{head}</head><body>{nav}<article>{body}</article><footer>About us</footer>"
    )


def article(html, **fetched):
    arrival = arrive(html if isinstance(html, bytes) else html.encode(), "page.html", **fetched)
    assert isinstance(arrival, Arrival), arrival
    return arrival.article


def reason(html):
    return arrive(html if isinstance(html, bytes) else html.encode(), "page.html").reason


def test_the_text_is_the_article_without_what_stands_around_it():
    assert article(page()).body == STORY.removeprefix("<p>").removesuffix("</p>").replace("</p><p>", "\n\n")


@pytest.mark.parametrize(
    "aside",
    [
        '<p><a href="/x">Read more: Town hall to be sold</a></p>',
        '<p>See also: <a href="/x">Town hall to be sold</a></p>',
        "<p>Sign up to our daily newsletter!</p>",
        '<div style="display: none">Town hall to be sold</div>',
        "<p hidden>Town hall to be sold</p>",
    ],
)
def test_lines_that_lead_elsewhere_or_are_hidden_are_no_part_of_it(aside):
    assert article(page(body=STORY + aside + STORY[:60] + "again.</p>")).body.count("\n\n") == 3


def test_prose_with_a_link_stays_also_if_it_begins_like_a_pointer():
    sentence = 'More on this later, the mayor said, pointing at <a href="/x">the plan</a> for the second bridge.'
    assert "pointing at the plan" in article(page(body=f"{STORY}<p>{sentence}</p>")).body


def test_json_ld_is_trusted_before_opengraph_and_that_before_the_page():
    head = (
        '<title>T | Gazette</title><meta property="og:title" content="OG"><meta property="og:site_name" content="Site">'
    )
    assert article(page(head + ld())).title == "Bridge reopens"
    assert article(page(head)).title == "OG"
    assert article(page("<title>T</title>")).title == "T"
    assert article(page(head + ld(publisher={"name": "Orle Gazette"}))).publisher == "Orle Gazette"
    assert article(page(head)).publisher == "Site"


def test_everything_json_ld_says_is_in_the_article():
    graph = [
        {"@type": "Organization", "@id": "#us", "name": "Orle Gazette"},
        {"@type": "Person", "@id": "#ada", "name": "Ada Holm"},
        {
            "@type": ["Article", "NewsArticle"],
            "headline": "Bridge &amp; mill",
            "description": "It is open.",
            "author": [{"@id": "#ada"}, "Bo Lind"],
            "publisher": {"@id": "#us"},
            "articleSection": "Local",
            "keywords": "bridges, Orle",
            "inLanguage": {"name": "en-GB"},
            "datePublished": "2025-03-03T08:00:00+01:00",
            "dateModified": "2025-03-04T08:00:00Z",
            "correction": {"@type": "CorrectionComment", "text": "The bridge is older."},
            "isAccessibleForFree": "False",
        },
    ]
    read_ = article(page(f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>'))
    assert (read_.title, read_.summary, read_.authors) == ("Bridge & mill", "It is open.", ("Ada Holm", "Bo Lind"))
    assert (read_.publisher, read_.categories) == ("Orle Gazette", ("Local", "bridges", "Orle"))
    assert (read_.language, read_.published_at.hour, read_.updated_at.day) == ("en-GB", 7, 4)
    assert (read_.status, read_.correction, read_.paywalled) == ("corrected", "The bridge is older.", True)


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (ld(isAccessibleForFree=False), True),
        (ld(isAccessibleForFree="http://schema.org/False"), True),
        (ld(hasPart=[{"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".body"}]), True),
        (ld(isAccessibleForFree=True), False),
        (ld(), False),
        ('<meta property="article:content_tier" content="locked">', True),
        ('<meta property="article:content_tier" content="free">', False),
    ],
)
def test_what_readers_have_to_pay_for_is_flagged(head, paywalled):
    assert article(page(head)).paywalled is paywalled


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld(datePublished="2025-03-03T08:00:00Z"), "", ("2025-03-03T08:00:00+00:00", "json-ld", "high")),
        (
            ld(datePublished="soon") + '<meta property="article:published_time" content="2025-03-03T08:00:00Z">',
            "",
            ("2025-03-03T08:00:00+00:00", "meta", "high"),
        ),
        ("", '<time datetime="2025-03-03T08:00:00Z">3 March</time>', ("2025-03-03T08:00:00+00:00", "time", "low")),
        (
            '<link rel="canonical" href="https://gazette.example/2025/03/03/bridge">',
            "",
            ("2025-03-03T00:00:00+00:00", "url (day only)", "low"),
        ),
    ],
)
def test_a_date_says_where_it_was_read_and_how_sure_it_is(head, body, expected):
    read_ = article(page(head, body + STORY))
    assert (read_.published_at.isoformat(), read_.date_source, read_.date_confidence) == expected


def test_a_page_without_a_date_has_none():
    read_ = article(page('<link rel="canonical" href="https://gazette.example/2025/13/45/bridge">'))
    assert (read_.published_at, read_.date_source, read_.date_confidence) == (None, None, None)


@pytest.mark.parametrize(
    ("canonical", "address", "url"),
    [
        ("https://gazette.example/a?utm_medium=x", None, "https://gazette.example/a"),
        ("/a", "https://gazette.example/b", "https://gazette.example/a"),
        ("https://www.gazette.example/a", "https://m.www.gazette.example/b", "https://www.gazette.example/a"),
        ("https://other.example/a", "https://gazette.example/b", "https://gazette.example/b"),
        ("https://gazette.example/", "https://gazette.example/b", "https://gazette.example/b"),
        ("javascript:x", "https://gazette.example/b", "https://gazette.example/b"),
        ("http://[", None, None),
    ],
)
def test_the_address_is_the_canonical_one_unless_that_is_another_sites(canonical, address, url):
    assert article(page(f'<link rel="canonical" href="{canonical}">'), address=address).url == url


def test_the_text_in_json_ld_stands_in_where_the_page_shows_little_of_it():
    text = "The old bridge over the Orle reopened to traffic on Monday. " * 10
    assert article(page(ld(articleBody=text), "<p>Loading the story, please wait a moment.</p>")).body == text.strip()


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("Žižkov".encode(), None),
        ("Žižkov".encode("iso-8859-2"), "iso-8859-2"),
        ("Žižkov</title><meta charset=iso-8859-2><title>".encode("iso-8859-2"), None),
        ("Žižkov".encode("cp1252"), None),
        ("Žižkov".encode(), "iso-8859-2"),
    ],
)
def test_a_page_is_read_in_its_encoding(data, charset):
    html = page().encode()
    assert article(html.replace(b"<head>", b"<head><title>" + data + b"</title>"), charset=charset).title == "Žižkov"


NO_TEXT = ["hex", "zlib", "rot13", "idna", "punycode", "undefined", "no-such-thing", "x" * 40]
"""Names that Python knows encodings by which are of no text or bear no damage, and some by which it knows none."""


@pytest.mark.parametrize("charset", NO_TEXT)
def test_a_page_in_no_encoding_of_text_is_read_by_itself(charset):
    title = "Žižkov’s".encode("cp1252", "replace")
    html = page().encode().replace(b"<head>", b"<head><title>" + title + b"</title>")
    assert article(html, charset=charset).title == title.decode("cp1252")
    declared = html.replace(b"<head>", f"<head><meta charset={charset}>".encode())
    assert article(declared).title == title.decode("cp1252")


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "no-such-thing"])
def test_a_file_after_one_in_no_encoding_of_text_is_read(tmp_path, charset):
    declared = f'<?xml version="1.0" encoding="{charset}"?>'.encode()
    (tmp_path / "a.xml").write_bytes(declared + page().encode() + b"\xe9")
    (tmp_path / "b.html").write_text(page("<title>Bridge</title>"))
    found = [result for one in find([str(tmp_path)]).inputs for result in read(one)]
    assert [result.article.title for result in found if isinstance(result, Arrival)][-1] == "Bridge"
    assert not any("fault" in str(result) for result in found)


def test_files_and_folders_of_pages_are_read(tmp_path):
    (tmp_path / "a.html").write_text(page("<title>A</title>"))
    (tmp_path / "b.htm").write_text(page("<title>B</title>"))
    (tmp_path / "c.xml").write_text(page("<title>C</title>").replace("<!DOCTYPE html>", ""))
    found = [one for item in find([str(tmp_path)]).inputs for one in plain(read(item))]
    assert [one.title for one in found[:2]] == ["A", "B"]
    assert found[0].id.startswith("a-")


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<html><body><nav><a href=/>Home</a></nav></body></html>", "no main text was found"),
        ("<html><body><p>Welcome to the Gazette.</p></body></html>", "no main text was found"),
        (
            page(
                ld(),
                "<p>We use cookies and similar technologies. By clicking accept you consent to our use of cookies.</p>",
            ),
            "a notice about cookies or signing in stands where an article should be",
        ),
        ("", "no HTML"),
        (b"<html>\0\x01\x02\xff\xfe\x9d", "binary data"),
        ("<p>x</p>" * 40_000, "a page of more than 30,000 elements"),
    ],
)
def test_what_is_no_article_is_rejected_with_the_reason(html, why):
    assert why in reason(html)


@pytest.mark.parametrize("tag", ["<div>", "<span>", "<table><tr><td>", "<ul><li>", "<b><i>"])
def test_what_is_nested_ten_thousand_deep_is_read_or_rejected(tag):
    assert isinstance(arrive((page() + tag * 10_000 + "text").encode(), "x"), Arrival | Rejected)


@pytest.mark.parametrize(
    "nested", ["[" * 10_000, '{"a":' * 10_000, '{"@type":"NewsArticle","headline":[[[1]]],"author":{"name":[[]]}}']
)
def test_odd_json_ld_costs_only_itself(nested):
    assert article(page(f'<script type="application/ld+json">{nested}</script>')).body.startswith("The old bridge")


@pytest.mark.parametrize("seed", range(40))
def test_a_garbled_page_is_read_or_rejected(seed):
    random_ = random.Random(seed)
    data = bytearray(page(ld(datePublished="2025-03-03"), STORY * 3).encode())
    for _ in range(random_.choice((1, 5, 30))):
        place = random_.randrange(len(data))
        tokens = (b"<a>", b"</", b"<![CDATA[", b"&#0;", b"\0", b"<!--", b"\xff", b"<x&g;>", b'"', b"<script>", b"{[")
        data[place : place + random_.randrange(20)] = random_.choice(tokens)
    if seed % 4 == 0:
        del data[random_.randrange(len(data)) :]
    assert isinstance(arrive(bytes(data), "x"), Arrival | Rejected)


@pytest.mark.skipif(not SAMPLES.exists(), reason="needs the sample pages")
def test_every_sample_is_an_article():
    for path in sorted(SAMPLES.glob("*.html.gz")):
        (read_,) = plain(read(find([str(path)]).inputs[0]))
        assert isinstance(read_, Article), read_
        assert "<" not in read_.title


def test_a_text_is_looked_at_once_however_deep_it_is_nested():
    text = "<i>Read more: <a href=/x>Weir &amp; mill</a></i>, <!-- not this --> news.<br>End\n"
    root = parse(page(body="<div>" * 200 + text * 50 + "</div>" * 200))
    sizes = list(sized(root))
    assert {one for one, _ in sizes} == set(root.iter("*"))
    assert all(size == len("".join(line(one).split())) for one, size in sizes)
    places = {one: place for place, (one, _) in enumerate(sizes)}
    assert all(places[inner] < places[outer] for outer in places for inner in outer)


@pytest.mark.skipif(not SAMPLES.exists(), reason="needs the sample pages")
def test_as_much_of_the_right_text_is_read_as_by_the_best_setting_of_the_extractor(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
    import pages as benchmark

    found = benchmark.load(SAMPLES)
    scores = benchmark.scores(found)
    assert len(found) == 40
    assert scores["dateline"] >= max(scores.values())


def test_a_page_in_gzip_is_read(tmp_path):
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(page("<title>A</title>").encode()))
    (read_,) = plain(read(find([str(tmp_path / "a.html.gz")]).inputs[0]))
    assert read_.title == "A"
