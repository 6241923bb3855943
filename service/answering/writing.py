"""An answer written by a language model, of which nothing is passed on before it has been checked."""

from __future__ import annotations

from collections.abc import Iterator

from service.answering.asking import Asked
from service.answering.checking import check
from service.answering.drafts import Draft, drafts
from service.answering.endpoint import LanguageModel
from service.answering.events import Cited, Done, Event, Removed, Said, Source, Sources
from service.answering.prompting import NO_ANSWER, instructions, prompt
from service.answering.reading import read
from service.fencing import Fence
from service.search import Searcher

UNSUPPORTED = (
    "No sentence of this answer is borne out by its citations; mode=extractive quotes the articles themselves."
)


def write(searcher: Searcher, model: LanguageModel, asked: Asked) -> Iterator[Event]:
    """Have ``model`` answer from the passages that were found; each sentence is checked as soon as it is whole.

    Where no passage may answer the model is not asked. Raises ModelFailed and ModelTimeout.
    """
    reading = read(searcher, asked.query)
    sources = reading.sources
    yield Sources(reading.parts, sources, reading.freshness, reading.warnings)
    if not sources:
        yield Done(no_answer=True)
        return
    fence = Fence()
    written = model.write(instructions(fence), prompt(asked.query.text, reading.parts, sources, fence))
    yield from checked(drafts(written), sources, asked.query.text, tuple(range(len(reading.parts))))


def checked(
    written: Iterator[Draft], sources: tuple[Source, ...], question: str, parts: tuple[int, ...]
) -> Iterator[Event]:
    """Tell every sentence with what is left of its citations, and what was removed."""
    numbered = {source.number: source for source in sources}
    said = supported = 0
    for draft in written:
        if declines(draft):
            continue
        found = check(draft, numbered, question)
        yield Said(draft.text, parts, doubt=found.doubt)
        for citation in found.citations:
            yield Cited(said, citation)
        for refused in found.refused:
            yield Removed(said, refused.claim.number, refused.claim.quote, refused.reason)
        said += 1
        supported += found.doubt is None
    yield Done(no_answer=not said, warnings=() if supported or not said else (UNSUPPORTED,))


def declines(draft: Draft) -> bool:
    """Tell whether this is how the model says that the passages do not answer."""
    return draft.text.strip(" .!*\"'").upper() == NO_ANSWER
