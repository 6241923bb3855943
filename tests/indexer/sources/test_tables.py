import datetime
import io
import sys

import pytest
from fakes import plain

from indexer.sources import Input, find, read, tables
from indexer.types import Article, Rejected


def read_table(data, suffix=".csv"):
    data = data if isinstance(data, bytes) else data.encode()
    return list(plain(read(Input("-", suffix=suffix), stdin=io.BytesIO(data))))


def test_a_row_under_a_header_is_an_article_whatever_its_case():
    header = "Title,Body,Published At,AUTHORS,mood\n"
    (article,) = read_table(header + '"Mill, again","It\nopened ""now"".",2025-08-21,Ada Brook; Tom Reed,glad\n')
    assert (article.title, article.body) == ("Mill, again", 'It\nopened "now".')
    assert (article.authors, article.published_at.day) == (("Ada Brook", "Tom Reed"), 21)
    assert article.date_source == "published_at (day only)"


@pytest.mark.parametrize("delimiter", list(tables.DELIMITERS))
def test_the_delimiter_is_told_by_the_header(delimiter):
    (article,) = read_table(f"id{delimiter}title{delimiter}body\n7{delimiter}Mill{delimiter}It opened.\n")
    assert article == Article(id="7", title="Mill", body="It opened.")


def test_tsv_is_divided_by_tabs_alone():
    (article,) = read_table("title,x\tbody\nMill\tIt opened.\n", ".tsv")
    assert article.body == "It opened."


def test_a_row_that_is_wrong_costs_only_itself_and_is_told_with_its_line():
    results = read_table('id,body\n1,"a\nb"\n2\n\n,,\n,\n3,c,d\n4,"e"f\n5,g\n6,"h\n7,i\n')
    assert [result.id for result in results if isinstance(result, Article)] == ["1", "5"]
    assert [(result.line, result.reason) for result in results if isinstance(result, Rejected)] == [
        (4, "1 cells where the header has 2"),
        (8, "3 cells where the header has 2"),
        (9, "broken table: ',' expected after '\"'"),
        (11, "a quote is opened here and never closed"),
    ]


@pytest.mark.parametrize("data", [b"\n\n", b"a,b\n1,2\n", b'"body\n'])
def test_without_a_header_that_names_the_text_nothing_is_read(data):
    (rejected,) = read_table(data)
    assert rejected.line == 1


def test_the_missing_column_is_named():
    (rejected,) = read_table("headline,words\nMill,It opened.\n")
    assert rejected.reason == (
        "no column holds the text; one must be called body, text, articleBody, content;"
        " the first line has 'headline', 'words'"
    )


def test_a_long_article_fits_a_cell():
    (article,) = read_table('body\n"' + "Rain. " * 100_000 + '"\n')
    assert len(article.body) == 600_000


def test_a_line_that_is_no_text_is_rejected():
    rejected = read_table(b"body\nfine\nx\0y\n")[-1]
    assert rejected.reason == "binary data, not text"


def test_utf_16_is_read():
    assert read_table("body\nMühle\n".encode("utf-16"))[0].body == "Mühle"


@pytest.fixture
def parquet(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    written = pytest.importorskip("pyarrow.parquet")

    def write(**columns):
        path = tmp_path / "a.parquet"
        written.write_table(arrow.table(columns), path)
        return path

    return write


def test_parquet_is_read_by_its_columns(parquet):
    time = datetime.datetime(2025, 8, 21, 12, tzinfo=datetime.UTC)
    path = parquet(
        Title=["Mill", "Weir"],
        text=["It opened.", None],
        date=[time, None],
        authors=[["Ada Brook"], []],
        vector=[[1.0], [2.0]],
    )
    article, rejected = plain(read(find([str(path)]).inputs[0]))
    assert (article.title, article.body, article.published_at) == ("Mill", "It opened.", time)
    assert article.authors == ("Ada Brook",)
    assert rejected.reason.startswith("row 2: body: missing")


def test_broken_parquet_is_rejected(parquet):
    data = parquet(body=["It opened."]).read_bytes()
    for broken in (data[:-30], data[:40] + b"\xff" * 40 + data[80:], b"PAR1"):
        (rejected,) = read_table(broken, ".parquet")
        assert rejected.reason.startswith("broken Parquet, read no further: ")


def test_without_its_extra_parquet_is_refused_with_what_to_install(monkeypatch, parquet):
    path = parquet(body=["It opened."])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (rejected,) = plain(read(find([str(path)]).inputs[0]))
    assert rejected.reason == "Parquet is read with pyarrow: pip install 'dateline[parquet]'"
