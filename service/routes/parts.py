"""What every surface needs of the running service."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.convertors import PathConvertor, register_url_convertor

from service.links import Links
from service.running import Running
from service.schemas import EXAMPLE_ID
from service.search import Searcher


class IdConvertor(PathConvertor):
    """An id in a path; it may hold slashes and ends of lines, and it is not empty."""

    regex = "(?s:.+)"


class Parameters(BaseModel):
    """What may stand behind the question mark of an address; what a route does not know is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


register_url_convertor("id", IdConvertor())


def running(request: Request) -> Running:
    """Return what this service runs."""
    found: Running = request.app.state.running
    return found


# What FastAPI calls only to look something up is async: for anything else it takes another thread, which takes longer.


async def no_parameters(_: Annotated[Parameters, Query()]) -> None:
    """Refuse all parameters."""


async def searcher(request: Request) -> Searcher:
    """Return the searcher; raises NotReady until it is open."""
    return running(request).searcher


async def links(request: Request) -> Links:
    """Return what links into the service under the address that it was asked at."""
    return Links(str(request.base_url))


Ask = Annotated[Searcher, Depends(searcher)]
Linked = Annotated[Links, Depends(links)]
ArticleId = Annotated[str, Path(description="The id of an article; it may hold slashes.", examples=[EXAMPLE_ID])]
