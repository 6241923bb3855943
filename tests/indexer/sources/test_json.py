import json

import pytest
from fakes import plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.sources import find, json_, read
from indexer.types import Article, Rejected

GOOD = {"id": "a", "title": "Mill reopens", "body": "The mill on the Orle reopened."}


def read_text(path, text):
    path.write_text(text, encoding="utf-8")
    return list(plain(read(find([str(path)]).inputs[0])))


@pytest.fixture
def lines(tmp_path):
    return lambda text: read_text(tmp_path / "a.jsonl", text)


@pytest.fixture
def document(tmp_path):
    return lambda text: read_text(tmp_path / "a.json", text)


def test_a_broken_line_costs_only_itself(lines, tmp_path):
    written = [json.dumps(GOOD | {"id": number}) for number in range(1, 901)]
    written[6] = '{"id": 7, "title": "Mill'
    results = lines("\n".join(written))
    assert results[6] == Rejected(f"{tmp_path}/a.jsonl", "broken JSON: Unterminated string starting, column 20", line=7)
    assert [result.id for result in results if isinstance(result, Article)] == [
        str(number) for number in range(1, 901) if number != 7
    ]


def test_blank_lines_count_but_hold_nothing(lines):
    results = lines(f"\n{json.dumps(GOOD)}\r\n  \n[1]\n")
    assert [result.id for result in results[:1]] == ["a"]
    assert results[1].line == 4


def test_a_line_too_long_is_rejected_and_reading_goes_on(lines, monkeypatch):
    monkeypatch.setattr(json_, "LONGEST", 2**20)
    long = json.dumps(GOOD | {"body": "x" * 2**22})
    rejected, article = lines(f"{long}\n{json.dumps(GOOD)}\n")
    assert rejected.reason == "the line is longer than 1 MB"
    assert (rejected.line, article.id) == (1, "a")


def test_a_last_line_too_long_is_rejected(lines, monkeypatch):
    monkeypatch.setattr(json_, "LONGEST", 2**20)
    article, rejected = lines(json.dumps(GOOD) + "\n" + "x" * 2**22)
    assert (article.id, rejected.line) == ("a", 2)


def test_a_body_of_5_mb_is_an_article(lines, document):
    text = json.dumps(GOOD | {"body": "Rain. " * 900_000})
    assert [len(result.body) for result in (*lines(text), *document(text))] == [5_400_000, 5_400_000]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7", "not an object"),
        ("null", "not an object"),
        ('"news"', "not an object"),
        ("[1]", "article 1: not an object"),
        ("[" * 100_000, "broken JSON: nested too deeply"),
        ('{"id": ' + "9" * 5000 + "}", "broken JSON: a number has too many digits"),
        ("{}", "body: missing; it is expected under one of the names body, text, articleBody, content"),
        ("not json", "broken JSON: Expecting value, column 1"),
    ],
)
def test_what_is_no_article_is_rejected_with_the_reason(lines, document, text, reason):
    (by_line,) = lines(text)
    (whole,) = document(text)
    assert by_line.reason == whole.reason == reason
    assert by_line.line == 1


def test_a_broken_document_is_rejected_with_its_line_and_column(document, tmp_path):
    assert document('{\n  "id": "a",\n  "title" "b"\n}') == [
        Rejected(f"{tmp_path}/a.json", "broken JSON: Expecting ':' delimiter, column 11", line=3)
    ]


@pytest.mark.parametrize("name", json_.LISTS)
def test_an_object_may_list_articles(document, name):
    listed = [GOOD | {"@type": "NewsArticle"}, GOOD | {"id": "b", "@type": ["Thing", "ReportageNewsArticle"]}]
    assert [article.id for article in document(json.dumps({"status": "ok", name: listed}))] == ["a", "b"]


def test_the_place_in_a_list_of_what_is_rejected_is_told(document):
    article, rejected = document(json.dumps([GOOD, {"title": "b"}]))
    assert article.id == "a"
    assert rejected.reason.startswith("article 2: body: missing")


def test_an_article_with_a_list_in_it_is_an_article(document):
    assert [article.id for article in document(json.dumps(GOOD | {"items": [1, 2]}))] == ["a"]


def test_nodes_of_a_graph_that_are_no_articles_are_left_out(document):
    graph = [{"@type": "WebSite", "name": "Gazette"}, {"@type": "NewsArticle", "articleBody": "News."}, 7]
    assert [article.body for article in document(json.dumps({"@graph": graph}))] == ["News."]


def test_an_empty_list_holds_nothing_and_is_no_error(document):
    assert document('{"status": "ok", "articles": []}') == []


def test_lines_in_a_file_called_json_are_read_as_lines(document):
    results = document(json.dumps(GOOD) + "\n{broken\n" + json.dumps(GOOD | {"id": "b"}))
    assert [result.id for result in (results[0], results[2])] == ["a", "b"]
    assert results[1].line == 2


def test_what_is_not_a_number_counts_as_nothing(lines):
    (article,) = lines('{"id": "a", "title": NaN, "body": "News.", "published_at": NaN, "author": Infinity}')
    assert (article.title, article.published_at, article.authors) == ("News.", None, ())


def test_a_document_of_one_article_is_known_by_its_file(tmp_path):
    text = '{"title": "Mill reopens", "body": "It did."}'
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    first, again, other = (read_text(tmp_path / name, text)[0].id for name in ("x/1.json", "x/1.json", "y/1.json"))
    assert first == again != other
    assert first.startswith("1-")
    assert len(first) == len("1-") + 8


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(["id", "title", "body", "authors", "publisher", "url", "date", "status"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(JSON, max_size=3), st.binary(max_size=30))
def test_any_content_is_read_or_rejected(tmp_path, values, tail):
    for name in ("a.json", "a.jsonl", "a.txt", "a.md"):
        path = tmp_path / name
        path.write_bytes("\n".join(map(json.dumps, values)).encode() + tail)
        for result in plain(read(find([str(path)]).inputs[0])):
            assert isinstance(result, Article | Rejected)


def test_an_article_comes_with_the_line_it_stood_on(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(f"\n{json.dumps(GOOD)}\n", encoding="utf-8")
    (arrival,) = read(find([str(path)]).inputs[0])
    assert (arrival.article.id, arrival.origin, arrival.line) == ("a", str(path), 2)
