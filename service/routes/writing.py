"""``/articles`` and ``/jobs``: articles are handed in, replaced and removed, by whoever has a key."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from indexer import Job, removal
from service.intake import Contents, NothingUsable
from service.problems import described
from service.routes.deliveries import LINES, PATIENCE, AtDesk, Desk, Handed, admitted
from service.routes.parts import ArticleId, no_parameters
from service.schemas import EXAMPLE_ID
from service.schemas.writing import JobOut, WrittenOut

AN_ARTICLE = {"type": "object", "description": "An article, with the fields that `dateline add` understands."}
EXAMPLE = {
    "id": EXAMPLE_ID,
    "title": "Harbour bridge closed",
    "body": "The harbour bridge was closed on Monday. Engineers found cracks in a pier.",
    "url": "https://harbourgazette.example/bridge",
    "publisher": "Harbour Gazette",
    "published_at": "2025-03-01T06:30:00Z",
}
UNKNOWN = described({401: "No key, or a wrong one"})
WAITING = described({429: "Too much waits; `Retry-After` says for how long", 507: "The disk is full"})
TAKING = WAITING | described(
    {
        413: "The body is too large, or holds too many articles",
        415: "Neither JSON nor lines of JSON",
        422: "Nothing in the request is an article; `errors` says why",
    }
)
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": WrittenOut, "description": "Indexed; nothing was new"},
    201: {"model": WrittenOut, "description": "Indexed and searchable"},
    202: {"model": JobOut, "description": "Stored, to be indexed; `Location` says where to ask what became of it"},
}

Key = Annotated[str | None, Header(description="Any text: a large request sent again under it is the same job.")]
JobId = Annotated[str, Path(description="The `job_id` of an answer with status 202.")]
router = APIRouter(tags=["writing"], dependencies=[Depends(admitted), Depends(no_parameters)], responses=UNKNOWN)


@router.post(
    "/articles",
    summary="Add articles",
    status_code=201,
    responses=ANSWERS | TAKING,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [AN_ARTICLE, {"type": "array", "items": AN_ARTICLE}]},
                    "example": EXAMPLE,
                },
                LINES[0]: {"schema": {"type": "string"}, "example": f"{json.dumps(EXAMPLE)}\n"},
            },
        }
    },
)
async def add(handed: Handed, desk: AtDesk, idempotency_key: Key = None) -> Response:
    """Add articles, or what has changed in them: one, a list, `{"articles": [...]}`, or one on each line.

    The answer means that they are durable. A few are searchable when it comes; more of them become a job.
    """
    return await write(desk, await desk.look_through(handed), idempotency_key)


@router.put(
    "/articles/{article_id:id}",
    summary="Add or replace an article",
    status_code=201,
    responses=ANSWERS | TAKING,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": AN_ARTICLE, "example": EXAMPLE}}}
    },
)
async def put(article_id: ArticleId, handed: Handed, desk: AtDesk, idempotency_key: Key = None) -> Response:
    """Add or replace the article of this id."""
    if handed.kind != "json":
        raise HTTPException(415, "Content-Type: PUT takes one article as application/json.")
    return await write(desk, await desk.look_through(handed, article_id), idempotency_key)


@router.delete(
    "/articles/{article_id:id}",
    summary="Remove an article",
    status_code=204,
    responses={202: ANSWERS[202], **WAITING, **described({404: "There is no such article"})},
)
async def remove(article_id: ArticleId, desk: AtDesk) -> Response:
    """Remove the article of this id."""
    outcome = await desk.try_now(lambda indexing: indexing.remove([article_id], wait=PATIENCE))
    if outcome is None:
        return acknowledged(desk, await desk.keep(removal(article_id), 1))
    if not outcome.report.removed:
        raise HTTPException(404, f"There is no article {article_id!r} in this index.")
    return Response(status_code=204)


@router.get(
    "/jobs/{job_id}",
    summary="Ask what became of a job",
    responses=described({404: "There is no such job, or it was finished more than a week ago"}),
)
def job(job_id: JobId, desk: AtDesk) -> JobOut:
    """What became of a request that was answered with 202."""
    return JobOut.of(desk.writing.job(job_id), desk.writing.shown)


async def write(desk: Desk, contents: Contents, idempotency_key: str | None) -> Response:
    """Index a few articles at once, and keep more of them for later."""
    outcome = None
    if contents.small:
        outcome = await desk.try_now(lambda indexing: indexing.add(contents.items, wait=PATIENCE))
    if outcome is None:
        return acknowledged(desk, await desk.keep(contents.delivery, contents.articles, idempotency_key))
    report = outcome.report
    if not (report.added or report.updated or report.unchanged):
        raise NothingUsable(report.rejected)
    where = f"/articles/{quote(contents.ids[0])}" if len(contents.ids) == 1 else None
    return sent(201 if report.added else 200, WrittenOut.of(outcome, desk.writing.shown), where)


def acknowledged(desk: Desk, kept: Job) -> JSONResponse:
    """Say that a job is kept, and where to ask what became of it."""
    return sent(202, JobOut.of(kept, desk.writing.shown), f"/jobs/{kept.id}")


def sent(status: int, content: BaseModel, location: str | None = None) -> JSONResponse:
    """Return an answer, and where to ask on."""
    return JSONResponse(content.model_dump(mode="json"), status, {"Location": location} if location else None)
