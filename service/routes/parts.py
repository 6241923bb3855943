"""What every surface needs of the running service."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from service.running import Running
from service.search import Searcher


def running(request: Request) -> Running:
    """Return what this service runs."""
    found: Running = request.app.state.running
    return found


def searcher(request: Request) -> Searcher:
    """Return the searcher; raises NotReady until it is open."""
    return running(request).searcher


Ask = Annotated[Searcher, Depends(searcher)]
