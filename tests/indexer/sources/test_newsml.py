import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import plain

from indexer.cleaning import clean
from indexer.sources import Input, find, read
from indexer.types import Article, Rejected

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "newsml-g2"

ITEM = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:wire.example:20250821:mill" version="3"
 xml:lang="en-GB"><itemMeta><itemClass qcode="ninat:{kind}"/><provider qcode="nprov:WIRE">
 <name>The Wire</name></provider><versionCreated>2025-08-21T16:05:00+02:00</versionCreated>
 <firstCreated>2025-08-21T12:00:00Z</firstCreated>
 {meta}<pubStatus qcode="stat:{status}"/></itemMeta>
 <contentMeta><creator><name>Ada Brook</name></creator><language tag="en"/>
 <subject qcode="medtop:04000000"><name>economy</name></subject><subject qcode="medtop:1"/>
 <slugline>MILL-ORLE</slugline><headline>Mill reopens</headline><dateline>ORLE, Thursday (Wire)</dateline></contentMeta>
 <contentSet>{content}</contentSet></newsItem>"""

XHTML = """<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>
 <style>p {}</style></head><body><p>The mill <em>on the Orle</em>
 reopened.<br/>It had been shut.</p><p>Forty people&#160;work there.</p></body></html></inlineXML>"""

NITF = """<!DOCTYPE nitf SYSTEM "nitf-3-6.dtd"><nitf><head><title>Mill</title>
 <tobject><tobject.subject tobject.subject.type="Economy"/></tobject>
 <docdata management-status="{status}"><correction info="{correction}"/><doc-id regsrc="Wire" id-string="m7"/>
 <date.issue norm="20250821T120000Z"/><date.release norm="{release}"/><date.expire norm="20260821T120000Z"/>
 <key-list><keyword key="mills"/></key-list><doc.copyright holder="The Wire"/></docdata>
 <pubdata name="The Gazette" ex-ref="https://gazette.example/mill"/></head>
 <body><body.head><hedline><hl1>Mill reopens</hl1></hedline>
 <byline>By <person>Ada Brook</person>, <byttl>Staff</byttl></byline><dateline>ORLE</dateline>
 <abstract><p>After a year.</p></abstract></body.head>
 <body.content><p>The mill reopened &mdash; at last.</p><media><media-caption>The mill.</media-caption></media>
 <table><tr><td>Flour</td><td>2</td></tr></table></body.content></body></nitf>"""


def read_xml(text):
    data = text if isinstance(text, bytes) else text.encode()
    return list(plain(read(Input("-", suffix=".xml"), stdin=io.BytesIO(data))))


def item(kind="text", status="usable", meta="", content=XHTML):
    return ITEM.format(kind=kind, status=status, meta=meta, content=content)


def nitf(status="usable", correction="", release=""):
    return NITF.format(status=status, correction=correction, release=release)


def test_a_news_item_becomes_an_article():
    (article,) = read_xml(item())
    assert article == Article(
        id="urn:newsml:wire.example:20250821:mill",
        title="Mill reopens",
        body="ORLE, Thursday (Wire) — The mill on the Orle reopened.\nIt had been shut.\n\nForty people work there.",
        publisher="The Wire",
        authors=("Ada Brook",),
        categories=("economy",),
        language="en",
        published_at=datetime(2025, 8, 21, 12, tzinfo=UTC),
        updated_at=datetime(2025, 8, 21, 14, 5, tzinfo=UTC),
        date_source="firstCreated",
        date_confidence="high",
    )


def test_plain_text_may_stand_in_line():
    (article,) = read_xml(item(content='<inlineData contenttype="text/plain">The mill reopened.</inlineData>'))
    assert article.body.endswith("The mill reopened.")


@pytest.mark.parametrize("status", ["canceled", "withheld"])
def test_an_item_that_is_taken_back_withdraws_the_article_and_needs_no_text(status):
    (article,) = read_xml(item(status=status, meta="<edNote>KILL: the mill is shut.</edNote>", content=""))
    assert (article.status, article.body) == ("withdrawn", "KILL: the mill is shut.")


def test_an_embargo_and_an_end_are_kept():
    meta = "<embargoed>2025-08-22T06:00:00Z</embargoed><expires>2025-09-01T00:00:00Z</expires>"
    (article,) = read_xml(item(meta=meta))
    assert (article.embargo_until.day, article.expires_at.day) == (22, 1)


