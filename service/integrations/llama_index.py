"""A LlamaIndex retriever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

try:
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError as error:
    raise ImportError("DatelineRetriever needs LlamaIndex. Add it with: pip install 'dateline[llamaindex]'") from error

from service.client import Answer, AsyncClient, Client, SearchOptions
from service.integrations.metadata import metadata

TOLD_TO_MODELS = {"title", "publisher", "published_at"}
"""What of the metadata belongs in a prompt; the rest would only take room there."""


class DatelineRetriever(BaseRetriever):
    """Passages of news articles that answer a question, from a running Dateline service.

    Takes everything that a search can be told, by name; what is not given is up to the service. A node's id is that of
    its passage, and its offsets are places in its article.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
        callback_manager: CallbackManager | None = None,
        **options: Unpack[SearchOptions],
    ) -> None:
        super().__init__(callback_manager)
        unknown = sorted(set(options) - set(SearchOptions.__annotations__))
        if unknown:
            raise TypeError(f"DatelineRetriever has no option {', '.join(unknown)}")
        self._base_url = base_url
        self._timeout = timeout
        self._headers = headers
        self._options = options

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with Client(self._base_url, timeout=self._timeout, headers=self._headers) as client:
            return nodes(client.search(query_bundle.query_str, **self._options))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        async with AsyncClient(self._base_url, timeout=self._timeout, headers=self._headers) as client:
            return nodes(await client.search(query_bundle.query_str, **self._options))


def nodes(answer: Answer) -> list[NodeWithScore]:
    """Return the hits of ``answer`` as LlamaIndex has them."""
    found = []
    for hit in answer.results:
        known = metadata(hit)
        node = TextNode(
            id_=hit.id,
            text=hit.text,
            metadata=known,
            start_char_idx=hit.char_start,
            end_char_idx=hit.char_end,
            excluded_llm_metadata_keys=sorted(set(known) - TOLD_TO_MODELS),
            excluded_embed_metadata_keys=sorted(set(known) - {"title"}),
        )
        found.append(NodeWithScore(node=node, score=hit.score))
    return found
