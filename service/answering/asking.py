"""What can be asked for in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.types import Query

Mode = Literal["extractive", "written"]

PLENTY = 6
"""Passages that are read for a question unless it says otherwise."""

MOST_SENTENCES = 10

SURE_ENOUGH = 0.3
"""Confidence below which the answer is that it is not in these articles; hits, which a reader judges, need less."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be answered in sentences.

    ``query`` says under which filters, and by its limit how many passages are read for each part; ``sentences`` is
    how many are taken from the articles for each.
    """

    query: Query
    sentences: int = 3
