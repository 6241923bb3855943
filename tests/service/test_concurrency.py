"""Many readers beside a writer in another process: no errors, and every answer is of one state of the index."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import uvicorn
from fakes import CHUNKING, WordEmbedder, arrived, article, revision

from indexer import pipeline
from indexer.embedded import create, open_index
from service.app import create_app
from service.running import Running
from service.search import Searcher

CLIENTS = 16
ARRIVALS = 300
PER_BATCH = 10
MOST_SECONDS = 2.0


def twins(state):
    """Two articles that always change together."""
    return [article(f"twin{n}", f"The flag over tower {n} shows state {state}.", title="Flag") for n in (1, 2)]


def write(folder):
    """Add articles, changing the twins with every batch."""
    with open_index(folder).writing() as writer:
        for state, start in enumerate(range(0, ARRIVALS, PER_BATCH), 1):
            arrivals = [article(n, f"The storm reached harbour {n}.") for n in range(start, start + PER_BATCH)]
            writer.apply([revision(one) for one in (*arrivals, *twins(state))])


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "index", WordEmbedder.model, CHUNKING)
    index = open_index(tmp_path / "index")
    pipeline.add(index, WordEmbedder(), arrived(*twins(0)), chunking=CHUNKING)
    return tmp_path / "index"


@pytest.fixture
def ask(folder):
    app = create_app(Running(lambda: Searcher(open_index(folder), WordEmbedder())))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    def ask(**parameters):
        with urlopen(f"http://127.0.0.1:{port}/search?{urlencode(parameters)}") as response:
            return json.load(response)

    time.sleep(0.5)  # the index opens beside the running server
    yield ask
    server.should_exit = True
    thread.join()


def check_states(ask, done):
    """Ask until ``done`` and return the states seen; each answer must show both twins in the same one."""
    seen = []
    while not done.is_set():
        answer = ask(q="which state does the flag show", limit=2, min_confidence=0)
        states = {hit["text"].split()[-1] for hit in answer["results"]}
        assert len(answer["results"]) == 2 and len(states) == 1, answer
        state = int(states.pop().rstrip("."))
        assert answer["index"]["articles"] == 2 + state * PER_BATCH
        assert answer["index"]["sequence_number"] == 2 + state * (PER_BATCH + 2)
        seen.append(state)
    return seen


def test_every_answer_is_of_one_state_while_another_process_writes(folder, ask):
    done = threading.Event()
    writer = multiprocessing.get_context("spawn").Process(target=write, args=(folder,))
    with ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(check_states, ask, done) for _ in range(CLIENTS)]
        writer.start()
        writer.join()
        done.set()
        seen = [client.result() for client in asked]
    assert writer.exitcode == 0
    assert all(states == sorted(states) for states in seen)  # nobody goes back in time
    assert len({state for states in seen for state in states}) > 3  # and everybody was asking meanwhile
    deadline = time.monotonic() + MOST_SECONDS
    while (answer := ask(q="storm harbour", limit=100, min_confidence=0))["index"]["articles"] != 2 + ARRIVALS:
        assert time.monotonic() < deadline
    assert answer["total"] > 90
