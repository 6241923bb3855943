import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import plain

from indexer.cleaning import clean
from indexer.sources import Input, find, read
from indexer.types import Article, Rejected

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "ninjs"

OLD = {
    "uri": "https://wire.example/mill",
    "type": "text",
    "versioncreated": "2025-08-21T14:05:00Z",
    "firstcreated": "2025-08-21T12:00:00Z",
    "embargoed": "2025-08-22T06:00:00Z",
    "pubstatus": "usable",
    "language": "en",
    "byline": "By Ada Brook and Tom Reed",
    "located": "Orle",
    "copyrightholder": "The Wire",
    "subject": [{"name": "economy", "rel": "about"}, {"code": "1"}],
    "headline": "Mill reopens",
    "description_text": "After a year.",
    "body_text": "The mill reopened. It had been shut.",
    "body_xhtml": "<p>The mill reopened.</p><p>It had been shut.</p>",
}

NEW = {
    "uri": "urn:wire:mill",
    "type": "text",
    "version": "1",
    "versionCreated": "2025-08-21T12:00:00Z",
    "pubStatus": "usable",
    "headlines": [{"role": "short", "value": "Mill"}, {"role": "main", "value": "Mühle offen"}],
    "by": "Von Ada Brook",
    "language": "de",
    "infoSources": [{"name": "Der Draht"}],
    "subjects": [{"name": "Wirtschaft"}],
    "bodies": [
        {"role": "text", "contentType": "text/plain", "value": "Mühle offen\nVon Ada Brook\nDie Mühle ist offen."},
        {
            "role": "html5",
            "contentType": "text/html",
            "value": "<article><h1>Mühle offen</h1><p>Die Mühle ist offen.</p>",
        },
    ],
}

AP = {
    "uri": "https://api.ap.org/media/v/content/abc?qt=x",
    "altids": {"itemid": "abc", "etag": "abc_1"},
    "type": "text",
    "pubstatus": "usable",
    "firstcreated": "2025-08-21T12:00:00Z",
    "versioncreated": "2025-08-21T14:00:00Z",
    "editorialtypes": ["Lead"],
    "signals": ["newscontent"],
    "headline": "Mill reopens",
    "bylines": [{"by": "Ada Brook", "title": "Writer"}],
    "subject": [{"name": "Business"}],
    "body_nitf": "<block id='Main'><p>ORLE (AP) — The mill reopened.</p></block>",
}


def read_json(*documents):
    data = "\n".join(map(json.dumps, documents)).encode()
    return list(plain(read(Input("-", suffix=".json"), stdin=io.BytesIO(data))))


def test_ninjs_1_becomes_an_article():
    assert read_json(OLD) == [
        Article(
            id="https://wire.example/mill",
            title="Mill reopens",
            body="Orle — The mill reopened.\n\nIt had been shut.",
            summary="After a year.",
            url="https://wire.example/mill",
            publisher="The Wire",
            authors=("Ada Brook", "Tom Reed"),
            categories=("economy",),
            language="en",
            published_at=datetime(2025, 8, 21, 12, tzinfo=UTC),
            updated_at=datetime(2025, 8, 21, 14, 5, tzinfo=UTC),
            embargo_until=datetime(2025, 8, 22, 6, tzinfo=UTC),
            date_source="firstcreated",
            date_confidence="high",
        )
    ]


def test_ninjs_3_becomes_an_article():
    (article,) = read_json(NEW)
    assert (article.id, article.url, article.title) == ("urn:wire:mill", None, "Mühle offen")
    assert (article.authors, article.publisher, article.categories) == (("Ada Brook",), "Der Draht", ("Wirtschaft",))
    assert clean(article).body == "Die Mühle ist offen."
    assert (article.date_source, article.date_confidence) == ("versioncreated", "high")


def test_plain_text_keeps_its_lines():
    (article,) = read_json({name: value for name, value in OLD.items() if name not in ("body_xhtml", "located")})
    assert article.body == "The mill reopened. It had been shut."


def test_nitf_in_a_body_is_read():
    value = "<?xml version='1.0'?><nitf><body><body.head><hedline><hl1>No</hl1></hedline></body.head>"
    value += "<body.content><p>The mill reopened.</p></body.content></body></nitf>"
    (article,) = read_json(NEW | {"bodies": [{"contentType": "text/vnd.IPTC.NITF", "value": value}]})
    assert article.body == "The mill reopened."


