"""How well copies and stories are found, one article at a time, in several orders of arrival.

    python benchmarks/stories.py FOLDER [--orders N]

FOLDER holds a ``corpus.jsonl`` and either a ``pairs.tsv``, whose lines name two copies, or a ``clusters.tsv``, whose
lines name an article and its story; both begin with a heading. The first order is that of the file.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np

from indexer import Article, Chunking, load_embedder
from indexer.chunking import chunk
from indexer.cleaning import clean
from indexer.copies import CANDIDATES, copies, fingerprint, grouping
from indexer.embedding import embeddable
from indexer.stories import NEIGHBOURS, Neighbour, opening, place, story_id

Order = Sequence[int]
Groups = list[object]
"""The group of each article, in the order of the file."""


def articles(folder: Path) -> list[Article]:
    """The corpus, cleaned as the indexer does."""
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [clean(Article(row["_id"], row["title"], row["text"])) for row in rows]


def table(path: Path) -> Iterator[list[str]]:
    """The lines of a table, without its heading."""
    return (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])


def copy_finder(corpus: list[Article]) -> Callable[[Order], Groups]:
    """Return what groups copies in a given order of arrival."""
    prints = [fingerprint(article.title, article.body) for article in corpus]
    bands = [one.bands() for one in prints]

    def arrive(order: Order) -> Groups:
        group: dict[int, int] = {}
        holders: dict[int, list[int]] = defaultdict(list)
        for number, one in enumerate(order):
            shared = Counter(other for band in bands[one] for other in holders[band]).most_common(CANDIDATES)
            found = grouping(number, [group[other] for other, _ in shared if copies(prints[one], prints[other])])
            group = {other: found.group if held in found.merged else held for other, held in group.items()}
            group[one] = found.group
            for band in bands[one]:
                holders[band].append(one)
        return [group[one] for one in range(len(corpus))]

    return arrive


def story_finder(corpus: list[Article]) -> Callable[[Order], Groups]:
    """Return what finds stories in a given order of arrival; neighbours are the nearest by any of their passages."""
    cut = [chunk(article, Chunking()) for article in corpus]
    texts = [embeddable(one.title, part.text) for one, parts in zip(corpus, cut, strict=True) for part in parts]
    vectors = load_embedder().embed_passages(texts).astype(np.float16).astype(np.float32)  # as the index keeps them
    ends = np.cumsum([len(parts) for parts in cut])
    owned = np.split(vectors, ends[:-1])
    openings = [opening(article, rows[0]) for article, rows in zip(corpus, owned, strict=True)]
    cosines = np.array([[(rows @ one[0]).max() for rows in owned] for one in owned])

    def arrive(order: Order) -> Groups:
        story: dict[int, str] = {}
        for one in order:
            nearest = sorted(story, key=lambda other: -cosines[one, other])[:NEIGHBOURS]
            neighbours = [Neighbour(openings[other], story[other]) for other in nearest]
            story[one] = place(openings[one], neighbours) or story_id(corpus[one].id)
        return [story[one] for one in range(len(corpus))]

    return arrive


def pairwise(found: Groups, gold: set[frozenset[int]]) -> tuple[float, float]:
    """Precision and recall of the pairs that share a group."""
    members = defaultdict(list)
    for one, group in enumerate(found):
        members[group].append(one)
    pairs = {frozenset(pair) for group in members.values() for pair in combinations(group, 2)}
    return len(pairs & gold) / max(1, len(pairs)), len(pairs & gold) / len(gold)


def bcubed(found: Groups, gold: Groups) -> tuple[float, float]:
    """BCubed precision and recall (Bagga and Baldwin, 1998): each article's own, averaged over the articles."""
    both, ours, theirs = Counter(zip(found, gold, strict=True)), Counter(found), Counter(gold)
    shared = [(both[mine, right], mine, right) for mine, right in zip(found, gold, strict=True)]
    return fmean(n / ours[mine] for n, mine, _ in shared), fmean(n / theirs[right] for n, _, right in shared)


def report(
    corpus: list[Article],
    arrive: Callable[[Order], Groups],
    score: Callable[[Groups], tuple[float, float]],
    orders: int,
) -> None:
    """Print precision, recall and F1 in each order, and their means."""
    rows = []
    for seed in range(orders):
        order = list(range(len(corpus)))
        if seed:
            random.Random(seed).shuffle(order)
        start = time.perf_counter()
        precision, recall = score(arrive(order))
        milliseconds = (time.perf_counter() - start) / len(corpus) * 1000
        rows.append((precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)))
        name = f"order {seed}" if seed else "the file's"
        print(
            f"{name:10}  P {rows[-1][0]:.3f}  R {rows[-1][1]:.3f}  F1 {rows[-1][2]:.3f}  {milliseconds:.2f} ms/article"
        )
    means = "  ".join(
        f"{name} {fmean(column):.3f}" for name, column in zip(("P", "R", "F1"), zip(*rows, strict=True), strict=True)
    )
    print(f"{'mean':10}  {means}  (F1 ± {pstdev(row[2] for row in rows):.3f})")


def main() -> None:
    """Measure what the folder has the answers to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=6, help="the file's order and shuffled ones (default: 6)")
    given = parser.parse_args()
    corpus = articles(given.folder)
    place_of = {article.id: number for number, article in enumerate(corpus)}
    if (given.folder / "pairs.tsv").exists():
        pairs = {frozenset((place_of[one], place_of[other])) for one, other, *_ in table(given.folder / "pairs.tsv")}
        print(f"copies: {len(corpus)} articles, {len(pairs)} pairs")
        report(corpus, copy_finder(corpus), lambda found: pairwise(found, pairs), given.orders)
    if (given.folder / "clusters.tsv").exists():
        gold = dict(table(given.folder / "clusters.tsv"))
        stories: Groups = [gold[article.id] for article in corpus]
        print(f"stories: {len(corpus)} articles, {len(set(stories))} stories")
        report(corpus, story_finder(corpus), lambda found: bcubed(found, stories), given.orders)


if __name__ == "__main__":
    main()
