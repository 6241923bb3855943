"""Dateline's indexer: turns articles into an index. What other packages may use stands here."""

from indexer.chunking import sentence_places, sentences
from indexer.cli import COMMANDS
from indexer.commands.counting import counted
from indexer.commands.options import Commands, index_option, json_option, model_option
from indexer.cores import CORES
from indexer.deliveries import Indexing, articles_in, removal
from indexer.embedded import create, model_of, open_index, require_index
from indexer.embedded.criteria import describes
from indexer.embedding import DEFAULT_MODEL, Embedder, load_embedder
from indexer.errors import (
    BadInput,
    DatelineError,
    IncompatibleIndex,
    IndexLocked,
    ModelUnavailable,
    NotFound,
    StorageFull,
    Withdrawn,
)
from indexer.inbox import Delivery, InboxFull, Job, Load, Outcome
from indexer.index import Index, Snapshot
from indexer.priority import give_way_in_thread
from indexer.stored import Candidate, Copy, StoredArticle, StoredPassage
from indexer.types import (
    Arrival,
    Article,
    Chunking,
    Condition,
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
from indexer.unseen import shown

__all__ = [
    "COMMANDS",
    "CORES",
    "DEFAULT_MODEL",
    "Arrival",
    "Article",
    "BadInput",
    "Candidate",
    "Chunking",
    "Commands",
    "Condition",
    "Copy",
    "DatelineError",
    "Delivery",
    "Embedder",
    "Filter",
    "Freshness",
    "InboxFull",
    "IncompatibleIndex",
    "Index",
    "IndexLocked",
    "Indexing",
    "Job",
    "Keys",
    "Load",
    "Matches",
    "Model",
    "ModelUnavailable",
    "NotFound",
    "Outcome",
    "Passage",
    "Rejected",
    "Report",
    "Scores",
    "Snapshot",
    "StorageFull",
    "StoredArticle",
    "StoredPassage",
    "Vector",
    "Vectors",
    "Withdrawn",
    "counted",
    "create",
    "describes",
    "give_way_in_thread",
    "index_option",
    "json_option",
    "load_embedder",
    "model_of",
    "model_option",
    "open_index",
    "articles_in",
    "removal",
    "require_index",
    "sentence_places",
    "sentences",
    "shown",
]