def test_what_is_canceled_is_withdrawn_and_needs_no_text():
    (article,) = read_json({"uri": "urn:wire:mill", "type": "text", "pubstatus": "canceled", "headline": "Mill"})
    assert (article.status, article.body) == ("withdrawn", "Mill")


def test_items_are_read_one_a_line_and_in_lists():
    assert [article.id for article in read_json(OLD, NEW)] == [OLD["uri"], NEW["uri"]]
    assert [article.id for article in read_json([OLD, NEW])] == [OLD["uri"], NEW["uri"]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "picture"}, "a picture is no article"),
        ({"type": "audio"}, "a sound recording is no article"),
        ({"type": "event"}, "an event is no article"),
        ({"type": "planning"}, "a planning item announces coverage; it is no article"),
        ({"eventDetails": {}}, "an event is no article"),
        ({"bodies": []}, "has no text"),
        ({"bodies": [{"contentType": "text/html", "value": "<p> </p>"}]}, "has no text"),
        (
            {"pubStatus": "maybe"},
            "status 'maybe' is unknown; it is one of usable, embargoed, withheld, canceled, cancelled",
        ),
        ({"embargoed": "noonish"}, "embargo_until: 'noonish' is not a date"),
    ],
)
def test_what_is_no_article_is_refused_with_the_reason(change, reason):
    (rejected,) = read_json(NEW | change)
    assert rejected.reason.startswith(reason)


def test_the_aps_answers_hold_items():
    articles = read_json({"data": {"items": [{"meta": {}, "item": AP}, {"item": AP | {"type": "picture"}}]}})
    assert articles[0] == Article(
        id="tag:ap.org,2011:abc",
        title="Mill reopens",
        body="ORLE (AP) — The mill reopened.",
        publisher="Associated Press",
        authors=("Ada Brook",),
        categories=("Business",),
        published_at=datetime(2025, 8, 21, 12, tzinfo=UTC),
        updated_at=datetime(2025, 8, 21, 14, tzinfo=UTC),
        date_source="firstcreated",
        date_confidence="high",
    )
    assert articles[1] == Rejected("-", "item 2: a picture is no article")
    assert read_json({"data": {"item": AP}}) == articles[:1]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"pubstatus": "canceled", "signals": []}, "withdrawn"),
        ({"editorialtypes": ["Kill"]}, "withdrawn"),
        ({"pubstatus": "embargoed"}, "withdrawn"),
        ({"pubstatus": "embargoed", "embargoed": "2025-08-22T06:00:00Z"}, "usable"),
        ({"editorialtypes": ["Corrective"], "ednote": "Corrects the year."}, "corrected"),
        ({"ednote": "Eds: with photos."}, "usable"),
    ],
)
def test_the_aps_items_may_be_taken_back_or_corrected(change, status):
    (article,) = read_json({"data": {"item": AP | change}})
    assert article.status == status


def test_the_aps_advisories_are_not_for_readers():
    (rejected,) = read_json({"data": {"item": AP | {"signals": ["whitelisted"]}}})
    assert rejected.reason == "an advisory to editors, not for publication: its signals do not name newscontent"


def test_the_aps_items_whose_text_is_elsewhere_say_where():
    item = {name: value for name, value in AP.items() if name != "body_nitf"}
    item["renditions"] = {"nitf": {"href": "https://api.ap.org/media/v/content/abc/download?key=secret"}}
    (rejected,) = read_json({"data": {"item": item}})
    assert rejected.reason.endswith("it refers to https://api.ap.org/media/v/content/abc/download")


ARTICLES = ("3.0-dpa_text", "dpa_text", "businesswire-", "ninjsEx", "tt_text_image_3")
REASONS = {
    "2023": "an event",
    "tt_event": "an event",
    "3.0-ap_audio": "a sound recording",
    "ap_audio": "a sound recording",
    "3.0-imageLinkedRights": "a picture",
    "imageLinkedRights": "a picture",
    "SIPA_image": "a picture",
    "ninjs-1-4": "has no text",
}


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not beside the repository")
def test_every_sample_is_read_or_refused_with_the_right_reason():
    for path in sorted(SAMPLES.iterdir()):
        results = list(plain(read(find([str(path)]).inputs[0])))
        if path.name.startswith(ARTICLES):
            (article,) = results
            assert len(clean(article).body) > 80, path.name
            assert article.title
            assert article.published_at
        else:
            wanted = next(reason for name, reason in REASONS.items() if path.name.startswith(name))
            assert all(wanted in result.reason for result in results), path.name
