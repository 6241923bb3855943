"""``/ask``: an answer in sentences, each with the words that bear it; whole, or in server-sent events."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import chain
from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from indexer import BadInput, DatelineError
from service.answering import (
    Asked,
    Cited,
    Event,
    LanguageModel,
    Removed,
    Said,
    Sources,
    collect,
    extract,
    write,
)
from service.problems import STATUS, described
from service.routes.leaving import Attended, while_there
from service.routes.parts import Ask
from service.schemas.ask import (
    AskedOut,
    AskIn,
    CitationOut,
    PartOut,
    RemovedOut,
    SourceOut,
)
from service.schemas.problems import Failure, ProblemOut
from service.schemas.streamed import EVENT, CitationEvent, DeltaEvent, SourcesEvent
from service.search import Searcher

log = logging.getLogger(__name__)

NO_MODEL = "mode: no language model is configured; start the service with --llm-url and --llm-model, or ask extractive."
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `stream` as events: `sources`, then for each sentence `delta` followed by its"
        " `citation` and `removed` events, and last `done` with the whole answer, or `error` with a problem.",
        "content": {"text/event-stream": {"itemSchema": EVENT}},
    }
}
FAILURES = described({502: "The language model failed", 504: "The language model did not answer in time"})

router = APIRouter(tags=["ask"], responses={**FAILURES, **STREAM})


async def language_model(request: Request) -> LanguageModel | None:
    """Return the model that writes for as long as the caller is there; None where none is configured."""
    found: LanguageModel | None = request.app.state.language_model
    return Attended(found) if found else None


Model = Annotated[LanguageModel | None, Depends(language_model)]


@router.get("/ask", response_model=AskedOut, summary="Ask for an answer")
async def ask(asked: Annotated[AskIn, Query()], searcher: Ask, model: Model, request: Request) -> Any:  # noqa: ANN401
    """The sentences that answer ``q``, each with its exact source; or that the answer is not in these articles."""
    return await while_there(request, lambda: told(asked, searcher, model, request))


@router.post("/ask", response_model=AskedOut, summary="Ask for an answer, with a JSON body")
async def ask_posted(asked: AskIn, searcher: Ask, model: Model, request: Request) -> Any:  # noqa: ANN401
    """The same with the question in a JSON body."""
    return await ask(asked, searcher, model, request)


def told(asked: AskIn, searcher: Searcher, model: LanguageModel | None, request: Request) -> AskedOut | Response:
    """Return the answer, or the beginning of its stream."""
    started = perf_counter()
    question = asked.asked(datetime.now(UTC))
    events = answer(searcher, model, asked, question)
    if not asked.stream:
        return AskedOut.of(asked, question, collect(events), (perf_counter() - started) * 1000)
    opening = next(events)  # what is wrong with the question is said with a status, not in the stream
    content = stream(chain([opening], events), asked, question, request, started)
    return StreamingResponse(content, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def answer(searcher: Searcher, model: LanguageModel | None, ask_in: AskIn, asked: Asked) -> Iterator[Event]:
    """Answer in the mode that is asked for; raises BadInput where there is no model for it."""
    if ask_in.mode == "extractive":
        return extract(searcher, asked)
    if model is None:
        raise BadInput(NO_MODEL)
    return write(searcher, model, asked)


def stream(events: Iterable[Event], ask_in: AskIn, asked: Asked, request: Request, started: float) -> Iterator[str]:
    """Yield every event as it comes, and last the whole answer, or the problem that ended it."""
    seen: list[Event] = []
    said = -1
    try:
        for event in events:
            seen.append(event)
            said += isinstance(event, Said)
            yield from shown(event, said)
        took = (perf_counter() - started) * 1000
        yield sent("done", AskedOut.of(ask_in, asked, collect(seen), took))
    except DatelineError as error:
        log.warning("%s (request %s)", error, request.state.request_id)
        status = STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
        failure = Failure(status, str(error), request.url.path, request.state.request_id)
        yield sent("error", ProblemOut.of(failure))


def shown(event: Event, said: int) -> Iterator[str]:
    """Yield an event of the answer as one of the stream; ``said`` is the place of the last sentence."""
    match event:
        case Sources(parts, sources):
            told = SourcesEvent(
                parts=[PartOut.of(one) for one in parts], sources=[SourceOut.of(one) for one in sources]
            )
            yield sent("sources", told)
        case Said(text, parts):
            told_part = DeltaEvent(
                sentence=said, text=text, parts=list(parts), supported=event.supported, doubt=event.doubt
            )
            yield sent("delta", told_part)
        case Cited(sentence, citation):
            yield sent("citation", CitationEvent(sentence=sentence, **CitationOut.of(citation).model_dump()))
        case Removed():
            yield sent("removed", RemovedOut.of(event))


def sent(name: str, data: BaseModel) -> str:
    """Return one server-sent event; its JSON has no line breaks."""
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n"
