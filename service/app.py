"""The HTTP service, built from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from service import problems
from service.body_limit import BodyLimit
from service.head import Head
from service.keys import WriteKeys
from service.opening import open_searcher
from service.routes import (
    anthropic,
    articles,
    ask,
    dify,
    docs,
    exa,
    health,
    mcp,
    openai,
    openwebui,
    page,
    rerank,
    search,
    searxng,
    stories,
    tavily,
    writing,
)
from service.routes.deliveries import Desk
from service.routes.deliveries import install as install_desk
from service.running import Running
from service.settings import Settings
from service.stopping import Gate, Stopping
from service.writing import Writing

DEFAULT = Settings()

DESCRIPTION = """Ask news articles a question and get ranked passages, each with its exact source: article, publisher,
date, URL and the character range in the stored text. Routes that speak as another tool does find the same hits in the
same order. `POST /mcp` speaks the Model Context Protocol, which describes its tools itself.

Errors are problem documents (RFC 9457, `application/problem+json`), but under the paths of another tool they have that
tool's shape. All carry the request id in the `X-Request-Id` header, as every response does."""

TAGS = [
    {"name": "search", "description": "A question in, ranked passages out, each with its exact source."},
    {"name": "ask", "description": "A question in, an answer in sentences out, each with the words that bear it."},
    {
        "name": "articles",
        "description": "Articles and their versions, and passages; a citation can be checked.",
    },
    {"name": "stories", "description": "The articles that tell one event."},
    {"name": "health", "description": "For supervisors and load balancers."},
    {
        "name": "openai",
        "description": "For OpenAI's client: `/v1` is its base URL; the index is the store `news`.",
    },
    {"name": "tavily", "description": "For Tavily's clients: `/tavily` is their base URL."},
    {"name": "exa", "description": "For Exa's clients: `/exa` is their base URL."},
    {"name": "open-webui", "description": "For Open WebUI's external web search."},
    {"name": "searxng", "description": "For whatever asks a SearXNG instance for JSON."},
    {"name": "dify", "description": "For Dify's external knowledge: `/dify` is the endpoint."},
    {"name": "anthropic", "description": "For Claude: `search_result` blocks that it cites sentence by sentence."},
    {"name": "rerank", "description": "For Cohere's and Jina's rerankers."},
]
"""The groups of routes, in the order in which OpenAPI lists them."""
WRITING = {"name": "writing", "description": "Articles are handed in, replaced and removed, by whoever has a key."}


def create_app(running: Running, settings: Settings = DEFAULT) -> FastAPI:
    """Return an app that is alive at once and answers as soon as the searcher of ``running`` is open."""
    stopping = Stopping(settings.grace)
    writes = settings.writes
    desk = Desk(Writing(running, writes.most), WriteKeys(writes.keys)) if writes else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running.start()
        if desk:
            desk.writing.start()
        stopping.listen(desk.writing.stop if desk else no_more)
        yield
        if desk:
            desk.writing.stop(1.0)
        running.stop()

    app = FastAPI(
        title="Dateline",
        version=version("dateline"),
        description=DESCRIPTION,
        openapi_tags=[*TAGS, WRITING] if desk else TAGS,
        lifespan=lifespan,
        docs_url=None,  # service.routes.docs has one that loads nothing from elsewhere
        redoc_url=None,
        responses=problems.described(
            {413: "The body is too large", 422: "Something in the request is wrong", 503: "Not ready yet"}
        ),
    )
    app.state.running = running
    app.state.language_model = settings.endpoint
    app.state.stores = settings.stores
    app.state.allowed_origins = frozenset(settings.allowed_origins)
    app.add_middleware(BodyLimit)
    app.add_middleware(Gate, stopping=stopping)
    app.add_middleware(Head)
    problems.install(app)
    for surface in (search, ask, articles, stories, health, page, mcp):
        app.include_router(surface.router)
    for surface in (openai, tavily, exa, openwebui, searxng, dify, anthropic, rerank):
        app.include_router(surface.router)
    docs.install(app)
    if desk:
        install_desk(app, desk)
        app.include_router(writing.router)
    return app


def no_more(_: float) -> None:
    """Do nothing: there is no work left when the last request is answered."""


def from_environment() -> FastAPI:
    """Return the app that the ``DATELINE_*`` variables describe; what worker processes start from."""
    settings = Settings.from_env()
    return create_app(Running(lambda: open_searcher(settings)), settings)
