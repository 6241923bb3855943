"""What is measured of each system, each time in fresh processes."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from benchmarks.peers.environments import System
from benchmarks.peers.harness import WARM_UP, peak, worked

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked."""

    alone: int = 200
    together: int = 400
    filtered: int = 100
    rate: float = 5.0


def measured(system: System, texts: Path, folder: Path, sizes: Sizes) -> Figures:
    """Index, serve and ask; return every figure of one round."""
    count = sum(1 for _ in (texts / "first" / "passages.jsonl").open(encoding="utf-8"))
    more = sum(1 for _ in (texts / "later" / "passages.jsonl").open(encoding="utf-8"))
    figures = indexed(system, texts / "first", folder, count)
    port = free_port()
    begun = monotonic()
    with served(system, folder, port) as server:
        run(system, "first", port, texts / "first")
        figures["start to first answer, s"] = monotonic() - begun
        for clients, asked in ((1, sizes.alone), (16, sizes.together)):
            figures |= loaded(system, port, texts / "first", clients, asked, server.pid)
        told = run(system, "filtered", port, texts / "first", sizes.filtered)
        figures["found of up to 10 that a filter leaves"] = told["found"]
        figures["share that it leaves, %"] = 100 * told["of"]
        figures["peak memory serving, MB"] = peak(server.pid)
        figures |= while_adding(system, port, folder, texts, sizes.rate, more)
    return figures


def indexed(system: System, files: Path, folder: Path, count: int) -> Figures:
    """Make an index."""
    begun = monotonic()
    told = run(system, "index", files, folder)
    wall = monotonic() - begun
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "indexing, passages/s": count / told["index"],
        "... with start and model": count / wall,
        "processor time, ms/passage": 1000 * told["worked"] / count,
        "peak memory indexing, MB": told["memory"],
        "on disk, bytes/passage": size / count,
    }


def loaded(system: System, port: int, files: Path, clients: int, count: int, server: int) -> Figures:
    """Ask ``count`` questions through ``clients`` at once. Processor time is that of both sides."""
    before = worked(server)
    told = run(system, "load", port, files, clients, count)
    served = (worked(server) - before) * count / (count + WARM_UP + 1)
    name = "1 client" if clients == 1 else f"{clients} clients"
    return {
        **percentiles(told["took"], f"{name}, ms", (50, 95, 99)),
        f"{name}, questions/s": count / told["seconds"],
        f"{name}, processor time, ms/question": 1000 * (served + told["worked"]) / count,
        "peak memory of the client, MB": told["memory"],
    }


def while_adding(system: System, port: int, folder: Path, texts: Path, rate: float, count: int) -> Figures:
    """Add articles while questions come at a fixed rate."""
    command = system.command("paced", port, texts / "first", rate)
    asking = subprocess.Popen(
        command, env=system.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert asking.stdout is not None
    while asking.stdout.readline().strip() != "ready":
        if asking.poll() is not None:
            raise SystemExit(f"{system.name}: the client ended early.")
    told = run(system, "add", port, folder, texts / "later")
    took = json.loads(asking.communicate("\n")[0].splitlines()[-1])["took"]
    return {**percentiles(took, "while adding, ms", (50, 99)), "adding, passages/s": count / told["seconds"]}


def percentiles(seconds: list[float], name: str, shares: tuple[int, ...]) -> Figures:
    """Sum up what was measured."""
    return {f"{name}: p{share}": 1000 * float(np.percentile(seconds, share)) for share in shares}


def run(system: System, *arguments: object) -> Any:  # noqa: ANN401 (JSON)
    """Have the system's script do something, and return what it says."""
    done = subprocess.run(system.command(*arguments), env=system.environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(done.args)} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def served(system: System, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Serve an index for as long as the block lasts."""
    command = system.command("serve", folder, port)
    process = subprocess.Popen(command, env=system.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
