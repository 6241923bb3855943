"""The service in processes of their own: stopped with a signal, and killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from serve_words import KEY

from indexer.embedded import open_index
from indexer.types import Filter

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 60


class Service:
    """A service in a process of its own."""

    def __init__(self, *command, **environment):
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        command = [sys.executable, *(str(one).format(port=self.port) for one in command)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
        )

    def ask(self, method, path, content=None):
        """Ask on a connection of one's own; status, headers in lower case, and what the body says."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=MOST_SECONDS)) as connection:
            headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(content) if content is not None else None, headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, json.loads(text or "null")

    def ready(self):
        deadline = time.monotonic() + MOST_SECONDS
        while True:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                pass
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def ended(self):
        """Wait for the end; the exit code, and what was written to standard error."""
        _, told = self.process.communicate(timeout=MOST_SECONDS)
        return self.process.returncode, told


@pytest.fixture
def serve(tmp_path):
    services = []

    def start(*options):
        services.append(Service(ROOT / "tests" / "serve_words.py", tmp_path / "index", "{port}", *options))
        return services[-1].ready()

    yield start
    for service in services:
        service.process.kill()
        service.process.communicate()


def story(number):
    return {"id": f"a{number}", "title": f"Headline {number}", "body": f"The harbour bridge has {number} piers."}


def finished(service, location):
    deadline = time.monotonic() + MOST_SECONDS
    while (job := service.ask("GET", location)[2])["state"] == "waiting":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def articles_of(folder):
    """The articles that the store has, and how many passages of each the word view finds."""
    index = open_index(folder)
    snapshot = index.snapshot()
    stored = list(index.store.digests([f"a{number}" for number in range(1000)]))
    found = snapshot.words.nearest("harbour bridge piers", 2000, Filter(datetime.now(UTC)))
    return stored, Counter(one.article_id for one in snapshot.candidates(found.keys))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_runs_refuses_what_comes_and_ends_well(serve, number):
    service = serve("--slow-query", "2")
    with ThreadPoolExecutor() as clients:
        running = clients.submit(service.ask, "GET", "/search?q=bridge")
        kept_alive = HTTPConnection("127.0.0.1", service.port, timeout=MOST_SECONDS)
        kept_alive.connect()
        time.sleep(0.5)
        service.stop(number)
        time.sleep(0.3)
        for method, path, content in (
            ("GET", "/readyz", None),
            ("GET", "/search?q=bridge", None),
            ("POST", "/articles", story(1)),
        ):
            status, headers, problem = service.ask(method, path, content)
            assert (status, headers["content-type"]) == (503, "application/problem+json")
            assert int(headers["retry-after"]) > 0 and headers["connection"] == "close"
            assert problem["request_id"] == headers["x-request-id"]
        assert service.ask("GET", "/healthz")[0] == 200
        kept_alive.request("GET", "/search?q=bridge")
        assert kept_alive.getresponse().status == 503
        kept_alive.close()
        assert running.result()[0] == 200
    assert service.ended() == (0, "")


def test_idle_it_ends_at_once(serve):
    service = serve("--grace", "1000")
    service.stop()
    assert service.ended() == (0, "")


def test_what_does_not_finish_in_time_is_cut_off(serve):
    service = serve("--slow-query", "1000", "--grace", "0.5")
    with ThreadPoolExecutor() as clients:
        running = clients.submit(service.ask, "GET", "/search?q=bridge")
        time.sleep(0.5)
        service.stop()
        code, told = service.ended()
        assert code == 1
        assert "cut off" in told
        assert running.exception() or running.result()[0] >= 500


def test_a_job_is_left_at_a_stop_and_taken_up_at_the_next_start(serve, tmp_path):
    service = serve("--slow-passages", "0.5")
    status, headers, _ = service.ask("POST", "/articles", [story(number) for number in range(100)])
    assert status == 202
    time.sleep(0.7)
    service.stop()
    assert service.ended() == (0, "")
    assert len(articles_of(tmp_path / "index")[0]) < 100
    again = serve()
    assert finished(again, headers["location"])["state"] == "done"
    stored, passages = articles_of(tmp_path / "index")
    assert len(stored) == 100 and passages == dict.fromkeys(stored, 1)


@pytest.mark.parametrize("after", [0, 0.05, 0.2, 0.5])
def test_killed_after_its_answer_it_loses_nothing_and_has_nothing_twice(serve, tmp_path, after):
    service = serve()
    status, headers, _ = service.ask("POST", "/articles", [story(number) for number in range(100)])
    assert status == 202
    few = service.ask("POST", "/articles", story(500))
    assert few[0] in (201, 202)
    time.sleep(after)
    service.stop(signal.SIGKILL)
    service.ended()
    again = serve()
    report = finished(again, headers["location"])["report"]
    assert report["added"] + report["unchanged"] == 100
    if few[0] == 202:
        finished(again, few[1]["location"])
    stored, passages = articles_of(tmp_path / "index")
    assert len(stored) == 101 and passages == dict.fromkeys(stored, 1)


def test_services_of_one_index_share_the_work_and_do_it_once(serve, tmp_path):
    one, other = serve("--slow-passages", "0.1"), serve("--slow-passages", "0.1")
    locations = []
    for start, service in ((0, one), (100, other), (200, one)):
        _, headers, _ = service.ask("POST", "/articles", [story(number) for number in range(start, start + 50)])
        locations.append(headers["location"])
    for location in locations:
        assert finished(other, location)["report"]["added"] == 50
    stored, passages = articles_of(tmp_path / "index")
    assert len(stored) == 150 and passages == dict.fromkeys(stored, 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_command_stops_well_and_says_no_key(tmp_path, workers):
    keys = tmp_path / "keys"
    keys.write_text(f"an-old-key\n{KEY}\n")
    words = ("serve", "--index", tmp_path / "index", "--port", "{port}", "--workers", workers, "--write-key-file", keys)
    service = Service("-m", "service", *words, DATELINE_WRITE_KEY="key-of-the-environment")
    try:
        service.ready()
        while (status := service.ask("POST", "/articles", story(1))[0]) == 503:  # the other worker still loads
            time.sleep(0.1)
        assert status in (201, 202)
        service.stop()
        code, told = service.ended()
    finally:
        service.process.kill()
    assert code == 0, told
    assert "Traceback" not in told
    assert not [key for key in (KEY, "an-old-key", "key-of-the-environment") if key in told]


@pytest.mark.parametrize("seconds", [0.8, 1.2, 1.6, 2.0])
@pytest.mark.parametrize("times", [1, 2])
def test_told_to_stop_while_the_model_is_being_loaded_it_does_not_crash(tmp_path, seconds, times):
    service = Service("-m", "service", "serve", "--index", tmp_path / "index", "--port", "{port}")
    try:
        time.sleep(seconds)
        for _ in range(times):
            service.stop()
            time.sleep(0.02)
        code, told = service.ended()
    finally:
        service.process.kill()
    assert code in (0, -signal.SIGTERM), told  # the latter before it listens to signals
    assert "Traceback" not in told
