"""An answer as it comes into being: the events of its stream, as records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
from pydantic import TypeAdapter, ValidationError

from service.client.errors import ClientError, ServiceProblem, ServiceUnreachable
from service.client.records import Citation, Numbered, Part, Problem, Record, Removed, Reply

LARGEST = 16 * 2**20
"""Bytes of an event; the last one holds the whole answer with all its sources."""


class Sources(Record):
    """The first event: what was understood, and what may be cited."""

    parts: tuple[Part, ...]
    sources: tuple[Numbered, ...]


class Delta(Record):
    """The next sentence, already checked; what bears it follows. ``doubt`` says why it is not supported."""

    sentence: int
    text: str
    parts: tuple[int, ...]
    supported: bool
    doubt: str | None


class Cited(Citation):
    """Words that bear a sentence."""

    sentence: int


AskEvent = Sources | Delta | Cited | Removed | Reply
"""What becomes of an answer. The last one is the whole of it."""

EVENTS: dict[str, TypeAdapter[AskEvent]] = {
    "sources": TypeAdapter(Sources),
    "delta": TypeAdapter(Delta),
    "citation": TypeAdapter(Cited),
    "removed": TypeAdapter(Removed),
    "done": TypeAdapter(Reply),
}


@dataclass(slots=True)
class Stream:
    """What a service says of an answer; ``whole`` once the last of it has been read."""

    events: httpx2.EventSource
    whole: bool = False

    def read(self, sent: httpx2.ServerSentEvent) -> AskEvent | None:
        """Return an event as a record, None for one of a newer service; raises ServiceProblem where there is none."""
        if sent.event == "error":
            said = Problem.model_validate_json(sent.data)
            raise ServiceProblem(said.status, said.title, said.detail, said.request_id, said.errors)
        self.whole |= sent.event == "done"
        return EVENTS[sent.event].validate_json(sent.data) if sent.event in EVENTS else None


@contextmanager
def streamed(response: httpx2.Response) -> Iterator[Stream]:
    """Give the stream of ``response``, to be read to its end; raises ClientError where that comes too early."""
    stream = Stream(httpx2.EventSource(response, LARGEST))
    try:
        yield stream
    except httpx2.TimeoutException as error:
        raise ServiceUnreachable(f"{response.url} fell silent before the answer was whole.") from error
    except (httpx2.SSEError, ValidationError) as error:
        raise ClientError(f"{response.url} did not answer as a Dateline of this version does: {error}") from error
    except httpx2.TransportError as error:
        raise ServiceUnreachable(f"{response.url} broke off before the answer was whole: {error}") from error
    if not stream.whole:
        raise ServiceUnreachable(f"{response.url} broke off before the answer was whole.")
