"""The client, for code that waits and for code that awaits."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from datetime import date
from functools import cache
from typing import Self, TypeVar, Unpack

import httpx2
from pydantic import ValidationError

from service.client import asked
from service.client.asked import Asked, AskOptions, SearchOptions
from service.client.errors import ClientError, ServiceProblem, ServiceUnreachable
from service.client.receipts import Job, Written
from service.client.records import Answer, Article, Passage, Problem, Ready, Reply, Story
from service.client.retrying import Outcome, Retrying
from service.client.streaming import AskEvent, streamed
from service.client.versions import Versions

T = TypeVar("T")

TIMEOUT = 30.0
"""Seconds the service has to answer."""
PATIENT = Retrying()


class Client:
    """Asks a Dateline service. Any number of threads may use one; raises ClientError where there is no answer."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        timeout: float = TIMEOUT,
        retrying: Retrying = PATIENT,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> None:
        told = named(headers, key)
        self._http = httpx2.Client(base_url=base_url, timeout=timeout, headers=told, verify=certificates())
        self._retrying = retrying

    def search(self, q: str, **options: Unpack[SearchOptions]) -> Answer:
        """Return the passages that answer ``q``, best first."""
        return self._send(asked.search(q, **options))

    def ask(self, q: str, **options: Unpack[AskOptions]) -> Reply:
        """Return the sentences that answer ``q``, each with the words of the articles that bear it."""
        return self._send(asked.ask(q, **options))

    def ask_stream(self, q: str, **options: Unpack[AskOptions]) -> Generator[AskEvent]:
        """Yield what becomes of the answer to ``q`` as it comes: sources, checked sentences, last the whole reply."""
        with closing(self._open(asked.ask_stream(q, **options))) as response, streamed(response) as stream:
            for sent in stream.events:
                if (event := stream.read(sent)) is not None:
                    yield event

    def article(self, article_id: str, *, version: int | None = None, as_of: date | str | None = None) -> Article:
        """Return an article with its text, as it stands or as it stood in a ``version`` or at a time."""
        return self._send(asked.article(article_id, version, as_of))

    def versions(self, article_id: str) -> Versions:
        """Return every version of an article, the first one first, each with what it changed."""
        return self._send(asked.versions(article_id))

    def passage(self, passage_id: str, neighbours: int = 0, *, verify: str | None = None) -> Passage:
        """Return a passage with up to ``neighbours`` on either side; ``verify`` the hash that it came with."""
        return self._send(asked.passage(passage_id, neighbours, verify))

    def story(self, story_id: str) -> Story:
        """Return the articles that tell one event."""
        return self._send(asked.story(story_id))

    def ready(self) -> Ready:
        """Return what is served; raises ServiceProblem with status 503 where it is still being loaded."""
        return self._send(asked.ready())

    def add(self, articles: Sequence[Mapping[str, object]]) -> Written | Job:
        """Add articles, or what has changed in them; many of them become a job. This and what follows need a key."""
        return self._send(asked.add(articles))

    def put(self, article_id: str, fields: Mapping[str, object]) -> Written | Job:
        """Add or replace an article."""
        return self._send(asked.put(article_id, fields))

    def delete(self, article_id: str) -> Job | None:
        """Remove an article; a job where that has to wait."""
        return self._send(asked.delete(article_id))

    def job(self, job_id: str) -> Job:
        """Return what became of a job."""
        return self._send(asked.job(job_id))

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, request: Asked[T]) -> T:
        return read(request, self._outcome(request), self._http.base_url)

    def _open(self, request: Asked[T]) -> httpx2.Response:
        return accepted(self._outcome(request, stream=True), self._http.base_url)

    def _outcome(self, request: Asked[T], *, stream: bool = False) -> Outcome:
        failures = 0
        while (pause := self._retrying.pause(outcome := self._try(request, stream), failures)) is not None:
            time.sleep(pause)
            failures += 1
        return outcome

    def _try(self, request: Asked[T], stream: bool) -> Outcome:
        wanted = self._http.build_request(request.method, request.path, params=request.params, json=request.body)
        try:
            response = self._http.send(wanted, stream=stream)
            if not response.is_success:
                response.read()
            return response
        except httpx2.TransportError as error:
            return error


