"""A typed client of Dateline's HTTP API. Importing it loads neither a model nor an index nor a web framework."""

from service.client.asked import AskOptions, QuestionOptions, SearchOptions
from service.client.clients import AsyncClient, Client
from service.client.errors import ClientError, ServiceProblem, ServiceUnreachable
from service.client.records import (
    Answer,
    Article,
    Citation,
    Copy,
    FieldError,
    Hit,
    Passage,
    Publisher,
    Ready,
    Reply,
    Report,
    Sentence,
    Span,
    Story,
)
from service.client.retrying import Retrying

__all__ = [
    "Answer",
    "Article",
    "AskOptions",
    "AsyncClient",
    "Citation",
    "Client",
    "ClientError",
    "Copy",
    "FieldError",
    "Hit",
    "Passage",
    "Publisher",
    "QuestionOptions",
    "Ready",
    "Reply",
    "Report",
    "Retrying",
    "SearchOptions",
    "Sentence",
    "ServiceProblem",
    "ServiceUnreachable",
    "Span",
    "Story",
]