def test_an_embargo_that_cannot_be_read_refuses_the_item():
    (rejected,) = read_xml(item(meta="<embargoed>noonish</embargoed>"))
    assert rejected.reason.startswith("embargo_until: 'noonish' is not a date")


def test_a_note_is_for_readers_only_where_it_corrects():
    (article,) = read_xml(item(meta="<edNote>Corrects the year of closure.</edNote>"))
    assert (article.status, article.correction) == ("corrected", "Corrects the year of closure.")
    (article,) = read_xml(item(meta="<edNote>With pictures.</edNote>"))
    assert (article.status, article.correction) == ("usable", None)


def test_what_stands_in_for_the_first_publication_is_less_sure():
    text = item().replace("<firstCreated>2025-08-21T12:00:00Z</firstCreated>", "")
    (article,) = read_xml(text)
    assert (article.date_source, article.date_confidence) == ("versionCreated", "low")
    (article,) = read_xml(text.replace('version="3"', 'version="1"'))
    assert article.date_confidence == "high"


def test_a_message_holds_several_items_each_read_by_itself():
    inner = item() + item(kind="picture") + '<packageItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="p"/>'
    message = f'<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>{inner}</itemSet></newsMessage>'
    article, picture, package = read_xml(message)
    assert article.title == "Mill reopens"
    assert picture.reason == "item 2: a picture is no article"
    assert package.reason == "item 3: a package lists other items and has no text of its own"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (item(kind="video"), "a video is no article"),
        (item(content=""), "has no text"),
        (item(content='<remoteContent href="mill.xml"/>'), "has no text of its own: it refers to mill.xml"),
        (item(content="<inlineXML><sports-content/></inlineXML>"), "its content is <sports-content>, data and no text"),
        ("<planningItem/>", "a planning item announces coverage; it is no article"),
        ("<newsMessage/>", "a message without items"),
        ("<NewsML/>", "NewsML without a NewsItem"),
        ("<nitf/>", "has no text"),
        (item()[:900], "broken XML: "),
        ('<!DOCTYPE nitf [<!ENTITY a "b">]><nitf>&a;</nitf>', "declares XML entities of its own"),
        (
            '<!DOCTYPE nitf [<!ENTITY a SYSTEM "file:///etc/passwd">]><nitf>&a;</nitf>',
            "declares XML entities of its own",
        ),
        ("<nitf>" * 10_000, "nested too deeply"),
    ],
)
def test_what_is_no_article_is_refused_with_the_reason(text, reason):
    (rejected,) = read_xml(text)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(reason)


def test_nitf_stands_alone_too():
    (article,) = read_xml(nitf(correction="The year was wrong.", release="20250822T060000Z"))
    assert article == Article(
        id="Wire:m7",
        title="Mill reopens",
        body="ORLE — The mill reopened — at last.\n\nFlour 2",
        summary="After a year.",
        url="https://gazette.example/mill",
        publisher="The Gazette",
        authors=("Ada Brook",),
        categories=("Economy", "mills"),
        published_at=datetime(2025, 8, 21, 12, tzinfo=UTC),
        status="corrected",
        correction="The year was wrong.",
        embargo_until=datetime(2025, 8, 22, 6, tzinfo=UTC),
        expires_at=datetime(2026, 8, 21, 12, tzinfo=UTC),
        date_source="date.issue",
        date_confidence="high",
    )


def test_nitf_in_a_news_item_adds_what_the_item_leaves_open():
    (article,) = read_xml(item(content=f"<inlineXML>{nitf().partition('>')[2].replace('&mdash;', '-')}</inlineXML>"))
    assert (article.id, article.summary) == ("urn:newsml:wire.example:20250821:mill", "After a year.")


def test_a_dateline_is_not_said_twice():
    content = "<inlineXML><html><p>ORLE (Wire) - The mill reopened.</p></html></inlineXML>"
    (article,) = read_xml(item(content=content))
    assert article.body == "ORLE (Wire) - The mill reopened."


NEWSML_1 = """
<NewsML Version="1.2"><NewsEnvelope><SentFrom><Party FormalName="The Wire"/></SentFrom></NewsEnvelope><NewsItem>
<Identification><NewsIdentifier><ProviderId>wire.example</ProviderId><DateId>20250821</DateId><NewsItemId>7</NewsItemId>
<RevisionId PreviousRevision="0" Update="N">1</RevisionId></NewsIdentifier></Identification>
<NewsManagement><FirstCreated>20250821T120000+0000</FirstCreated>
<ThisRevisionCreated>20250821T120000+0000</ThisRevisionCreated><Status FormalName="Usable"/></NewsManagement>
<NewsComponent>{stories}</NewsComponent></NewsItem></NewsML>"""

