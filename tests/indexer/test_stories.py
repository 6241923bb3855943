"""Stories: reports of one event come together as they arrive, and what is only like it stays apart."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import load_embedder
from indexer.chunking import chunk
from indexer.cleaning import clean
from indexer.sources import find, read
from indexer.stories import (
    MEMBERS,
    NEIGHBOURS,
    REACH,
    Neighbour,
    Opening,
    likeness,
    opening,
    place,
    story_id,
)
from indexer.types import Arrival, Article, Chunking

DAY = datetime(2025, 3, 11, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
BENCH = ROOT.parent / "shared" / "bench" / "stories"


def pointing(degrees):
    """A unit vector in the plane; the cosine of two is that of the angle between them."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)


def report(degrees=0.0, named="Fennel Bridge Saltmere", days=0.0):
    return Opening(pointing(degrees), frozenset(named.lower().split()), DAY + timedelta(days=days))


def test_likeness_is_the_mean_of_subject_and_names():
    assert likeness(report(0, "a b c d"), report(60, "a b x y")) == pytest.approx((0.5 + 0.5) / 2)
    assert likeness(report(), report()) == pytest.approx(1)
    assert likeness(report(0, ""), report(0, "")) == pytest.approx(0.5)


def test_the_first_report_begins_a_story():
    assert place(report(), []) is None


def test_a_report_of_the_same_event_joins():
    assert place(report(), [Neighbour(report(20, days=-1), "bridge")]) == "bridge"


@pytest.mark.parametrize("other", [report(50, "Thornley Works"), report(90, "Fennel A B"), report(0, "", days=-400)])
def test_a_report_of_another_event_begins_a_story_of_its_own(other):
    assert place(report(), [Neighbour(other, "other")]) is None


def test_of_two_stories_the_more_alike_is_joined():
    near, far = Neighbour(report(10), "near"), Neighbour(report(40), "far")
    assert place(report(), [far, near]) == place(report(), [near, far]) == "near"


def test_resembling_one_report_of_a_story_is_not_enough():
    chain = [Neighbour(report(0), "chain"), *(Neighbour(report(100 + n, "Other"), "chain") for n in range(3))]
    assert place(report(), chain[:1]) == "chain"
    assert place(report(), chain) is None


def test_a_large_story_need_not_be_alike_throughout():
    large = [Neighbour(report(n), "large") for n in range(MEMBERS)]
    large += [Neighbour(report(100, "Other"), "large") for _ in range(15)]
    assert place(report(), large) == "large"


def test_the_longer_a_story_was_silent_the_more_alike_a_report_must_be():
    sequel, mention = report(0), report(0, "Fennel A B C D E F G")
    earlier = [Neighbour(report(0, days=-77), "bridge")]
    assert place(sequel, earlier) == "bridge"
    assert place(mention, earlier) == "bridge"
    assert place(mention, [Neighbour(report(0, days=-250), "bridge")]) is None


def test_a_story_runs_for_as_long_as_reports_keep_coming():
    months = [Neighbour(report(0, days=-30 * n), "trial") for n in range(1, 20)]
    assert place(report(), months) == "trial"


def test_beyond_its_reach_even_the_same_report_is_another_story():
    assert place(report(), [Neighbour(report(days=-REACH / timedelta(days=1) + 1), "old")]) == "old"
    assert place(report(), [Neighbour(report(days=-REACH / timedelta(days=1) - 1), "old")]) is None


def test_an_older_report_that_arrives_late_joins_as_well():
    assert place(report(days=-3), [Neighbour(report(), "bridge")]) == "bridge"


def test_reports_without_a_date_are_taken_to_be_of_the_same_time():
    undated = Opening(pointing(0), frozenset({"fennel"}))
    assert place(undated, [Neighbour(undated, "a")]) == "a"
    assert place(undated, [Neighbour(report(0, "Fennel", days=-900), "b")]) == "b"


def test_an_article_of_which_only_a_notice_was_captured_is_in_no_story():
    body = "Video player was slow to load content. Video content never loaded. Ad froze. Audio on ad was too loud."
    notices = [
        opening(Article(title, title, body), pointing(0))
        for title in ("GM stops exporting cars to Russia", "Nike cuts ties with Kyrie Irving")
    ]
    assert likeness(*notices) == 0
    assert place(notices[0], [Neighbour(notices[1], "notice")]) is None


