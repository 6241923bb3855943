"""The JSON of OpenAI's vector stores: what may be asked, and what is answered."""

from service.schemas.openai.errors import OpenAIErrorOut
from service.schemas.openai.search import TextOut, VectorStoreResultOut, VectorStoreResultsOut, VectorStoreSearchIn
from service.schemas.openai.stores import (
    FileContentOut,
    VectorStoreFileOut,
    VectorStoreFilesIn,
    VectorStoreFilesOut,
    VectorStoreOut,
    VectorStoresIn,
    VectorStoresOut,
)

__all__ = [
    "FileContentOut",
    "OpenAIErrorOut",
    "TextOut",
    "VectorStoreFileOut",
    "VectorStoreFilesIn",
    "VectorStoreFilesOut",
    "VectorStoreOut",
    "VectorStoreResultOut",
    "VectorStoreResultsOut",
    "VectorStoreSearchIn",
    "VectorStoresIn",
    "VectorStoresOut",
]
