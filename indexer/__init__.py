"""Dateline's indexer: turns articles into an index. What other packages may use stands here."""

from indexer.chunking import sentences
from indexer.cli import COMMANDS, Commands, index_option, json_option, model_option
from indexer.embedded import create, model_of, open_index
from indexer.embedding import DEFAULT_MODEL, Embedder, load_embedder
from indexer.errors import (
    BadInput,
    DatelineError,
    IncompatibleIndex,
    IndexLocked,
    ModelUnavailable,
    NotFound,
    Withdrawn,
)
from indexer.index import Index, Snapshot
from indexer.stored import Candidate, Copy, StoredArticle, StoredPassage
from indexer.types import (
    Article,
    Chunking,
    Filter,
    Freshness,
    Keys,
    Matches,
    Model,
    Passage,
    Rejected,
    Report,
    Scores,
    Vector,
    Vectors,
)

__all__ = [
    "COMMANDS",
    "DEFAULT_MODEL",
    "Article",
    "BadInput",
    "Candidate",
    "Chunking",
    "Commands",
    "Copy",
    "DatelineError",
    "Embedder",
    "Filter",
    "Freshness",
    "IncompatibleIndex",
    "Index",
    "IndexLocked",
    "Keys",
    "Matches",
    "Model",
    "ModelUnavailable",
    "NotFound",
    "Passage",
    "Rejected",
    "Report",
    "Scores",
    "Snapshot",
    "StoredArticle",
    "StoredPassage",
    "Vector",
    "Vectors",
    "Withdrawn",
    "create",
    "index_option",
    "json_option",
    "load_embedder",
    "model_of",
    "model_option",
    "open_index",
    "sentences",
]
