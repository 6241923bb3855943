"""A typed client of Dateline's HTTP API. Importing it loads neither a model nor an index nor a web framework."""

from service.client.asked import AskOptions, QuestionOptions, SearchOptions
from service.client.clients import AsyncClient, Client
from service.client.errors import ClientError, ServiceProblem, ServiceUnreachable
from service.client.receipts import Job, Rejected, Written
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
    Removed,
    Reply,
    Report,
    Sentence,
    Span,
    Story,
)
from service.client.retrying import Retrying
from service.client.streaming import AskEvent, Cited, Delta, Sources
from service.client.versions import Change, Version, Versions

__all__ = [
    "Answer",
    "Article",
    "AskEvent",
    "AskOptions",
    "AsyncClient",
    "Change",
    "Citation",
    "Cited",
    "Client",
    "ClientError",
    "Copy",
    "Delta",
    "FieldError",
    "Hit",
    "Job",
    "Passage",
    "Publisher",
    "QuestionOptions",
    "Ready",
    "Rejected",
    "Removed",
    "Reply",
    "Report",
    "Retrying",
    "SearchOptions",
    "Sentence",
    "ServiceProblem",
    "ServiceUnreachable",
    "Sources",
    "Span",
    "Story",
    "Version",
    "Versions",
    "Written",
]
