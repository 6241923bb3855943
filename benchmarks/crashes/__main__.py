"""Stop an index in the middle of its writing, at random and at every call, and see whether anything is lost.

    python -m benchmarks.crashes                 everything, evenly sampled
    python -m benchmarks.crashes --most 0        every single call

Needs Linux and a C compiler for stopping at calls; elsewhere, only random moments and damaged files are tried.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tqdm import tqdm

from benchmarks.crashes.calls import Stop
from benchmarks.crashes.news import warm_up
from benchmarks.crashes.operations import OPERATIONS, USED, Operation
from benchmarks.crashes.trials import (
    HARMS,
    Extent,
    Ground,
    Trial,
    damaged,
    evenly,
    full_at_call,
    killed_at_call,
    killed_at_random,
    view_files,
    watching,
)
from indexer import migrating

Plan = Callable[[], Trial]


def main() -> None:
    """Run the trials, print a table of them, and end with 1 if one has failed."""
    given = arguments()
    warm_up()
    migrating.BATCH = 16  # so that there are moments between batches, even with few articles
    logging.disable(logging.WARNING)  # that views are mended is what is expected here
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="crashes-") as name:
        plans = list(planned(given, Path(name)))
        trials = [made(plan) for plan in tqdm(plans, unit="trials", disable=None, smoothing=0)]
    print_table(trials)
    if given.json:
        given.json.write_text(json.dumps([asdict(trial) for trial in trials], indent=1))
    sys.exit(any(trial.problems for trial in trials))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [operation.name for operation in OPERATIONS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes", description=__doc__.splitlines()[0])
    parser.add_argument("--operations", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--moments", type=int, default=200, help="random moments, over all operations (200)")
    parser.add_argument("--most", type=int, default=20, help="calls tried for each operation and way; 0: all (20)")
    parser.add_argument("--damages", type=int, default=0, help="damaged files tried; 0: all (0)")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments (0)")
    parser.add_argument("--folder", type=Path, help="where indexes are made (the system's temporary one)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every trial there")
    return parser.parse_args()


def planned(given: argparse.Namespace, place: Path) -> Iterator[Plan]:
    """Yield every trial, yet to be made."""
    library = watching(place)
    if library is None:
        print("Without Linux, its seccomp and a C compiler, nothing is stopped at calls.", file=sys.stderr)
    chosen = [operation for operation in OPERATIONS if operation.name in given.operations]
    moments = random.Random(given.seed)
    for number, operation in enumerate(chosen):
        ground = Ground(operation, place)
        extent = ground.extent(library)
        for _ in range(number, given.moments, len(chosen)):
            yield partial(killed_at_random, ground, moments.uniform(0, extent.seconds))
        if library is not None:
            yield from stopped_at_calls(ground, library, extent, given.most)
    yield from damages(place, given.damages)


def stopped_at_calls(ground: Ground, library: Path, extent: Extent, most: int) -> Iterator[Plan]:
    """Yield the trials at calls."""
    for how in (Stop.BEFORE, Stop.WITHIN):
        for at in evenly(extent.changes, most):
            yield partial(killed_at_call, ground, library, how, at)
    for at in evenly(extent.growths, most):
        yield partial(full_at_call, ground, library, at)


def damages(place: Path, most: int) -> Iterator[Plan]:
    """Yield the trials with damaged files."""
    ground = Ground(Operation("damage", [], USED), place)
    files = view_files(ground.start)
    both = [(file, harm) for file in files for harm in HARMS]
    for number in evenly(len(both), most):
        yield partial(damaged, ground, *both[number - 1])


def made(plan: Plan) -> Trial:
    """Make a trial, and say at once what was wrong."""
    trial = plan()
    for problem in trial.problems:
        tqdm.write(f"{trial.operation}, {trial.how}, {trial.where}: {problem}", file=sys.stderr)
    return trial


def print_table(trials: list[Trial]) -> None:
    """Print how many trials of each kind left the index intact, and what was wrong in the others."""
    kinds: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        kinds[trial.operation, trial.how].append(trial)
    print(f"{'operation':18}{'what happened':28}{'trials':>8}{'stopped':>9}{'intact':>8}")
    for (operation, how), own in kinds.items():
        stopped, intact = sum(one.stopped for one in own), sum(not one.problems for one in own)
        print(f"{operation:18}{how:28}{len(own):8}{stopped:9}{intact:8}")
    print(f"\n{sum(not trial.problems for trial in trials)} of {len(trials)} intact")


if __name__ == "__main__":
    main()
