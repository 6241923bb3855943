"""A language model behind an endpoint that speaks OpenAI's chat completions."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from indexer import DatelineError

CONNECT, SILENCE = 5.0, 60.0
"""Seconds to wait for a connection, and for the next piece of an answer: a model may have to be loaded first."""

LONGEST = 20_000
"""Characters after which an answer is cut off: a model may fall into repeating itself."""

SHOWN = 200
"""Characters of an error that are passed on."""


class ModelFailed(DatelineError):
    """The language model's endpoint cannot be reached, refuses, or answers what nobody can read."""


class ModelTimeout(DatelineError):
    """The language model's endpoint does not answer in time."""


class LanguageModel(Protocol):
    """Writes what it is asked to."""

    def write(self, instructions: str, prompt: str) -> Generator[str, None, None]:
        """Yield the answer in pieces, as they come, and empty ones while the model only thinks.

        Whoever closes this has the model stop. Raises ModelFailed and ModelTimeout.
        """


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is found: the ``url`` is what ends in ``/v1`` in most servers' instructions."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    silence: float = SILENCE

    def write(self, instructions: str, prompt: str) -> Generator[str, None, None]:
        """Yield the answer in pieces, as they come. Raises ModelFailed and ModelTimeout."""
        import httpx2  # takes 0.2 s, for which no other command should wait

        try:
            written = 0
            for piece in self._stream(instructions, prompt):
                written += len(piece)
                yield piece
                if written > LONGEST:
                    return
        except httpx2.TimeoutException as error:
            raise ModelTimeout(f"The language model at {self.url} did not answer in time. {HELP}") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ModelFailed(f"The language model at {self.url} cannot be reached: {error}. {HELP}") from error

    def _stream(self, instructions: str, prompt: str) -> Iterator[str]:
        import httpx2

        messages = [{"role": "system", "content": instructions}, {"role": "user", "content": prompt}]
        body = {"model": self.model, "messages": messages, "temperature": 0, "stream": True}
        with (
            httpx2.Client(timeout=httpx2.Timeout(self.silence, connect=CONNECT), headers=self._headers()) as client,
            client.stream("POST", f"{self.url.rstrip('/')}/chat/completions", json=body) as response,
        ):
            if response.is_error:
                response.read()
                said = " ".join(response.text.split())[:SHOWN]
                raise ModelFailed(f"The language model at {self.url} answered {response.status_code}: {said}. {HELP}")
            if "event-stream" in response.headers.get("content-type", ""):
                yield from pieces(response.iter_lines())
            else:  # it does not stream
                response.read()
                yield read(response.text, "message").text

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


HELP = "mode=extractive needs no language model."


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer, and whether it is said to be the last."""

    text: str
    last: bool


def pieces(lines: Iterator[str]) -> Iterator[str]:
    """Yield the text of each line of a stream; raises ModelFailed, also where the stream breaks off."""
    ended = False
    for line in lines:
        name, _, data = line.partition(":")
        data = data.strip()
        if name != "data" or not data:
            yield ""
            continue
        if data == "[DONE]":
            return
        chunk = read(data, "delta")
        ended = ended or chunk.last
        yield chunk.text
    if not ended:
        raise ModelFailed(f"The language model broke off in the middle of its answer. {HELP}")


def read(data: str, place: str) -> Chunk:
    """Return what stands in ``place`` of the choices of one chunk; raises ModelFailed."""
    try:
        chunk: dict[str, Any] = json.loads(data)
        if "error" in chunk:
            raise ModelFailed(f"The language model failed: {str(chunk['error'])[:SHOWN]}. {HELP}")
        choices = chunk.get("choices") or []
        said = "".join(str(one.get(place, {}).get("content") or "") for one in choices)
        return Chunk(said, any(one.get("finish_reason") for one in choices))
    except (ValueError, AttributeError, TypeError) as error:
        raise ModelFailed(f"The language model answered what cannot be read: {data[:SHOWN]}. {HELP}") from error
