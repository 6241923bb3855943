from datetime import UTC, datetime

import pytest
from fakes import plain

from indexer.sources import find, read
from indexer.sources.headlines import take_apart
from indexer.types import Article, Rejected

MATTER = """---
title: Mill reopens
authors: [Ada Brook, Tom Reed]
date: 2025-08-21
url: https://gazette.example/mill
language: no
publisher: 1984
summary: null
---

The mill reopened.

---
It was shut for a year.
"""


@pytest.fixture
def read_text(tmp_path):
    def read_text(text, name="mill.v2.md"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        (result,) = plain(read(find([str(path)]).inputs[0]))
        return result

    return read_text


def test_front_matter_describes_the_text_below_it(read_text):
    article = read_text(MATTER)
    assert article == Article(
        id=article.id,
        title="Mill reopens",
        body="\nThe mill reopened.\n\n---\nIt was shut for a year.\n",
        url="https://gazette.example/mill",
        publisher="1984",
        authors=("Ada Brook", "Tom Reed"),
        language="no",
        published_at=datetime(2025, 8, 21, tzinfo=UTC),
        date_source="date (day only)",
        date_confidence="high",
    )


def test_front_matter_without_a_title_leaves_it_to_the_text(read_text):
    article = read_text("---\npublisher: Gazette\nbody: not this\n---\n# Mill reopens #\n\nIt did.")
    assert (article.title, article.body, article.publisher) == ("Mill reopens", "It did.", "Gazette")


def test_a_given_summary_counts_before_one_that_is_found(read_text):
    text = "Found.\nMill reopens\nMill reopens\nIt did."
    assert read_text(text).summary == "Found."
    assert read_text(f"---\nsummary: Given.\n---\n{text}").summary == "Given."


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("---\ntitle: A\n\nText.", "begun with --- but not ended with another ---", 1),
        ("---\ntitle: A\nurl: [\n---\nText.", "broken YAML: expected the node content, but found '<stream end>'", 4),
        ("---\ntitle: a: b\n---\nText.", "broken YAML: mapping values are not allowed here", 2),
        ("---\n- title\n---\nText.", "must be lines of the form name: value", 2),
        ("---\njust words\n---\nText.", "must be lines of the form name: value", 2),
        (
            "---\na: \x07\n---\nText.",
            "broken YAML: unacceptable character #x0007: special characters are not allowed",
            1,
        ),
        ("---\na: " + "[" * 5000 + "\n---\nText.", "broken YAML: maximum recursion depth exceeded", 1),
        ("---\na: " + "b" * 70_000 + "\n---\nText.", "longer than 64 KB", 1),
    ],
)
def test_broken_front_matter_is_rejected_with_its_line(read_text, text, reason, line):
    rejected = read_text(text)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason[: len(reason) + 14], rejected.line) == (f"front matter: {reason}", line)


def test_front_matter_that_refers_to_itself_does_no_harm(read_text):
    rejected = read_text("---\ntitle: &a [*a, *a]\n---\nText.")
    assert rejected.reason == "front matter: broken YAML: found unconstructable recursive node"


def test_front_matter_that_multiplies_itself_does_no_harm(read_text):
    levels = "".join(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9)}]\n" for level in range(1, 30))
    rejected = read_text(f"---\nl0: &l0 x\n{levels}title: *l29\n---\nText.")
    assert rejected.reason == "title: a list where text is expected"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" \n\n", "body: missing; it is expected under one of the names body, text, articleBody, content"),
        (
            "---\ntitle: A\n---\n",
            "body: missing; it is expected under one of the names body, text, articleBody, content",
        ),
        (
            "---\ndate: soon\n---\nText.",
            "date: 'soon' is not a date; use ISO 8601 such as 2025-08-21T14:05:00Z",
        ),
    ],
)
def test_a_text_that_is_no_article_is_rejected(read_text, text, reason):
    assert read_text(text).reason == reason


def test_an_id_is_made_of_the_name_and_the_place_of_the_file(read_text, tmp_path):
    (tmp_path / "b").mkdir()
    here, again, there = (read_text("Mill\n\nIt did.", name).id for name in ("001.txt", "001.txt", "b/001.txt"))
    assert here == again != there
    assert here[:-8] == there[:-8] == "001-"
    assert read_text("Mill\n\nIt did.").id.startswith("mill.v2-")


@pytest.mark.parametrize(
    ("text", "title", "summary", "body"),
    [
        ("Mill reopens\n\nIt did.\nAt last.", "Mill reopens", "", "It did.\nAt last."),
        ("\n\n## **Mill reopens**\nIt did.", "Mill reopens", "", "It did."),
        ("Mill reopens\n============\n\nIt did.", "Mill reopens", "", "It did."),
        (
            "It was shut.\nMill reopens\n\nMill reopens\nIt did.",
            "Mill reopens",
            "It was shut.",
            "Mill reopens\nIt did.",
        ),
        (
            "It was shut.\n**Mill Reopens**\n\nMill  reopens\nIt did.",
            "Mill Reopens",
            "It was shut.",
            "Mill  reopens\nIt did.",
        ),
        (
            "Mill reopens\nBy Ada Brook\nMill reopens\nIt did.",
            "Mill reopens",
            "",
            "By Ada Brook\nMill reopens\nIt did.",
        ),
        ("No.\nNo.\nWhy?", "No.", "", "No.\nWhy?"),
        ("One line.", "", "", "One line."),
        ("x" * 301 + "\nMore.", "", "", "x" * 301 + "\nMore."),
    ],
)
def test_a_headline_is_found_by_where_it_stands(text, title, summary, body):
    parts = take_apart(text)
    assert (parts.title, parts.summary, parts.body) == (title, summary, body)


def test_a_text_of_one_line_is_its_own_title(read_text):
    article = read_text("The mill reopened. " + "It turned. " * 30)
    assert article.title == "The mill reopened."
    assert article.body.startswith("The mill reopened. It turned.")


def test_marks_of_bold_words_are_no_part_of_the_text(read_text):
    article = read_text("# Mill reopens\n\nThe **old mill** on the __Orle__ reopened. 2 ** 3 is 8.\n")
    assert article.body.strip() == "The old mill on the Orle reopened. 2 ** 3 is 8."
