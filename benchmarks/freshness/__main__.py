"""How soon is news found, and what does its arrival cost those who search?

    python -m benchmarks.freshness                           everything, with the default model
    python -m benchmarks.freshness --embedder words          without the time that embedding takes
    python -m benchmarks.freshness --through http            the articles come by POST

Articles are made up, 200 to 400 words long. All figures of a table are of one run. Needs ``ps``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic

from benchmarks.crashes.news import HashEmbedder
from benchmarks.freshness import news
from benchmarks.freshness.hashing import MODEL
from benchmarks.freshness.measures import Latency, Memory, add, compactions, post, searches, visible
from benchmarks.freshness.processes import Client, Service, Stand
from indexer.embedded import open_index
from indexer.embedding import Embedder, load_embedder
from indexer.types import Article

Figure = Latency | Memory | float
Figures = dict[str, Figure]

FAR = 1_000_000
"""From here on articles are numbered that come after the upserts."""


def main() -> None:
    """Measure, and print what was found."""
    given = arguments()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="freshness-") as name:
        stand = Stand(Path(name) / "index", given.embedder, given.niceness)
        first = news.write(map(news.article, range(given.known)), Path(name) / "first.jsonl")
        if stand.add(first).wait():
            sys.exit("The first articles could not be added; see above.")
        found = {measure: MEASURES[measure](stand, given) for measure in given.measures}
    for measure, figures in found.items():
        print(f"\n{measure}")
        for label, one in figures.items():
            print(f"    {label:<28}" + "  ".join(f"{key} {value:,}".strip() for key, value in told(one).items()))
    if given.json:
        content = {name: {label: told(one) for label, one in figures.items()} for name, figures in found.items()}
        given.json.write_text(json.dumps({"settings": settings(given), **content}, indent=2), encoding="utf-8")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freshness", description=__doc__.splitlines()[0])
    parser.add_argument("--measures", nargs="+", choices=MEASURES, default=list(MEASURES), help="default: all")
    parser.add_argument("--known", type=int, default=2000, help="articles in the index at first (default: 2000)")
    parser.add_argument("--upserts", type=int, default=10_000, help="articles upserted, half of them new")
    parser.add_argument("--seconds", type=float, default=60, help="of searches without an indexer (default: 60)")
    parser.add_argument("--rate", type=float, default=10, help="questions a second (default: 10)")
    parser.add_argument("--niceness", type=int, default=0, help="niceness of the indexer (default: its own)")
    parser.add_argument("--singles", type=int, default=100, help="articles added one by one (default: 100)")
    parser.add_argument("--compactions", type=int, default=100)
    parser.add_argument("--through", choices=("add", "http"), default="add", help="how the upserts come")
    parser.add_argument("--embedder", choices=("default", "words"), default="default")
    parser.add_argument("--folder", type=Path, help="where to keep the index meanwhile (default: the system's)")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    return parser.parse_args()


def beside_an_indexer(stand: Stand, given: argparse.Namespace) -> Figures:
    """Searches while nothing else happens, and while articles are upserted."""
    articles = list(news.upserts(given.upserts, given.known))
    with stand.served(writable=given.through == "http") as service:
        searches(service, given.rate, lambda seconds: seconds > 5)  # warms up
        idle = searches(service, given.rate, lambda seconds: seconds > given.seconds)
        done = started(stand, service, articles, given.through)
        begun = monotonic()
        busy = searches(service, given.rate, lambda _: done(), first=len(idle))
        took = monotonic() - begun
    one, other = Latency.of(idle), Latency.of(busy)
    return {
        "idle, ms": one,
        "while articles come, ms": other,
        "p99 busy / p99 idle": round(other.p99 / one.p99, 2),
        "articles a second": round(given.upserts / took, 1),
    }


def started(stand: Stand, service: Service, articles: list[Article], through: str) -> Callable[[], bool]:
    """Begin to upsert and return what says whether it is done."""
    if through == "http":
        thread = Thread(target=post, args=(service, articles))
        thread.start()
        return lambda: not thread.is_alive()
    process = stand.add(news.write(articles, stand.index.parent / "upserts.jsonl"))
    return lambda: process.poll() is not None


def until_visible(stand: Stand, given: argparse.Namespace) -> Figures:
    """How long a single article takes to another process, from the moment that it is said to be indexed."""
    embedder = embedder_of(given)
    index = open_index(stand.index, embedder.model)
    singles = [news.article(FAR + number) for number in range(2 * given.singles)]
    with stand.served() as reader, stand.served(writable=True) as writer:
        client = Client(writer.port)

        def send(one: Article) -> None:
            status, answer = client.ask("POST", "/articles", news.record(one))
            if status != 201:
                raise RuntimeError(f"POST /articles: {status} {answer}")

        added = visible(reader, singles[: given.singles], partial(add, index, embedder))
        posted = visible(reader, singles[given.singles :], send)
    return {"after add, ms": Latency.of(added), "after POST, ms": Latency.of(posted)}


def over_compactions(stand: Stand, given: argparse.Namespace) -> Figures:
    """How the memory of a service develops."""
    embedder = embedder_of(given)
    with stand.served() as service:
        index = open_index(stand.index, embedder.model)
        return {"memory, MB": Memory.of(compactions(service, index, embedder, given.compactions, 2 * FAR))}


def embedder_of(given: argparse.Namespace) -> Embedder:
    """Return the embedder that was chosen."""
    return HashEmbedder(MODEL) if given.embedder == "words" else load_embedder()


def told(one: Figure) -> dict[str, float]:
    """Return a figure with the names of its parts."""
    return {"": one} if isinstance(one, float) else asdict(one)


def settings(given: argparse.Namespace) -> dict[str, object]:
    """Return what was asked for."""
    return {name: value for name, value in vars(given).items() if isinstance(value, int | float | str)}


MEASURES = {
    "searches": beside_an_indexer,
    "visible": until_visible,
    "memory": over_compactions,
}

if __name__ == "__main__":
    main()
