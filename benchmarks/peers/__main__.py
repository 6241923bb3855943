"""Dateline beside txtai and Chroma: the same model, the same passages, in turn, in one run.

    python -m benchmarks.peers FOLDER                       FOLDER holds a data set in BEIR's format
    python -m benchmarks.peers FOLDER --articles 100        only its first 100 articles

installs the others in environments of their own (``--peers-dir`` keeps them), then has each system in turn index,
serve, answer and be added to, as often as ``--rounds`` says, and prints the median of every figure, with Dateline's
ratio to each. Times depend on the machine and on what else runs on it; the ratios are what count. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.peers import environments, texts
from benchmarks.peers.measures import Figures, Sizes, measured
from indexer.embedding import load_embedder
from indexer.embedding.weights import DEFAULT_MODEL, find_weights

TELLING = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
"""What the speed of a model depends on, as /proc/cpuinfo names it."""

Rounds = dict[str, list[Figures]]


def main() -> None:
    """Measure, and print what was found."""
    given = arguments()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="peers-") as name:
        work = Path(name)
        model = find_weights(DEFAULT_MODEL).folder
        systems = environments.installed(given.systems, given.peers_dir or work, model)
        load_embedder(str(model))  # compiled now, once, which is no part of any run
        articles = texts.write(given.data_set, given.articles, work)
        print(machine(), f"{articles} articles of {given.data_set.name}, {given.rounds} rounds", sep="\n", flush=True)
        sizes = replace(SIZES[given.quick], rate=given.rate)
        rounds: Rounds = {system.name: [] for system in systems}
        loads: list[float] = []
        for turn in range(given.rounds):
            for system in systems:
                loads.append(os.getloadavg()[0])
                rounds[system.name].append(measured(system, work, work / f"{system.name}-{turn}", sizes))
                print(f"round {turn + 1}: {system.name} done, load {loads[-1]:.1f}", flush=True)
    print("", *table(rounds), sep="\n")
    if given.json:
        content = {"machine": machine(), "articles": articles, "loads": loads, "rounds": rounds}
        given.json.write_text(json.dumps({**content, "pins": environments.PINS}, indent=2), encoding="utf-8")


SIZES = {False: Sizes(), True: Sizes(alone=40, together=80, filtered=20)}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("data_set", type=Path, metavar="FOLDER", help="a data set in BEIR's format")
    parser.add_argument("--articles", type=int, help="how many to index; half as many more are added (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--quick", action="store_true", help="ask fewer questions")
    parser.add_argument("--rate", type=float, default=5.0, help="questions a second while adding (default: 5)")
    parser.add_argument("--systems", nargs="+", choices=environments.SYSTEMS, default=list(environments.SYSTEMS))
    parser.add_argument("--peers-dir", type=Path, help="where the others are installed (default: a temporary folder)")
    parser.add_argument("--folder", type=Path, help="where to keep indexes meanwhile (default: the system's)")
    parser.add_argument("--json", type=Path, help="write the figures of every round there as well")
    return parser.parse_args()


def machine() -> str:
    """Say what this runs on."""
    told = Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", told)
    flags = set(" ".join(re.findall(r"^flags\s*:(.*)$", told, re.MULTILINE)[:1]).split())
    has = " ".join(one for one in TELLING if one in flags)
    lacks = " ".join(one for one in TELLING if one not in flags)
    return f"{os.cpu_count()} x {name[1] if name else platform.machine()}; has {has}; lacks {lacks}"


def table(rounds: Rounds) -> list[str]:
    """Return the lines of a table: medians, and what Dateline's are divided by each other system's."""
    medians = {name: medians_of(found) for name, found in rounds.items()}
    first, *others = medians
    ratios = [f"{first} / {name}" for name in others]
    lines = [row(["", *medians, *ratios]), row(["---"] * (1 + len(medians) + len(ratios)))]
    for label, value in medians[first].items():
        values = [medians[name][label] for name in others]
        divided = [f"{value / other:.2f}" if other else "" for other in values]
        lines.append(row([label, *(f"{one:,.{3 if one < 1 else 1}f}" for one in (value, *values)), *divided]))
    return lines


def medians_of(found: Sequence[Figures]) -> Figures:
    """Return the median of every figure."""
    return {label: median(one[label] for one in found) for label in found[0]}


def row(cells: Sequence[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