class AsyncClient:
    """``Client`` for asynchronous code; belongs to the event loop that it is first used in."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        timeout: float = TIMEOUT,
        retrying: Retrying = PATIENT,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> None:
        told = named(headers, key)
        self._http = httpx2.AsyncClient(base_url=base_url, timeout=timeout, headers=told, verify=certificates())
        self._retrying = retrying

    async def search(self, q: str, **options: Unpack[SearchOptions]) -> Answer:
        """Return the passages that answer ``q``, best first."""
        return await self._send(asked.search(q, **options))

    async def ask(self, q: str, **options: Unpack[AskOptions]) -> Reply:
        """Return the sentences that answer ``q``, each with the words of the articles that bear it."""
        return await self._send(asked.ask(q, **options))

    async def ask_stream(self, q: str, **options: Unpack[AskOptions]) -> AsyncGenerator[AskEvent]:
        """Yield what becomes of the answer to ``q`` as it comes: sources, checked sentences, last the whole reply."""
        async with aclosing(await self._open(asked.ask_stream(q, **options))) as response:
            with streamed(response) as stream:
                async for sent in stream.events:
                    if (event := stream.read(sent)) is not None:
                        yield event

    async def article(self, article_id: str, *, version: int | None = None, as_of: date | str | None = None) -> Article:
        """Return an article with its text, as it stands or as it stood in a ``version`` or at a time."""
        return await self._send(asked.article(article_id, version, as_of))

    async def versions(self, article_id: str) -> Versions:
        """Return every version of an article, the first one first, each with what it changed."""
        return await self._send(asked.versions(article_id))

    async def passage(self, passage_id: str, neighbours: int = 0, *, verify: str | None = None) -> Passage:
        """Return a passage with up to ``neighbours`` on either side; ``verify`` the hash that it came with."""
        return await self._send(asked.passage(passage_id, neighbours, verify))

    async def story(self, story_id: str) -> Story:
        """Return the articles that tell one event."""
        return await self._send(asked.story(story_id))

    async def ready(self) -> Ready:
        """Return what is served; raises ServiceProblem with status 503 where it is still being loaded."""
        return await self._send(asked.ready())

    async def add(self, articles: Sequence[Mapping[str, object]]) -> Written | Job:
        """Add articles, or what has changed in them; many of them become a job. This and what follows need a key."""
        return await self._send(asked.add(articles))

    async def put(self, article_id: str, fields: Mapping[str, object]) -> Written | Job:
        """Add or replace an article."""
        return await self._send(asked.put(article_id, fields))

    async def delete(self, article_id: str) -> Job | None:
        """Remove an article; a job where that has to wait."""
        return await self._send(asked.delete(article_id))

    async def job(self, job_id: str) -> Job:
        """Return what became of a job."""
        return await self._send(asked.job(job_id))

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _send(self, request: Asked[T]) -> T:
        return read(request, await self._outcome(request), self._http.base_url)

    async def _open(self, request: Asked[T]) -> httpx2.Response:
        return accepted(await self._outcome(request, stream=True), self._http.base_url)

    async def _outcome(self, request: Asked[T], *, stream: bool = False) -> Outcome:
        failures = 0
        while (pause := self._retrying.pause(outcome := await self._try(request, stream), failures)) is not None:
            await asyncio.sleep(pause)
            failures += 1
        return outcome

    async def _try(self, request: Asked[T], stream: bool) -> Outcome:
        wanted = self._http.build_request(request.method, request.path, params=request.params, json=request.body)
        try:
            response = await self._http.send(wanted, stream=stream)
            if not response.is_success:
                await response.aread()
            return response
        except httpx2.TransportError as error:
            return error


@cache
def certificates() -> ssl.SSLContext:
    """Return the authorities that are trusted; reading them takes longer than a search, so it is done once."""
    return httpx2.create_ssl_context()


def named(headers: Mapping[str, str] | None, key: str | None) -> dict[str, str]:
    """Return ``headers`` with the key that lets a client write."""
    return {**(headers or {}), **({"Authorization": f"Bearer {key}"} if key else {})}


def read(request: Asked[T], outcome: Outcome, base_url: httpx2.URL) -> T:
    """Return what the service said; raises ClientError."""
    response = accepted(outcome, base_url)
    try:
        return request.answer.validate_json(response.content or b"null")  # 204 says nothing
    except ValidationError as error:
        raise ClientError(f"{response.url} did not answer as a Dateline of this version does: {error}") from error


def accepted(outcome: Outcome, base_url: httpx2.URL) -> httpx2.Response:
    """Return the response to a request that the service accepted; raises ClientError."""
    if isinstance(outcome, httpx2.TimeoutException):
        raise ServiceUnreachable(f"{base_url} did not answer in time.") from outcome
    if isinstance(outcome, httpx2.TransportError):
        raise ServiceUnreachable(f"{base_url} cannot be reached: {outcome or type(outcome).__name__}") from outcome
    if not outcome.is_success:
        raise problem(outcome)
    return outcome


def problem(response: httpx2.Response) -> ServiceProblem:
    """Return the error that ``response`` describes, in a problem document or, from something else, in its status."""
    try:
        said = Problem.model_validate_json(response.content)
    except ValidationError:
        said = Problem()
    return ServiceProblem(
        response.status_code,
        said.title or response.reason_phrase,
        said.detail or f"{response.url} answered without saying why.",
        said.request_id or response.headers.get("x-request-id", ""),
        said.errors,
    )
