"""Whether a citation holds: its passage exists, and the quote stands in it word for word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.answering.drafts import Claim, Draft
from service.answering.events import Citation, Source
from service.types import Span

SHORTEST_QUOTE = 8
"""Characters, without spaces, from which a quote shows anything: "the" stands in every passage."""

ALIKE = str.maketrans("‘’‚‛`´“”„‟«»‐‑‒–—−", "''''''\"\"\"\"\"\"------")
"""Marks that are written in several ways and mean the same."""

NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
ADDRESS = re.compile(r"(?:https?://|www\.)[^\s)\]>\"']+", re.IGNORECASE)

NO_SUCH = "there is no such passage"
NO_QUOTE = "it quotes nothing, or too little to be checked"
NOT_THERE = "the quote does not stand in this passage"


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim that does not hold, and why."""

    claim: Claim
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is left of a sentence's claims; ``doubt`` says why that is no support, and is None where it is."""

    citations: tuple[Citation, ...]
    refused: tuple[Refused, ...]
    doubt: str | None


def check(draft: Draft, sources: Mapping[int, Source], question: str) -> Checked:
    """Keep the claims that hold."""
    tried = [verify(claim, sources) for claim in draft.claims]
    citations = tuple(one for one in tried if isinstance(one, Citation))
    refused = tuple(one for one in tried if isinstance(one, Refused))
    return Checked(citations, refused, doubt(draft, citations, question))


def verify(claim: Claim, sources: Mapping[int, Source]) -> Citation | Refused:
    """Return the slice of the article that ``claim`` quotes, or why there is none."""
    source = sources.get(claim.number)
    if source is None:
        return Refused(claim, NO_SUCH)
    if len("".join(claim.quote.split())) < SHORTEST_QUOTE:
        return Refused(claim, NO_QUOTE)
    passage = source.found.passage
    found = find(claim.quote, passage.text)
    return Refused(claim, NOT_THERE) if found is None else Citation(source, moved(found, passage.start))


def find(quote: str, text: str) -> Span | None:
    """Return where ``quote`` stands in ``text``, but for white space and the shape of quotation marks and dashes."""
    words = unicodedata.normalize("NFC", quote).translate(ALIKE).split()
    pattern = r"\s+".join(re.escape(word) for word in words)
    found = re.search(rf"(?<!\w){pattern}(?!\w)", text.translate(ALIKE))  # as long as the text: one for one
    return Span(*found.span()) if found else None


def moved(span: Span, by: int) -> Span:
    """Return ``span`` of a passage as one of its article."""
    return Span(span.start + by, span.end + by)


def doubt(draft: Draft, citations: Sequence[Citation], question: str) -> str | None:
    """Say why ``citations`` do not bear the sentence: there are none, or it has numbers or addresses of its own."""
    if not citations:
        return "no citation holds"
    told = " ".join([question, *(told_by(one) for one in citations)])
    known = set(NUMBER.findall(told))
    for number in NUMBER.findall(draft.text):
        if number not in known:
            return f"the cited passages do not say {number}"
    for address in ADDRESS.findall(draft.text):
        if address not in told:
            return "the cited passages do not have this web address"
    return None


def told_by(citation: Citation) -> str:
    """Return all that the cited passage says, with its headline and its date."""
    found = citation.source.found
    article = found.source.article
    return f"{article.title} {article.published_at or ''} {found.passage.text}"