STORY = """<NewsComponent><NewsLines><HeadLine>{title}</HeadLine><DateLine>ORLE</DateLine></NewsLines>
<DescriptiveMetadata><Language FormalName="{language}"/></DescriptiveMetadata>
<NewsComponent><Role FormalName="Contact"/><ContentItem><MimeType FormalName="text/plain"/>
<DataContent>Ada Brook, 555</DataContent></ContentItem></NewsComponent>
<NewsComponent><Role FormalName="Body"/><ContentItem><MimeType FormalName="text/xhtml"/>
<DataContent><html><body><p>{body}</p></body></html></DataContent></ContentItem></NewsComponent>
<NewsComponent><Role FormalName="Photo"/><NewsLines><HeadLine>The mill</HeadLine></NewsLines>
<ContentItem Href="mill.jpg"><MimeType FormalName="image/jpeg"/></ContentItem></NewsComponent></NewsComponent>"""


def test_newsml_1_is_read_from_its_body_and_not_from_its_contacts():
    story = STORY.format(title="Mill reopens", language="en", body="The mill reopened.")
    (article,) = read_xml(NEWSML_1.format(stories=story))
    assert (article.id, article.title) == ("urn:newsml:wire.example:20250821:7", "Mill reopens")
    assert (article.body, article.language) == ("ORLE — The mill reopened.", "en")
    assert (article.publisher, article.date_source) == ("The Wire", "FirstCreated")


def test_newsml_1_told_in_two_languages_is_two_articles():
    told = [("Mill reopens", "en", "The mill reopened."), ("Mühle offen", "de", "Die Mühle ist offen.")]
    stories = "".join(STORY.format(title=title, language=language, body=body) for title, language, body in told)
    english, german = read_xml(NEWSML_1.format(stories=stories))
    assert (english.id, german.id) == ("urn:newsml:wire.example:20250821:7:en", "urn:newsml:wire.example:20250821:7:de")
    assert german.body == "ORLE — Die Mühle ist offen."


def test_utf_16_is_read_whatever_it_declares():
    (article,) = read_xml(('<?xml version="1.0" encoding="UTF-16"?>' + item()).encode("utf-16"))
    assert article.title == "Mill reopens"


ARTICLES = ("LISTING_2_", "LISTING_22_", "businesswire-")
REASONS = {
    "LISTING_1_": "has no text",
    "LISTING_16": "its content is <events>",
    "LISTING_17": "a planning item",
    "LISTING_18": "a planning item",
    "LISTING_19": "a planning item",
    "LISTING_20": "a planning item",
    "LISTING_10": "a concept item",
    "LISTING_11": "a concept item",
    "LISTING_12": "a knowledge item",
    "LISTING_13": "a catalog item",
    "LISTING_14": "a concept item",
    "LISTING_15": "a knowledge item",
    "LISTING_21": "its content is <sports-content>",
    "LISTING_23": "a package",
    "LISTING_25": "a contentSet is a part",
    "LISTING_26": "a picture",
    "LISTING_27": "has no text",
    "LISTING_28": "a contentMeta is a part",
    "LISTING_29": "has no text",
    "LISTING_3": "a picture",
    "LISTING_4": "a video",
    "LISTING_5": "a video",
    "LISTING_6": "a package",
    "LISTING_7": "a groupSet",
    "LISTING_8": "a groupSet",
    "LISTING_9": "a groupSet",
}


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not beside the repository")
def test_every_sample_is_read_or_refused_with_the_right_reason():
    for path in sorted(SAMPLES.iterdir()):
        results = list(plain(read(find([str(path)]).inputs[0])))
        if path.name.startswith(ARTICLES):
            (article,) = results
            assert len(clean(article).body) > 500
            assert article.title
            assert article.published_at
        elif path.name.startswith("LISTING_24"):
            assert [result.reason.partition(": ")[2] for result in results] == [
                "a package lists other items and has no text of its own",
                *["has no text"] * 4,
            ]
        else:
            (rejected,) = results
            wanted = next(reason for name, reason in REASONS.items() if path.name.startswith(name))
            assert rejected.reason.startswith(wanted), path.name
