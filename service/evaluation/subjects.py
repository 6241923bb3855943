"""What is evaluated: an index in this process, or a running service over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import quote, urlsplit

from indexer import BadInput, DatelineError, NotFound, Withdrawn
from service.schemas import SearchIn
from service.search import Searcher

TIMEOUT = 60.0
"""Seconds after which a service is taken not to answer."""

Answer = TypeVar("Answer")


class NoAnswer(DatelineError):
    """The service that is evaluated did not answer as one does."""


@dataclass(frozen=True, slots=True)
class State:
    """Which index answers."""

    model: str
    articles: int
    sequence_number: int


class Subject(Protocol):
    """Something that ranks articles."""

    def state(self) -> State:
        """Say which index answers now."""

    def rank(self, asked: SearchIn) -> tuple[str, ...]:
        """Return the ids of the articles that answer, best first."""

    def holds(self, article_id: str) -> bool:
        """Whether readers can find this article at all."""


class OpenIndex:
    """An index in this process."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def state(self) -> State:
        """Say which index answers now."""
        index = self._searcher.index
        freshness = index.snapshot().freshness
        return State(index.store.model.name, freshness.articles, freshness.sequence_number)

    def rank(self, asked: SearchIn) -> tuple[str, ...]:
        """Return the ids of the articles that answer, best first."""
        answer = self._searcher.search(asked.query(datetime.now(UTC)))
        return tuple(hit.found.passage.article_id for hit in answer.hits)

    def holds(self, article_id: str) -> bool:
        """Whether readers can find this article at all."""
        try:
            self._searcher.index.snapshot().article(article_id, datetime.now(UTC))
        except (NotFound, Withdrawn):
            return False
        return True


class RunningService:
    """A service over HTTP, asked through one connection that stays open as long as the ``with`` block lasts."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput(f"--url: {url!r} is not an address such as http://127.0.0.1:8000")
        connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._url = url.rstrip("/")
        self._path = parts.path.rstrip("/")
        self._connection = connection(parts.netloc, timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def state(self) -> State:
        """Say which index answers now."""
        return self._answer(
            lambda ready: State(ready["model"], ready["index"]["articles"], ready["index"]["sequence_number"]),
            "GET",
            "/readyz",
        )

    def rank(self, asked: SearchIn) -> tuple[str, ...]:
        """Return the ids of the articles that answer, best first."""
        return self._answer(
            lambda answer: tuple(hit["article_id"] for hit in answer["results"]),
            "POST",
            "/search",
            asked.model_dump_json(exclude_unset=True),
        )

    def holds(self, article_id: str) -> bool:
        """Whether readers can find this article at all."""
        status, _ = self._ask("GET", f"/articles/{quote(article_id, safe='')}")
        return status == HTTPStatus.OK

    def _answer(self, read: Callable[[Any], Answer], method: str, path: str, body: str = "") -> Answer:
        status, content = self._ask(method, path, body)
        try:
            answer = json.loads(content)
            if status == HTTPStatus.OK:
                return read(answer)
            said = str(answer["detail"])
        except (ValueError, TypeError, KeyError):
            said = "This is not how Dateline answers; is the address right?"
        raise NoAnswer(f"{self._url}{path}: {status} {said}")

    def _ask(self, method: str, path: str, body: str = "") -> tuple[int, bytes]:
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            self._connection.request(method, self._path + path, body.encode() or None, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise NoAnswer(f"{self._url}: {error or type(error).__name__}. Is the service running?") from error
