"""What every system is asked to do, and the one load generator. Runs in each system's own environment: no imports.

    python SYSTEM.py index FILES FOLDER          make an index; says how long it took and what memory it needed
    python SYSTEM.py serve FOLDER PORT           the server, and nothing else
    python SYSTEM.py first PORT FILES            ask until the first answer comes
    python SYSTEM.py load PORT FILES CLIENTS N   ask N questions through so many clients at once
    python SYSTEM.py paced PORT FILES RATE       ask so many a second until standard input is closed
    python SYSTEM.py filtered PORT FILES N       ask N times under filters that leave ten passages or fewer
    python SYSTEM.py add PORT FOLDER FILES       add to an index that is being served

The folder of the model is in PEER_MODEL. Each prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from select import select
from threading import local
from time import monotonic, process_time, sleep
from typing import Any, Protocol

MODEL = os.environ.get("PEER_MODEL", "")
TOP = 10
WARM_UP = 20
PATIENCE = 120.0
"""Seconds that a server may take to start."""


class Client(Protocol):
    """Asks a server. Threads may share one."""

    def ask(self, question: str) -> list[str]:
        """Return the ids of the ten best, as whoever uses the system would ask for them."""

    def ask_within(self, question: str, section: str) -> list[str]:
        """Return the ids of the ten best passages of one section."""


class System(Protocol):
    """One of the systems that are compared."""

    def load(self) -> None:
        """Get ready to index: import, and load the model."""

    def index(self, files: Path, folder: Path) -> None:
        """Make an index of ``files``; stored, searchable and durable on return."""

    def serve(self, folder: Path, port: int) -> None:
        """Become the server."""

    def client(self, port: int) -> Client:
        """Return a client; raises while the server is not there."""

    def add(self, port: int, folder: Path, files: Path) -> None:
        """Add ``files`` to an index that is being served; searchable on return."""


def main(system: System) -> None:
    """Do what the command line says."""
    command, *given = sys.argv[1:]
    found = COMMANDS[command](system, *given)
    print(json.dumps(found))


def index(system: System, files: str, folder: str) -> dict[str, float]:
    """Make an index."""
    begun = monotonic()
    system.load()
    loaded, worked = monotonic(), process_time()
    system.index(Path(files), Path(folder))
    return {
        "load": loaded - begun,
        "index": monotonic() - loaded,
        "worked": process_time() - worked,
        "memory": peak(os.getpid()),
    }


def serve(system: System, folder: str, port: str) -> None:
    """Serve an index."""
    system.serve(Path(folder), int(port))


def first(system: System, port: str, files: str) -> dict[str, float]:
    """Ask until there is an answer."""
    reached(system, int(port), questions(Path(files))[0])
    return {}


def load(system: System, port: str, files: str, clients: str, count: str) -> dict[str, Any]:
    """Ask ``count`` questions through ``clients`` at once, each one after the other."""
    asked = questions(Path(files))
    client = reached(system, int(port), asked[0])
    ask = partial(timed, client)
    with ThreadPoolExecutor(int(clients)) as pool:
        list(pool.map(ask, islice(cycle(asked), WARM_UP)))
        begun, worked = monotonic(), process_time()
        took = list(pool.map(ask, islice(cycle(asked), int(count))))
        return {
            "took": took,
            "seconds": monotonic() - begun,
            "worked": process_time() - worked,
            "memory": peak(os.getpid()),
        }


def paced(system: System, port: str, files: str, rate: str) -> dict[str, Any]:
    """Ask ``rate`` questions a second; each wait counts from when its question was due."""
    asked = cycle(questions(Path(files)))
    client = reached(system, int(port), next(asked))
    for question in islice(asked, WARM_UP):
        client.ask(question)
    print("ready", flush=True)
    begun, took = monotonic(), []
    while not select([sys.stdin], [], [], 0)[0]:
        due = begun + len(took) / float(rate)
        sleep(max(0.0, due - monotonic()))
        client.ask(next(asked))
        took.append(monotonic() - due)
    return {"took": took}


def filtered(system: System, port: str, files: str, count: str) -> dict[str, float]:
    """Return the share of the passages of a section that come, where there are ten of them or fewer."""
    asked = questions(Path(files))[: int(count)]
    client = reached(system, int(port), asked[0])
    sections: dict[str, set[str]] = {}
    for one in passages(Path(files)):
        sections.setdefault(one["section"], set()).add(one["id"])
    small = {name: ids for name, ids in sections.items() if TOP // 2 <= len(ids) <= TOP}
    shares = [
        len(ids & set(client.ask_within(question, name))) / len(ids)
        for question, (name, ids) in zip(asked, cycle(small.items()), strict=False)
    ]
    size = sum(map(len, small.values())) / len(small) / sum(map(len, sections.values()))
    return {"found": sum(shares) / len(shares), "of": size, "asked": len(shares)}


def add(system: System, port: str, folder: str, files: str) -> dict[str, float]:
    """Add to an index that is being served."""
    begun = monotonic()
    system.add(int(port), Path(folder), Path(files))
    return {"seconds": monotonic() - begun}


COMMANDS: dict[str, Callable[..., Any]] = {
    "index": index,
    "serve": serve,
    "first": first,
    "load": load,
    "paced": paced,
    "filtered": filtered,
    "add": add,
}


def timed(client: Client, question: str) -> float:
    """Ask, and return the seconds it took."""
    begun = monotonic()
    client.ask(question)
    return monotonic() - begun


def reached(system: System, port: int, question: str) -> Client:
    """Return a client that has had an answer, as soon as there is one."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        with suppress(Exception):  # whatever it is, it may be because the server is not ready
            client = system.client(port)
            client.ask(question)
            return client
        sleep(0.05)
    raise SystemExit("The server did not answer.")


def passages(files: Path) -> Iterator[dict[str, str]]:
    """Yield the passages to index: their ``id``, ``text`` and ``section``."""
    with (files / "passages.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def questions(files: Path) -> list[str]:
    """Return the questions to ask."""
    found: list[str] = json.loads((files / "questions.json").read_text("utf-8"))
    return found


def peak(process: int) -> float:
    """Megabytes that a process has had in memory at most."""
    told = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(told[1]) / 1024 if told else 0.0


def worked(process: int) -> float:
    """Seconds of processor time that a process has used, all its threads together."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


class Connections:
    """Speaks JSON with a server, over one connection a thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._threads = local()

    def ask(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Return what is answered; raises RuntimeError where it is not what was asked for."""
        connection = getattr(self._threads, "opened", None)
        if connection is None:
            connection = self._threads.opened = HTTPConnection("127.0.0.1", self._port, timeout=600)
        body = None if content is None else json.dumps(content)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        except Exception:
            del self._threads.opened
            raise
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:500]!r}")
        return json.loads(answer)
