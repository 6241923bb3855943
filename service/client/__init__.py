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
    Reply,
    Report,
    Sentence,
    Span,
    Story,
)
from service.client.retrying import Retrying
from service.client.versions import Change, Version, Versions

__all__ = [
    "Answer",
    "Article",
    "AskOptions",
    "AsyncClient",
    "Change",
    "Citation",
    "Client",
    "ClientError",
    "Copy",
    "FieldError",
    "Hit",
    "Job",
    "Passage",
    "Publisher",
    "QuestionOptions",
    "Ready",
    "Rejected",
    "Reply",
    "Report",
    "Retrying",
    "SearchOptions",
    "Sentence",
    "ServiceProblem",
    "ServiceUnreachable",
    "Span",
    "Story",
    "Version",
    "Versions",
    "Written",
]
