"""A LangChain retriever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, Unpack

try:
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ImportError as error:
    raise ImportError(
        "DatelineRetriever needs LangChain. Install it with: pip install 'dateline[langchain]'"
    ) from error
from pydantic import ConfigDict

from service.client import Answer, AsyncClient, Client, SearchOptions
from service.integrations.metadata import metadata


class DatelineRetriever(BaseRetriever):
    """Passages of news articles that answer a question, from a running Dateline service.

    Everything that a search can be told is a field; what is not set is up to the service. ``invoke`` takes the same by
    name for one question: ``retriever.invoke("...", as_of="2025-08-21")``. A document's id is that of its passage, and
    its metadata say where in which article it stands.
    """

    model_config = ConfigDict(extra="forbid")

    base_url: str = "http://127.0.0.1:8000"
    timeout: float = 30.0
    headers: Mapping[str, str] | None = None

    limit: int | None = None
    offset: int | None = None
    group_by: Literal["article", "passage"] | None = None
    as_of: date | str | None = None
    known_at: date | str | None = None
    published_from: date | str | None = None
    published_to: date | str | None = None
    publishers: Sequence[str] | None = None
    exclude_publishers: Sequence[str] | None = None
    authors: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    article_ids: Sequence[str] | None = None
    parse_time: bool | None = None
    recency: str | None = None
    duplicates: Literal["collapse", "keep", "only"] | None = None
    max_per_story: int | None = None
    max_per_publisher: int | None = None
    min_confidence: float | None = None
    rerank: bool | None = None
    explain: bool | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Unpack[SearchOptions]
    ) -> list[Document]:
        with Client(self.base_url, timeout=self.timeout, headers=self.headers) as client:
            return documents(client.search(query, **self._options(options)))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Unpack[SearchOptions]
    ) -> list[Document]:
        async with AsyncClient(self.base_url, timeout=self.timeout, headers=self.headers) as client:
            return documents(await client.search(query, **self._options(options)))

    def _options(self, options: SearchOptions) -> SearchOptions:
        """Return the options of one question: its own before the fields."""
        fields: SearchOptions = self.model_dump(include=set(SearchOptions.__annotations__))  # type: ignore[assignment]
        return {**fields, **options}


def documents(answer: Answer) -> list[Document]:
    """Return the hits of ``answer`` as LangChain has them."""
    return [Document(id=hit.id, page_content=hit.text, metadata=metadata(hit)) for hit in answer.results]
