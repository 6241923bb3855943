import gzip
import hashlib
from collections import Counter
from pathlib import Path

import pytest
from fakes import plain

from indexer.cleaning import SHORTEST_REPEAT, clean, same
from indexer.sources import find, read
from indexer.types import Article

SEEDS = Path(__file__).parents[2] / "seeds"
FOUND = find([str(SEEDS)])
ARTICLES = {}
for item in FOUND.inputs:
    ARTICLES[item.path.name] = [
        clean(article) if isinstance(article, Article) else article for article in plain(read(item))
    ]
EVERY = [article for articles in ARTICLES.values() for article in articles]


def test_every_file_is_read_but_the_one_about_them():
    assert FOUND.rejected == ()
    assert FOUND.skipped == (str(SEEDS / "README.md"),)
    assert {name: len(articles) for name, articles in ARTICLES.items()} == {
        "000_f5b7d64b8615fc46.txt": 1,
        "002_3a67736d46878dd9.txt": 1,
        "bibliotheque.txt": 1,
        "eastholm-hospital.json": 1,
        "fennel-bridge-closed.txt": 1,
        "fennel-bridge-reopens.md": 1,
        "gazette-and-courier.jsonl": 6,
        "lighthouse.md": 1,
        "mayor-resigns.md": 1,
        "newsapi-response.json": 4,
        "northern-wire.jsonl.gz": 3,
        "tide-mill.txt": 1,
        "waermepumpe.md": 1,
    }


def test_nothing_is_rejected():
    assert [article for article in EVERY if not isinstance(article, Article)] == []


def test_every_article_has_an_id_of_its_own():
    assert len({article.id for article in EVERY}) == len(EVERY) == 23


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("000_f5b7d64b8615fc46.txt", "f867ede5ce1a790f3c62da65c9a357ea7fc44b18dd89cd701a921f365596a385"),
        ("002_3a67736d46878dd9.txt", "dfb43b690b3d4bda44284c434b30ff9549ccc0c6973a9d57b0fe3b02b0b2a022"),
    ],
)
def test_the_real_articles_are_as_they_arrived(name, sha256):
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == sha256


@pytest.mark.parametrize(
    ("name", "title", "summary", "first", "last", "paragraphs"),
    [
        (
            "000_f5b7d64b8615fc46.txt",
            "Kremlin Downplays Talks with Zelensky as Trump Urges Dialogue with Putin",
            "Despite varied international perspectives, the potential for peace talks between Russia and Ukraine "
            "remains tenuous, underlined by divided views on both sides regarding the likelihood of effective "
            "negotiations.",
            "In the context of ongoing conflict in Ukraine,",
            "coupled with broader NATO discussions expected shortly.",
            10,
        ),
        (
            "002_3a67736d46878dd9.txt",
            "Kremlin Downplays Prospects for Zelensky-Putin Summit as Trump Raises Doubts",
            "In light of recent events and varying expectations, the potential for a Ukraine-Russia peace summit faces "
            "considerable hurdles.",
            "As discussions for a direct meeting between Ukrainian and Russian leaders develop,",
            "increased security measures in Ukraine.",
            9,
        ),
    ],
)
def test_the_real_articles_come_out_clean(name, title, summary, first, last, paragraphs):
    (article,) = ARTICLES[name]
    assert (article.title, article.summary) == (title, summary)
    assert article.body.startswith(first)
    assert article.body.endswith(last)
    assert title not in article.body
    assert len(article.body.split("\n")) == paragraphs


def test_no_paragraph_stands_twice_in_an_article():
    for article in EVERY:
        paragraphs = Counter(same(line) for line in article.body.split("\n"))
        assert [text for text, times in paragraphs.items() if times > 1 and len(text) >= SHORTEST_REPEAT] == []


def test_every_article_but_the_undated_says_when_and_where_it_appeared():
    dated = [article for article in EVERY if article.published_at]
    assert len(dated) == 19
    assert all(article.publisher and article.url for article in dated)
    assert Counter(article.language for article in EVERY if article.language not in (None, "en")) == {"de": 1, "fr": 1}


def test_a_correction_names_the_report_it_corrects():
    corrected = [article for article in EVERY if article.status == "corrected"]
    assert [article.id for article in corrected] == ["courier-2024-kornmill-2"]
    assert "courier-2024-kornmill-1" in corrected[0].correction
    assert "£68 million" in corrected[0].body


def test_one_wire_text_was_run_by_two_publishers():
    (body, times), *_ = Counter(article.body for article in EVERY).most_common(1)
    assert times == 2
    assert {article.publisher for article in EVERY if article.body == body} == {
        "The Brackwater Courier",
        "Eastholm Radio",
    }


def test_the_gzipped_file_is_the_same_whenever_it_is_made():
    packed = (SEEDS / "northern-wire.jsonl.gz").read_bytes()
    assert packed[4:8] == bytes(4)
    assert len(gzip.decompress(packed).splitlines()) == 3
