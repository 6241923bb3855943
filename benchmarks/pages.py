"""How much of the right text of web pages is read: Dateline against trafilatura's own settings, in one run.

    python benchmarks/pages.py FOLDER

FOLDER holds pages (``NAME.html.gz``) and ``ground-truth.json``, which gives the ``articleBody`` of each NAME, as in the
article extraction benchmark of Zyte. The figure is the mean F1 of the words of a page, each counted as often as it
stands.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import trafilatura

from indexer.cleaning import clean
from indexer.sources import pages
from indexer.types import Arrival

SETTINGS: dict[str, dict[str, bool]] = {
    "trafilatura": {},
    **{
        f"trafilatura without comments, {focus or 'balanced'}{', fast' if fast else ''}": {
            **({focus: True} if focus else {}),
            "include_comments": False,
            "fast": fast,
        }
        for focus in ("", "favor_precision", "favor_recall")
        for fast in (False, True)
    },
}
"""Its settings that bear on prose; leaving tables out as well never helped."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was fetched and the text of its article."""

    data: bytes
    body: str


def load(folder: Path) -> list[Page]:
    """Return the pages of ``folder`` that have a ground truth."""
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        Page(gzip.decompress((folder / f"{name}.html.gz").read_bytes()), facts["articleBody"])
        for name, facts in truth.items()
    ]


def f1(text: str, right: str) -> float:
    """Harmonic mean of precision and recall over the words of two texts."""
    found, wanted = (Counter(re.findall(r"\w+", one.lower())) for one in (text, right))
    total = found.total() + wanted.total()
    return 2 * (found & wanted).total() / total if total else 1.0


def ours(data: bytes) -> str:
    """The body Dateline indexes; nothing where the page is rejected."""
    arrival = pages.arrive(data, "page")
    return clean(arrival.article).body if isinstance(arrival, Arrival) else ""


def scores(found: list[Page]) -> dict[str, float]:
    """Return the mean F1 of Dateline and of each setting of trafilatura, over the same pages."""

    def mean(texts: list[str]) -> float:
        return sum(f1(text, page.body) for text, page in zip(texts, found, strict=True)) / len(found)

    given = [page.data.decode("utf-8", "replace") for page in found]
    theirs = {
        name: mean([trafilatura.extract(text, **chosen) or "" for text in given]) for name, chosen in SETTINGS.items()
    }
    return {"dateline": mean([ours(page.data) for page in found])} | theirs


def main() -> None:
    """Print the figures, best first."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    for name, score in sorted(scores(load(parser.parse_args().folder)).items(), key=lambda one: -one[1]):
        print(f"{score:.4f}  {name}")


if __name__ == "__main__":
    main()
