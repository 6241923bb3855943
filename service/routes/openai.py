"""``/v1``: OpenAI's vector stores. The index is the store ``news``, and every saved filter is a store of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from fastapi import Query as Parameters

from indexer import NotFound
from service.merging import merged, search_any
from service.problems import described
from service.routes.parts import Ask
from service.saved import EVERYTHING, SavedFilter, articles, count
from service.schemas import EXAMPLE_ID
from service.schemas.openai import (
    FileContentOut,
    TextOut,
    VectorStoreFileOut,
    VectorStoreFilesIn,
    VectorStoreFilesOut,
    VectorStoreOut,
    VectorStoreResultOut,
    VectorStoreResultsOut,
    VectorStoreSearchIn,
    VectorStoresIn,
    VectorStoresOut,
)
from service.search import Searcher
from service.types import Query

MISSING = described({404: "There is no such vector store, or nothing under this id in it"})
WITHDRAWN = described({410: "Its publisher took the article back"})

router = APIRouter(prefix="/v1", tags=["openai"])


async def stores(request: Request) -> tuple[SavedFilter, ...]:
    """Return the stores of this service."""
    saved: Sequence[SavedFilter] = request.app.state.stores
    return (EVERYTHING, *saved)


Stores = Annotated[tuple[SavedFilter, ...], Depends(stores)]


StoreId = Annotated[str, InPath(description="`news`, or the name of a saved filter.", examples=[EVERYTHING.name])]
FileId = Annotated[str, InPath(description="The id of an article.", examples=[EXAMPLE_ID])]


async def named(vector_store_id: StoreId, stores: Stores) -> SavedFilter:
    """Return the store of this name; raises NotFound."""
    found = next((one for one in stores if one.name == vector_store_id), None)
    if found is None:
        names = ", ".join(one.name for one in stores)
        raise NotFound(f"There is no vector store {vector_store_id!r} here; there is: {names}.")
    return found


Store = Annotated[SavedFilter, Depends(named)]


@router.get("/vector_stores", summary="List vector stores")
def vector_stores(asked: Annotated[VectorStoresIn, Parameters()], stores: Stores, searcher: Ask) -> VectorStoresOut:
    """The whole index, called `news`, and every saved filter."""
    page, has_more = asked.page(stores)
    return VectorStoresOut(
        data=[described_store(one, searcher) for one in page],
        first_id=page[0].name if page else None,
        last_id=page[-1].name if page else None,
        has_more=has_more,
    )


@router.get("/vector_stores/{vector_store_id}", summary="Retrieve a vector store", responses=MISSING)
def vector_store(store: Store, searcher: Ask) -> VectorStoreOut:
    """The whole index, or a saved filter, with how many articles it has."""
    return described_store(store, searcher)


def described_store(store: SavedFilter, searcher: Searcher) -> VectorStoreOut:
    """Return ``store`` as it is now."""
    snapshot = searcher.index.snapshot()
    return VectorStoreOut.of(store, snapshot.freshness, count(snapshot, store, datetime.now(UTC)))


@router.post("/vector_stores/{vector_store_id}/search", summary="Search a vector store", responses=MISSING)
def vector_store_search(asked: VectorStoreSearchIn, store: Store, searcher: Ask) -> VectorStoreResultsOut:
    """Passages that answer `query`, best first: those of `/search` with `group_by=passage`."""
    query = Query(
        text=asked.questions[0],
        as_of=datetime.now(UTC),
        limit=asked.max_num_results,
        group_by="passage",
        conditions=store.conditions,
    )
    found = merged(search_any(searcher, replace(query, text=one), asked.alternatives) for one in asked.questions)
    good = (hit for hit in found if hit.score >= asked.ranking_options.score_threshold)
    return VectorStoreResultsOut(
        search_query=asked.questions,
        data=[VectorStoreResultOut.of(hit) for hit in islice(good, query.limit)],
    )


@router.get("/vector_stores/{vector_store_id}/files", summary="List the files of a vector store", responses=MISSING)
def vector_store_files(
    asked: Annotated[VectorStoreFilesIn, Parameters()], store: Store, searcher: Ask
) -> VectorStoreFilesOut:
    """Its articles as files, in order of their ids."""
    found = articles(searcher.index.snapshot(), store, datetime.now(UTC), asked.after, asked.limit + 1)
    listed = list(islice(found, asked.limit + 1)) if asked.filter in (None, "completed") else []
    page = [VectorStoreFileOut.of(store, one) for one in listed[: asked.limit]]
    return VectorStoreFilesOut(
        data=page,
        first_id=page[0].id if page else None,
        last_id=page[-1].id if page else None,
        has_more=len(listed) > len(page),
    )


@router.get(
    "/vector_stores/{vector_store_id}/files/{file_id:path}/content",
    summary="Retrieve the content of a file",
    responses=MISSING | WITHDRAWN,
)
def vector_store_file_content(file_id: FileId, store: Store, searcher: Ask) -> FileContentOut:
    """The text of an article, in which `char_start` and `char_end` of a passage count."""
    return FileContentOut(data=[TextOut(text=store.article(searcher.index.snapshot(), file_id).article.body)])


@router.get(
    "/vector_stores/{vector_store_id}/files/{file_id:path}",
    summary="Retrieve a file",
    responses=MISSING | WITHDRAWN,
)
def vector_store_file(file_id: FileId, store: Store, searcher: Ask) -> VectorStoreFileOut:
    """An article as a file."""
    return VectorStoreFileOut.of(store, store.article(searcher.index.snapshot(), file_id))