def test_names_further_down_do_not_count():
    article = Article("a", "Fennel Bridge", "Saltmere: the bridge is shut. " + "word " * 400 + "Odalys")
    assert opening(article, pointing(0)).names == {"fennel", "saltmere"}  # the bridge also stands there in lower case


def test_the_id_of_a_story_is_sixteen_hex_digits_of_its_first_article():
    assert story_id("a1") == "9f9d0ccebe300c6a"
    assert story_id("a1") != story_id("a2")
    assert re.fullmatch("[0-9a-f]{16}", story_id("字" * 300))


@given(st.lists(st.tuples(st.floats(0, 360), st.floats(-900, 900), st.sampled_from("abc")), max_size=20), st.randoms())
def test_the_order_of_the_neighbours_does_not_count(given_reports, chance):
    neighbours = [Neighbour(report(degrees, days=days), story) for degrees, days, story in given_reports]
    shuffled = chance.sample(neighbours, len(neighbours))
    assert place(report(), neighbours) == place(report(), shuffled)
    assert place(report(), neighbours) in {None, *(neighbour.story for neighbour in neighbours)}


@pytest.fixture(scope="module")
def seeds():
    articles = [clean(one.article) for item in find([str(ROOT / "seeds")]).inputs for one in read(item) if arrived(one)]
    return openings(articles)


@pytest.mark.parametrize("seed", range(4))
def test_the_stories_in_the_seeds(seeds, seed):
    order = list(seeds)
    if seed:
        random.Random(seed).shuffle(order)
    stories = [group for group in arrive(seeds, order).values() if len(group) > 1]
    assert sorted(sorted(title.split()[0] for title in story) for story in stories) == [
        ["Aldous", "Aldous"],
        ["Fennel", "Hauliers", "Traffic"],
        ["Ferry", "Ferry", "Skerrow"],
        ["Kremlin", "Kremlin"],
    ]


@pytest.fixture(scope="module")
def gold_stories():
    if not BENCH.exists():
        pytest.skip("the data set is not beside the repository")
    lines = (BENCH / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    rows = (BENCH / "clusters.tsv").read_text(encoding="utf-8").splitlines()[1:]
    kept = dict(row.split("\t") for row in rows if int(row.split("_")[0]) < 20)  # some 150 articles: quick to embed
    articles = [clean(Article(row["_id"], row["title"], row["text"])) for row in map(json.loads, lines)]
    return openings([article for article in articles if article.id in kept], by_title=False), kept


@pytest.mark.parametrize("seed", range(3))
def test_stories_of_real_articles_do_not_get_worse(gold_stories, seed):
    found, gold = gold_stories
    order = random.Random(seed).sample(list(found), len(found))
    story = {name: names for names in arrive(found, order).values() for name in names}
    truth = {name: {other for other in found if gold[other] == gold[name]} for name in found}
    precision = np.mean([len(story[name] & truth[name]) / len(story[name]) for name in found])
    recall = np.mean([len(story[name] & truth[name]) / len(truth[name]) for name in found])
    assert 2 * precision * recall / (precision + recall) >= 0.86


def arrived(one):
    return isinstance(one, Arrival)


def openings(articles, by_title=True):
    """Openings with real embeddings, by title or by id."""
    texts = [f"{article.title}\n{chunk(article, Chunking())[0].text}" for article in articles]
    vectors = load_embedder().embed_passages(texts)
    return {
        article.title if by_title else article.id: opening(article, vector)
        for article, vector in zip(articles, vectors, strict=True)
    }


def arrive(reports, order):
    """The members of each story, as reports arrive in this order."""
    story = {}
    for name in order:
        new = reports[name]
        nearest = sorted(story, key=lambda other: -float(reports[other].vector @ new.vector))[:NEIGHBOURS]  # noqa: B023
        story[name] = place(new, [Neighbour(reports[other], story[other]) for other in nearest]) or story_id(name)
    members = defaultdict(set)
    for name, one in story.items():
        members[one].add(name)
    return members
