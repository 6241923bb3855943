import json
import random
from pathlib import Path

import pytest
from fakes import plain

from indexer.sources import find, read
from indexer.types import Article, Rejected

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "feeds"

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Orle Gazette</title><link>https://gazette.example/</link><language>en-GB</language>
<item>
  <title>Mill &amp;amp; bridge reopen</title>
  <link>https://gazette.example/mill?utm_source=rss&amp;id=7#top</link>
  <guid isPermaLink="false">mill-7</guid>
  <description>The tide mill turns again after a year.</description>
  <content:encoded><![CDATA[<p>The tide mill at <b>Fennel</b> turns again.</p>
    <figure><img src="a.jpg"><figcaption>A photo</figcaption></figure>
    <p>It stood still for a year.</p>]]></content:encoded>
  <dc:creator>Ada Holm</dc:creator><category>Local</category><category>Mills</category>
  <pubDate>Mon, 03 Mar 2025 08:00:00 +0100</pubDate>
</item>
</channel></rss>"""


def item(inside):
    return f"<rss version='2.0'><channel><title>Gazette</title><item>{inside}</item></channel></rss>"


@pytest.fixture
def feed(tmp_path):
    def read_text(text, name="feed.xml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(plain(read(find([str(path)]).inputs[0])))

    return read_text


def test_everything_an_item_says_is_in_its_article(feed):
    (article,) = feed(RSS)
    assert article.title == "Mill & bridge reopen"
    assert article.body == "The tide mill at Fennel turns again.\n\nIt stood still for a year."
    assert article.summary == "The tide mill turns again after a year."
    assert article.url == "https://gazette.example/mill?id=7"
    assert (article.publisher, article.authors, article.categories) == (
        "Orle Gazette",
        ("Ada Holm",),
        ("Local", "Mills"),
    )
    assert (article.language, article.published_at.isoformat()) == ("en-GB", "2025-03-03T07:00:00+00:00")
    assert (article.date_source, article.date_confidence) == ("feed", "high")


@pytest.mark.parametrize("name", ["feed.rss", "feed.xml", "feed.atom", "feed.rdf"])
def test_the_content_tells_the_format_and_not_the_name(feed, name):
    assert feed(RSS, name) == feed("\n\n" + RSS, name) == feed(RSS.encode("utf-16"), name)


def test_an_address_makes_the_id_so_that_page_and_item_are_one_article(feed):
    first, second = feed(RSS)[0], feed(RSS.replace("utm_source=rss&amp;", ""))[0]
    assert first.id == second.id


def test_atom_has_its_own_dates_and_its_first_alternate_counts(feed):
    (article,) = feed(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blatt</title><entry><title>Mühle</title>
        <id>urn:1</id><link rel="self" href="https://blatt.example/self"/><link href="https://blatt.example/1"/>
        <link href="https://blatt.example/amp/1"/>
        <author><name>Eva Roth</name></author><category term="x" label="Region"/>
        <published>2025-03-01T08:00:00Z</published><updated>2025-03-02T08:00:00Z</updated>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Die Mühle dreht sich.</p></div></content>
        </entry></feed>"""
    )
    assert (article.url, article.body, article.categories) == (
        "https://blatt.example/1",
        "Die Mühle dreht sich.",
        ("Region",),
    )
    assert [article.published_at.day, article.updated_at.day, article.language] == [1, 2, "de"]


