"""Answers in sentences, each with its source: taken from the articles as they stand, or written and then checked."""

from service.answering.asking import MOST_SENTENCES, PLENTY, SURE_ENOUGH, Asked, Mode
from service.answering.endpoint import Endpoint, LanguageModel, ModelFailed, ModelTimeout
from service.answering.events import (
    NOT_HERE,
    Answered,
    Citation,
    Cited,
    Done,
    Event,
    Part,
    Removed,
    Said,
    Source,
    Sources,
    collect,
)
from service.answering.extracting import extract
from service.answering.parts import MOST_PARTS, Question, split
from service.answering.writing import write

__all__ = [
    "MOST_PARTS",
    "MOST_SENTENCES",
    "NOT_HERE",
    "PLENTY",
    "SURE_ENOUGH",
    "Answered",
    "Asked",
    "Citation",
    "Cited",
    "Done",
    "Endpoint",
    "Event",
    "LanguageModel",
    "Mode",
    "ModelFailed",
    "ModelTimeout",
    "Part",
    "Question",
    "Removed",
    "Said",
    "Source",
    "Sources",
    "collect",
    "extract",
    "split",
    "write",
]
