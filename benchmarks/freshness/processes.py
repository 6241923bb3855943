"""The service and the indexer in processes of their own, and a client of the service."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import sleep
from typing import Any

DATELINE = (sys.executable, "-m", "service")
HASHING = (sys.executable, "-m", "benchmarks.freshness.hashing")
KEY = "freshness"


class Client:
    """Speaks with a service over one connection."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, content: object = None) -> tuple[int, Any]:
        """Return the status and what was answered."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        body = None if content is None else json.dumps(content)
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, HTTPException):
            self._connection.close()
            raise

    def search(self, question: str, **asked: object) -> Any:  # noqa: ANN401 (JSON)
        """Return the answer to a question."""
        status, answer = self.ask("POST", "/search", {"q": question, **asked})
        if status != 200:
            raise RuntimeError(f"search: {status} {answer}")
        return answer


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def memory(self) -> float:
        """Megabytes of it that are in memory."""
        told = subprocess.check_output(["ps", "-o", "rss=", "-p", str(self.process.pid)])
        return int(told) / 1024


@dataclass(frozen=True, slots=True)
class Stand:
    """An index, and how it is served and added to."""

    index: Path
    embedder: str
    niceness: int

    @contextmanager
    def served(self, *, writable: bool = False) -> Iterator[Service]:
        """Serve the index on a free port for as long as the block lasts."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command: Sequence[object] = (*DATELINE, "serve", "--index", self.index, "--port", port)
        if self.embedder == "words":
            command = (*HASHING, "serve", self.index, port)
        environ = {**os.environ, **({"DATELINE_WRITE_KEY": KEY} if writable else {})}
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, env=environ)
        try:
            wait_for(Service(process, port))
            yield Service(process, port)
        finally:
            process.terminate()
            process.wait()

    def add(self, file: Path) -> subprocess.Popen[bytes]:
        """Begin to add the articles of a file."""
        command: Sequence[object] = (*DATELINE, "add", file, "--index", self.index)
        if self.embedder == "words":
            command = (*HASHING, "add", self.index, file)
        if self.niceness:
            command = ("nice", "-n", self.niceness, *command)
        return subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)


def wait_for(service: Service) -> None:
    """Return when the service has its model and its index."""
    while service.process.poll() is None:
        try:
            if Client(service.port).ask("GET", "/readyz")[0] == 200:
                return
        except (OSError, HTTPException):
            pass
        sleep(0.2)
    raise SystemExit("The service did not start; see above.")
