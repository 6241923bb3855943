"""Vector stores and their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from indexer import BadInput, Freshness, StoredArticle
from service.saved import SavedFilter
from service.schemas.openai.attributes import Attributes, attributes, seconds
from service.schemas.openai.search import TextOut


class FileCountsOut(BaseModel):
    """How many articles there are."""

    in_progress: int = 0
    completed: int
    failed: int = 0
    cancelled: int = 0
    total: int


class VectorStoreOut(BaseModel):
    """The index as a vector store, or the part of it that a saved filter admits."""

    id: str
    object: Literal["vector_store"] = "vector_store"
    created_at: int = Field(description="When the index last changed.")
    last_active_at: int
    name: str
    description: str
    status: Literal["completed"] = "completed"
    usage_bytes: int = Field(default=0, description="Not counted.")
    file_counts: FileCountsOut
    metadata: dict[str, str] = {}
    expires_after: None = None
    expires_at: None = None

    @classmethod
    def of(cls, store: SavedFilter, freshness: Freshness, articles: int) -> Self:
        """Return ``store``, which has so many ``articles``."""
        changed = seconds(freshness.indexed_at) or 0
        return cls(
            id=store.name,
            name=store.name,
            description=store.description,
            created_at=changed,
            last_active_at=changed,
            file_counts=FileCountsOut(completed=articles, total=articles),
        )


class VectorStoreFileOut(BaseModel):
    """An article as a file of a vector store."""

    id: str
    object: Literal["vector_store.file"] = "vector_store.file"
    created_at: int = Field(description="When it was indexed.")
    vector_store_id: str
    status: Literal["completed"] = "completed"
    last_error: None = None
    usage_bytes: int = Field(description="Of its text, in UTF-8.")
    attributes: Attributes

    @classmethod
    def of(cls, store: SavedFilter, stored: StoredArticle) -> Self:
        """Return ``stored`` as a file of ``store``."""
        return cls(
            id=stored.article.id,
            created_at=int(stored.indexed_at.timestamp()),
            vector_store_id=store.name,
            usage_bytes=len(stored.article.body.encode()),
            attributes=attributes(stored),
        )


class VectorStoresIn(BaseModel):
    """Which page of the vector stores: `news` first, the others by name; `desc` turns that around."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=100, description="How many.")
    order: Literal["asc", "desc"] = Field("asc", description="Which way round.")
    after: str | None = Field(None, description="Begin after this one.")
    before: str | None = Field(None, description="End before this one.")

    def page(self, stores: Sequence[SavedFilter]) -> tuple[Sequence[SavedFilter], bool]:
        """Return one page, and whether there are more in its direction; raises BadInput for an unknown place."""
        ordered = list(stores) if self.order == "asc" else list(stores)[::-1]
        names = [one.name for one in ordered]
        first = place(names, "after", self.after) + 1 if self.after else 0
        end = place(names, "before", self.before) if self.before else len(names)
        found = ordered[first:end]
        page = found[-self.limit :] if self.before and not self.after else found[: self.limit]
        return page, len(found) > len(page)


class VectorStoreFilesIn(BaseModel):
    """Which page of the files; they come by id, ascending, as newer ones may come while a client still turns pages."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=100, description="How many.")
    order: Literal["asc"] = Field("asc", description="By id, ascending.")
    after: str = Field("", description="Begin after this id.")
    filter: Literal["in_progress", "completed", "failed", "cancelled"] | None = Field(
        None, description="Every file is `completed`."
    )


class FileContentOut(BaseModel):
    """An article's text, in which passages have their places."""

    object: Literal["vector_store.file_content.page"] = "vector_store.file_content.page"
    data: list[TextOut]
    has_more: bool = False
    next_page: str | None = None


class PageOut(BaseModel):
    """One page of a list; the next begins ``after`` its last id."""

    object: Literal["list"] = "list"
    first_id: str | None
    last_id: str | None
    has_more: bool


class VectorStoresOut(PageOut):
    """Vector stores."""

    data: list[VectorStoreOut]


class VectorStoreFilesOut(PageOut):
    """Files of a vector store, by id."""

    data: list[VectorStoreFileOut]


def place(names: Sequence[str], parameter: str, name: str) -> int:
    """Return where ``name`` stands; raises BadInput."""
    if name not in names:
        raise BadInput(f"{parameter}: there is no vector store {name!r}.")
    return names.index(name)
