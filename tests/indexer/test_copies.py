"""Copies: the same text in other hands, whatever order it arrives in; and what only looks like it."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.cleaning import clean
from indexer.copies import BANDS, CANDIDATES, Grouping, copies, fingerprint, grouping, resemblance
from indexer.sources import find, read
from indexer.types import Arrival, Article

REPORT = (
    "A ferry with 212 people aboard ran aground off Saltmere on Friday night after its steering failed in a swell. "
    "Nobody was hurt, the coastguard said. Two tugs from Brackwater pulled the Lady Ottoline free at 3:40 at night, "
    "and she reached the harbour under her own power an hour later. Captain Piet Hollander said that the rudder had "
    "stopped answering just past the Cormorant light. Inspectors will look at the ship on Monday, and until then the "
    "line to Eastholm is closed."
)
LINE = (
    "{home} beat {away} {score} at {ground} on {day} in front of a crowd of {crowd}. {scorer} opened the scoring in "
    "the {minute}th minute. {home} now have {points} points from this season's matches in the league. The next "
    "match of {home} is away at {next}."
)
REEF = {
    "home": "Saltmere Town",
    "away": "Eastholm Rovers",
    "score": "2-1",
    "ground": "Harbour Road",
    "day": "Saturday",
    "crowd": "3,105",
    "scorer": "Odile Marsh",
    "minute": "14",
    "points": "31",
    "next": "Thornley",
}
MOOR = {
    "home": "Brackwater",
    "away": "Thornley United",
    "score": "4-0",
    "ground": "the Vale",
    "day": "Sunday",
    "crowd": "987",
    "scorer": "Jonah Pike",
    "minute": "77",
    "points": "12",
    "next": "Fennel Bay",
}
CONSENT = (
    "We value your privacy. We and our partners store and access information on your device, such as cookies, and "
    "process personal data for ads and content that suit you. You may accept or manage your choices by clicking below, "
    "and you may withdraw your consent at any time in our privacy policy."
)
BENCH = Path(__file__).parents[3] / "shared" / "bench" / "near-duplicates"


def are_copies(one, other):
    return copies(fingerprint(*one), fingerprint(*other))


def words(prefix, count):
    return " ".join(f"{prefix}{number}" for number in range(count))


def test_the_same_text_under_another_headline_is_a_copy():
    assert are_copies(("Ferry aground off Saltmere", REPORT), ("212 safe as Lady Ottoline runs aground", REPORT))


@pytest.mark.parametrize(
    "edited",
    [
        REPORT.upper(),
        REPORT.replace(" ", "\n"),
        REPORT.replace(". ", ".”\n\n“"),
        "SALTMERE (Northern Wire) — " + REPORT,
        REPORT.replace("212 people", "214 people"),
        REPORT[: int(len(REPORT) * 0.7)],
    ],
)
def test_what_editors_change_leaves_a_copy_a_copy(edited):
    assert are_copies(("Ferry aground", REPORT), ("Ferry aground", edited))


def test_another_report_of_the_same_event_is_no_copy():
    other = (
        "Two tugs have freed the Lady Ottoline, the Saltmere ferry that ran onto rocks on Friday night with 212 people "
        "on board. Its captain, Piet Hollander, blamed the rudder. No ferries will sail to Eastholm before Monday."
    )
    assert not are_copies(("Ferry aground", REPORT), ("Ferry aground", other))


def test_two_reports_from_one_template_are_no_copies():
    assert not are_copies(("Full time", LINE.format(**REEF)), ("Full time", LINE.format(**MOOR)))


def test_a_template_with_most_words_in_common_is_told_apart_by_its_names():
    weather = "The weather for {}: " + words("cloud", 60)
    one = fingerprint("", weather.format("Saltmere Harbour Monday 14 March 12 C"))
    other = fingerprint("", weather.format("Eastholm Moor Friday 22 October 7 F"))
    assert resemblance(one, other) > 0.5
    assert not copies(one, other)


def test_articles_of_which_only_a_notice_was_captured_are_no_copies_of_each_other():
    one = fingerprint("Mayor Broad wins Saltmere election by 212 votes", CONSENT)
    other = fingerprint("Thornley works to cast bearing for Fennel Bridge", CONSENT)
    assert resemblance(one, other) == 1
    assert not copies(one, other)
    assert not {*one.bands()} & {*other.bands()}  # nor are thousands of them compared


def test_a_notice_captured_twice_under_one_headline_is_a_copy():
    headline = "Mayor Broad wins Saltmere election by 212 votes"
    assert are_copies((headline, CONSENT), (headline, CONSENT))


def test_short_texts_are_copies_only_if_they_are_the_same():
    brief = "Police have closed the road to Eastholm. More soon."
    assert are_copies(("Road closed", brief), ("ROAD CLOSED", "Police have closed the road to Eastholm - more soon"))
    assert not are_copies(("Road closed", brief), ("Bridge closed", brief))
    assert not are_copies(("Road closed", brief), ("Road closed", brief.replace("Eastholm", "Thornley")))


def test_scripts_without_spaces_are_compared_as_well():
    body = "市政府周二表示芬内尔桥将于五月底重新开放交通费用比最初估计增加一倍工程师将裂缝归咎于多年来积聚的海水"
    assert are_copies(("桥", body), ("桥", body + "渡轮周日停航"))
    assert not are_copies(("桥", body), ("桥", body[::-1]))


@pytest.mark.parametrize("text", ["", " \n", "...", "—"])
def test_nothing_is_a_copy_of_a_text_without_words(text):
    empty = fingerprint(text, text)
    assert empty.bands() == ()
    assert not copies(empty, empty)


def test_resemblance_is_the_share_of_shingles_both_have():
    one, other = fingerprint("", words("a", 24)), fingerprint("", words("a", 34))
    assert resemblance(one, other) == resemblance(other, one) == 20 / 30
    assert resemblance(one, one) == 1
    assert resemblance(one, fingerprint("", words("b", 24))) == 0


def test_bands_are_the_same_on_every_machine():
    """An index made elsewhere, or years ago, has to find what is written here; to change these is to break it."""
    bands = fingerprint("", REPORT).bands()
    assert len(set(bands)) == len(bands) == BANDS
    assert bands[:2] == (-6511939947288946177, 8755316952884004885)
    assert all(-(2**63) <= band < 2**63 for band in bands)


@pytest.mark.parametrize(("common", "found"), [(0.5, 0.9), (0.6, 0.98), (0.8, 1.0)])
def test_copies_share_a_band_and_others_hardly_ever(common, found):
    """Of 300 shingles ``common`` in 1 are shared; the floors lie below what the arithmetic promises."""
    shared = 0
    for number in range(200):
        text = words(f"t{number}w", 304)
        cut = round(300 * 2 * common / (1 + common))
        other = " ".join(text.split()[: cut + 4]) + " " + words(f"o{number}w", 300 - cut - 4)
        shared += bool({*fingerprint("", text).bands()} & {*fingerprint("", other).bands()})
    assert shared / 200 >= found


def test_unlike_texts_share_no_band():
    bands = Counter(band for number in range(300) for band in fingerprint("", words(f"t{number}w", 200)).bands())
    assert set(bands.values()) == {1}


def test_an_article_without_copies_is_a_group_of_its_own():
    assert grouping(7, []) == Grouping(7, frozenset())


def test_a_later_copy_joins_the_group():
    assert grouping(7, [3, 3]) == Grouping(3, frozenset())


def test_a_copy_of_two_groups_makes_them_one_and_the_oldest_stays():
    assert grouping(9, [7, 3, 5, 7]) == Grouping(3, frozenset({5, 7}))


def test_an_article_that_comes_again_brings_younger_groups_into_its_own():
    assert grouping(2, [4]) == Grouping(2, frozenset({4}))


@given(st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20), st.permutations(range(13)))
def test_any_order_of_arrival_gives_the_same_groups(pairs, order):
    joined = {frozenset(pair) for pair in pairs}
    related = lambda one, other: frozenset((one, other)) in joined  # noqa: E731
    assert partition(grouped(order, related)) == partition(grouped(range(13), related))


def test_the_wire_text_in_the_seeds_is_found_and_the_two_real_reports_are_not_copies():
    found = find([str(Path(__file__).parents[2] / "seeds")])
    articles = [clean(one.article) for item in found.inputs for one in read(item) if isinstance(one, Arrival)]
    groups = [group for group in partition(arrive(fingerprints(articles))) if len(group) > 1]
    published = {article.id: article.publisher for article in articles}
    assert [{published[name] for name in group} for group in groups] == [{"The Brackwater Courier", "Eastholm Radio"}]


@pytest.fixture(scope="module")
def real_articles():
    if not BENCH.exists():
        pytest.skip("the data set is not beside the repository")
    lines = (BENCH / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    return fingerprints(clean(Article(row["_id"], row["title"], row["text"])) for row in map(json.loads, lines))


@pytest.mark.parametrize("seed", range(3))
def test_precision_and_recall_on_real_articles_do_not_fall(real_articles, seed):
    order = random.Random(seed).sample(list(real_articles), len(real_articles))
    rows = (BENCH / "pairs.tsv").read_text(encoding="utf-8").splitlines()[1:]
    gold = {frozenset(row.split("\t")[:2]) for row in rows}
    found = {group for group in partition(arrive({name: real_articles[name] for name in order})) if len(group) > 1}
    assert len(found & gold) / len(found) >= 0.99
    assert len(found & gold) / len(gold) >= 0.99


def grouped(order, related):
    """Groups by name, as articles arrive; ``related`` says which are copies."""
    groups = {}
    for number, name in enumerate(order):
        step = grouping(number, [group for other, group in groups.items() if related(name, other)])
        groups = {other: step.group if group in step.merged else group for other, group in groups.items()}
        groups[name] = step.group
    return groups


def fingerprints(articles):
    return {article.id: fingerprint(article.title, article.body) for article in articles}


def arrive(prints):
    """Groups by article id, compared only with what shares bands."""
    table = defaultdict(list)

    def related(name, other):
        return other in candidates[name] and copies(prints[name], prints[other])

    candidates = {}
    for name, one in prints.items():
        shared = Counter(other for band in one.bands() for other in table[band])
        candidates[name] = {other for other, _ in shared.most_common(CANDIDATES)}
        for band in one.bands():
            table[band].append(name)
    return grouped(list(prints), related)


def partition(groups):
    """The groups as sets of names, without their numbers."""
    members = defaultdict(set)
    for name, group in groups.items():
        members[group].add(name)
    return {frozenset(group) for group in members.values()}
