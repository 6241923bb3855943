"""The server-sent events in which an answer comes, and how OpenAPI is told of them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from service.schemas.ask import AskedOut, CitationOut, PartOut, RemovedOut, SourceOut
from service.schemas.problems import ProblemOut

COMPONENT = "#/components/schemas/{model}"


class SourcesEvent(BaseModel):
    """`sources`, the first event: what was understood and what may be cited."""

    parts: list[PartOut]
    sources: list[SourceOut]


class DeltaEvent(BaseModel):
    """`delta`: the next sentence, already checked. Its `citation` and `removed` events follow."""

    sentence: int
    text: str
    parts: list[int]
    supported: bool
    doubt: str | None


class CitationEvent(CitationOut):
    """`citation`: words that bear a sentence."""

    sentence: int


def whole(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of ``model``; the models in it are among the document's own, as the whole answer has them."""
    schema = model.model_json_schema(mode="serialization", ref_template=COMPONENT)
    return {name: value for name, value in schema.items() if name != "$defs"}


def declared(model: type[BaseModel]) -> dict[str, Any]:
    """Return a reference to ``model``, which the document has anyway."""
    return {"$ref": COMPONENT.format(model=model.__name__)}


EVENTS: dict[str, dict[str, Any]] = {
    "sources": whole(SourcesEvent),
    "delta": whole(DeltaEvent),
    "citation": whole(CitationEvent),
    "removed": declared(RemovedOut),
    "done": declared(AskedOut),
    "error": declared(ProblemOut),
}
"""What the data of an event is, by its name."""

EVENT: dict[str, Any] = {
    "oneOf": [
        {
            "type": "object",
            "title": name,
            "required": ["event", "data"],
            "properties": {
                "event": {"const": name},
                "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": schema},
            },
        }
        for name, schema in EVENTS.items()
    ]
}
"""One event of the stream."""
