"""What every surface needs of the running service."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.convertors import PathConvertor, register_url_convertor

from service.running import Running
from service.search import Searcher


class IdConvertor(PathConvertor):
    """An id in a path; it may hold slashes, and it is not empty."""

    regex = ".+"


register_url_convertor("id", IdConvertor())


def running(request: Request) -> Running:
    """Return what this service runs."""
    found: Running = request.app.state.running
    return found


def searcher(request: Request) -> Searcher:
    """Return the searcher; raises NotReady until it is open."""
    return running(request).searcher


Ask = Annotated[Searcher, Depends(searcher)]
