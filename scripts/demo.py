"""What `make demo` runs once the samples are indexed: serve them, ask a question, and serve on until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection
from time import sleep
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import click

from service.cli import readable
from service.schemas import EXAMPLE_QUESTION, AnswerOut


def free_port(port: int) -> int:
    """Return ``port``, or the next one on which nobody answers."""
    try:
        create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return port
    return free_port(port + 1)


@contextmanager
def service(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the service for as long as the block lasts."""
    process = subprocess.Popen([Path(sys.executable).with_name("dateline"), "serve", "--port", str(port)])
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def is_ready(address: str) -> bool:
    """Tell whether the service has its model and its index."""
    try:
        return bool(urlopen(f"{address}/readyz", timeout=5).status == 200)
    except (URLError, OSError):
        return False


@click.command()
@click.option("--port", type=int, default=8000, help="Where to serve; the next free port if it is taken.")
def main(port: int) -> None:
    """Serve the index, ask it a question, and serve on until Ctrl-C or until the caller is gone."""
    caller = os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    port = free_port(port)
    address = f"http://127.0.0.1:{port}"
    question = f"{address}/search?{urlencode({'q': EXAMPLE_QUESTION, 'limit': 3})}"
    with suppress(KeyboardInterrupt), service(port) as process:
        while not is_ready(address):
            if process.poll() is not None:
                sys.exit("The service did not start; see above.")
            sleep(0.5)
        answer = AnswerOut.model_validate_json(urlopen(question).read())
        click.echo(f"\n{EXAMPLE_QUESTION}\n\n{readable(answer)}\n")
        click.echo(f"Dateline serves {answer.index.articles} sample articles until Ctrl-C. Open")
        click.echo(f"  {address}/        to ask something else")
        click.echo(f"  {address}/docs    to see and try every route")
        click.echo(f"  {question}\n        for the answer above as JSON\n")
        while process.poll() is None and os.getppid() == caller:
            sleep(0.5)


if __name__ == "__main__":
    main()
