"""The searcher that settings describe."""

from __future__ import annotations

from indexer import DEFAULT_MODEL, Chunking, create, load_embedder, model_of, open_index
from service.reranking import CrossEncoderReranker
from service.search import Searcher
from service.settings import Settings


def open_searcher(settings: Settings) -> Searcher:
    """Load the model and open the index, which is made if there is none."""
    made_by = model_of(settings.index)
    embedder = load_embedder(settings.model or (made_by.name if made_by else DEFAULT_MODEL))
    create(settings.index, embedder.model, Chunking())
    reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None
    embedder.embed_query("news")  # makes ready what embeds questions, so that the first one need not wait for it
    written = Chunking() if settings.writes else None  # what is read only may have been cut in any way
    return Searcher(open_index(settings.index, embedder.model, written), embedder, reranker)
