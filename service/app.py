"""The HTTP service, built from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from indexer import DEFAULT_MODEL, Chunking, create, load_embedder, model_of, open_index
from service import problems
from service.reranking import CrossEncoderReranker
from service.routes import articles, health, page, search, stories
from service.running import Running
from service.search import Searcher
from service.settings import Settings

DESCRIPTION = """Ask news articles a question and get ranked passages, each with its exact source: article, publisher,
date, URL and the character range in the stored text.

Errors are problem documents (RFC 9457, `application/problem+json`) and carry the request id that every response has in
its `X-Request-Id` header."""


def create_app(open_searcher: Callable[[], Searcher]) -> FastAPI:
    """Return an app that is alive at once and answers as soon as ``open_searcher`` has returned."""
    running = Running(open_searcher)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running.start()
        yield
        running.stop()

    app = FastAPI(
        title="Dateline",
        version=version("dateline"),
        description=DESCRIPTION,
        lifespan=lifespan,
        responses=problems.described({422: "Something in the request is wrong", 503: "Not ready yet"}),
    )
    app.state.running = running
    problems.install(app)
    for surface in (search, articles, stories, health, page):
        app.include_router(surface.router)
    return app


def open_searcher(settings: Settings) -> Searcher:
    """Load the model and open the index, which is made if there is none."""
    made_by = model_of(settings.index)
    embedder = load_embedder(settings.model or (made_by.name if made_by else DEFAULT_MODEL))
    create(settings.index, embedder.model, Chunking())
    reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None
    return Searcher(open_index(settings.index, embedder.model), embedder, reranker)


def from_environment() -> FastAPI:
    """Return the app that the ``DATELINE_*`` variables describe; what worker processes start from."""
    settings = Settings.from_env()
    return create_app(lambda: open_searcher(settings))