def test_rdf_with_dublin_core(feed):
    (article,) = feed(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Gazette</title></channel>
        <item rdf:about="https://gazette.example/1"><title>A</title><link>https://gazette.example/1</link>
        <description>The mill turns again.</description><dc:date>2025-03-01T08:00:00Z</dc:date>
        <dc:creator>Ada Holm</dc:creator><dc:publisher>Orle Press</dc:publisher>
        <dc:subject>Mills</dc:subject></item></rdf:RDF>"""
    )
    assert (article.publisher, article.authors, article.categories) == ("Orle Press", ("Ada Holm",), ("Mills",))
    assert article.published_at.isoformat() == "2025-03-01T08:00:00+00:00"


def test_rss_091_with_the_doctype_of_its_time(feed):
    doctype = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://netscape.example/rss-0.91.dtd">'
    )
    (article,) = feed(doctype + item("<title>A</title><description>The mill turns again.</description>"))
    assert article.body == "The mill turns again."


def test_the_text_of_media_rss_counts(feed):
    media = "<media:description xmlns:media='http://search.yahoo.com/mrss/'>The mill turns again.</media:description>"
    (article,) = feed(item(f"<title>A</title>{media}"))
    assert article.body == "The mill turns again."


def test_a_summary_alone_is_the_body_and_known_by_being_the_summary_too(feed):
    (article,) = feed(item("<title>A</title><description>The mill turns again.</description>"))
    assert article.body == article.summary == "The mill turns again."


@pytest.mark.parametrize(
    "description",
    [
        "",
        "<![CDATA[<img src='a.jpg'>]]>",
        "Mill reopens",
        "<![CDATA[<a href='https://gazette.example/1'>Mill reopens</a>]]>",
        "<![CDATA[submitted by <a href='/u/b'>bob</a> <a href='/1'>[link]</a> <a href='/1'>[17 comments]</a>]]>",
        "<![CDATA[<ol><li><a href='/1'>Mill reopens, says the whole town</a> Gazette</li>"
        "<li><a href='/2'>The mill is open again, say the others</a> The Daily Courier</li></ol>]]>",
    ],
)
def test_a_headline_with_nothing_but_links_is_rejected(feed, description):
    link = "https://gazette.example/1"
    (rejected,) = feed(item(f"<title>Mill reopens</title><link>{link}</link><description>{description}</description>"))
    assert rejected.reason == (
        f"item 1 (Mill reopens): only a headline, no text; the article may be at its address: dateline add {link}"
    )


def test_html_that_was_escaped_twice_is_text_all_the_same(feed):
    twice = "&lt;!-- x --&gt;&amp;lt;p&amp;gt;The mill turns again.&amp;lt;/p&amp;gt;"
    (article,) = feed(item(f"<title>A</title><description>{twice}</description>"))
    assert article.body == "The mill turns again."


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Seg, 24 Set 2018 19:42:40 -0300", "2018-09-24T22:42:40+00:00"),
        ("Mo, 03 Mär 2025 08:00:00 +0100", "2025-03-03T07:00:00+00:00"),
        ("mar., 04 févr. 2025 08:00:00 +0000", "2025-02-04T08:00:00+00:00"),
        ("2025-03-03", "2025-03-03T00:00:00+00:00"),
        ("yesterday", None),
    ],
)
def test_a_date_in_another_language_is_read_and_one_that_cannot_be_costs_only_itself(feed, written, read_as):
    text = f"<title>A</title><description>The mill turns again.</description><pubDate>{written}</pubDate>"
    (article,) = feed(item(text))
    assert (article.published_at and article.published_at.isoformat()) == read_as


def test_an_author_is_a_name_and_no_mail_address(feed):
    text = "<title>A</title><description>The mill turns again.</description>"
    assert feed(item(f"{text}<author>ada@example.org (Ada Holm)</author>"))[0].authors == ("Ada Holm",)


def test_bytes_in_an_undeclared_encoding_are_read(feed):
    text = item("<title>Mühle</title><description>Die Mühle dreht sich wieder.</description>")
    assert feed(text.encode("cp1252"))[0].title == "Mühle"


def test_a_json_feed_is_told_from_other_json(feed):
    about = {"version": "https://jsonfeed.org/version/1.1", "title": "Gazette", "language": "en"}
    items = [
        {"id": 1, "url": "https://gazette.example/1", "title": "A", "content_html": "<p>The mill &amp; bridge.</p>"},
        {"id": "2", "content_text": "Is a<b?\nYes.", "tags": ["x"], "date_published": "2025-03-03T08:00:00Z"},
        {"id": "3", "title": "Only this", "url": "https://gazette.example/3"},
        7,
    ]
    first, second, third, fourth = feed(json.dumps(about | {"items": items, "authors": [{"name": "Ada"}]}), "feed.json")
    assert (first.body, first.publisher, first.authors, first.language) == (
        "The mill & bridge.",
        "Gazette",
        ("Ada",),
        "en",
    )
    assert (second.body, second.categories, second.date_source) == ("Is a<b?\nYes.", ("x",), "feed")
    assert third.reason.startswith("item 3 (Only this): only a headline")
    assert fourth.reason == "item 4: has neither a headline nor a text"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<rss version='2.0'><channel><title>A</title></channel></rss>", "a feed without an item"),
        ("<unknown><a/></unknown>", "XML of an unknown kind: its first element is unknown"),
        ("<x:a xmlns:x='urn:y'/>", "XML of an unknown kind: its first element is {urn:y}a"),
        ("no xml", "broken XML: no element begins in it"),
        (
            '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaaaa"><!ENTITY b "&a;&a;">]><rss/>',
            "declares XML entities of its own, which are never expanded; write them out",
        ),
        (
            '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss/>',
            "declares XML entities of its own, which are never expanded; write them out",
        ),
        (
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://a.example/1</loc></url></urlset>",
            "is a sitemap, which lists the addresses of articles and holds none; to fetch what it lists, add its own "
            "address or one that is in it: dateline add https://a.example/1",
        ),
        (
            "<opml><body><outline><outline xmlUrl='https://a.example/rss'/></outline></body></opml>",
            "is an OPML file, which lists feeds and holds no article; to fetch what it lists, add its own "
            "address or one that is in it: dateline add https://a.example/rss",
        ),
        (
            "<sitemapindex/>",
            "is a sitemap index, which lists sitemaps and holds no article; to fetch what it lists, "
            "add its own address or one that is in it: dateline add URL",
        ),
    ],
)
def test_what_is_no_feed_is_rejected_with_the_reason(feed, text, reason):
    assert [result.reason for result in feed(text)] == [reason]


@pytest.mark.parametrize("inside", ["<x>" * 10_000, "<description>" + "<div>" * 10_000, "<item>" * 500])
def test_what_is_nested_ten_thousand_deep_is_read_or_rejected(feed, inside):
    assert all(isinstance(result, Article | Rejected) for result in feed(item("<title>A</title>" + inside)))


@pytest.mark.parametrize("seed", range(40))
def test_a_garbled_feed_is_read_or_rejected(feed, seed):
    random_ = random.Random(seed)
    data = bytearray(RSS.encode())
    for _ in range(random_.choice((1, 5, 30))):
        place = random_.randrange(len(data))
        tokens = (b"<a>", b"</", b"<![CDATA[", b"&#0;", b"&x;", b"\0", b"<!--", b"\xff", b"<strong&g;>", b"<item>")
        data[place : place + random_.randrange(20)] = random_.choice(tokens)
    if seed % 4 == 0:
        del data[random_.randrange(len(data)) :]
    assert all(isinstance(result, Article | Rejected) for result in feed(bytes(data)))


@pytest.mark.skipif(not SAMPLES.exists(), reason="needs the sample feeds")
def test_every_sample_is_read_or_refused_with_the_right_reason():
    counts = {}
    for path in sorted(SAMPLES.iterdir()):
        results = list(plain(read(find([str(path)]).inputs[0])))
        refused = [result for result in results if isinstance(result, Rejected)]
        assert all("only a headline" in one.reason or "neither a headline" in one.reason for one in refused)
        counts[path.name] = (len(results) - len(refused), len(refused))
    assert counts["rdf-standard.xml"] == (3, 0)
    assert counts["atom-feed-standard-realworld.xml"] == (0, 38)  # nothing but links
    assert counts["missing-fields.atom"] == (0, 1)
    assert sum(read_ for read_, _ in counts.values()) > 100
