"""``dateline ask``: a question in, an answer with numbered sources out."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from indexer import BadInput, index_option, json_option, model_option, require_index
from service.answering import MOST_SENTENCES, PLENTY, collect, extract, write
from service.cli import day, reranker_option, search
from service.opening import open_searcher
from service.options import Decorated, endpoint_options, read
from service.schemas.ask import AskedOut, AskIn, SentenceOut, SourceOut
from service.schemas.asked import QuestionIn
from service.settings import Settings, endpoint_of

WIDTH = 100


def filter_options(command: Decorated) -> Decorated:
    """Give ``command`` the filters of ``dateline search``."""
    kept = [option for option in search.params if isinstance(option, click.Option)]
    for option in reversed([one for one in kept if one.name in QuestionIn.model_fields]):
        command.__dict__.setdefault("__click_params__", []).append(option)
    return command


@click.command()
@click.argument("question")
@index_option
@model_option
@reranker_option
@json_option
@click.option("--written", is_flag=True, help="Have the language model write the answer, from the articles only.")
@click.option("--sentences", type=int, help=f"Sentences for each part, up to {MOST_SENTENCES}. [default: 3]")
@click.option("--limit", type=int, help=f"Passages that are read for each part. [default: {PLENTY}]")
@filter_options
@endpoint_options
def ask(
    question: str,
    folder: Path,
    model: str | None,
    reranker: str | None,
    as_json: bool,
    written: bool,
    llm_url: str | None,
    llm_model: str | None,
    llm_key: str | None,
    **asked: Any,  # noqa: ANN401  # the filters, which AskIn reads
) -> None:
    """Answer QUESTION in sentences of the articles, word for word, with their sources.

    Several questions in one are answered one after the other.
    """
    started = perf_counter()
    endpoint = endpoint_of(llm_url, llm_model, llm_key)
    if written and endpoint is None:
        raise BadInput("--written: no language model is configured; name one with --llm-url and --llm-model.")
    ask_in = read(AskIn, question, {**asked, "mode": "written" if written else "extractive"})
    require_index(folder)
    searcher = open_searcher(Settings(folder, model, reranker))
    wanted = ask_in.asked(datetime.now(UTC))
    events = write(searcher, endpoint, wanted) if written and endpoint else extract(searcher, wanted)
    answer = AskedOut.of(ask_in, wanted, collect(events), (perf_counter() - started) * 1000)
    click.echo(answer.model_dump_json(indent=2) if as_json else readable(answer))


def readable(answer: AskedOut) -> str:
    """Lay an answer out for a terminal: its sentences, then the numbered sources."""
    blocks = []
    for place, part in enumerate(answer.parts):
        own = [one for one in answer.sentences if one.parts == [place]]
        lines = [part.text] if len(answer.parts) > 1 and answer.mode == "extractive" else []
        lines += [said(one) for one in own]
        if part.no_answer or (answer.no_answer and place == 0):
            lines.append(f"This is not in these articles (confidence {part.confidence:.2f}).")
        blocks.append("\n".join(lines))
    blocks.append("\n".join(said(one) for one in answer.sentences if len(one.parts) > 1))
    blocks.append("\n".join(described(one) for one in answer.sources))
    blocks += [f"Removed: [{one.source}] {one.quote!r}: {one.reason}." for one in answer.removed]
    return "\n\n".join(filter(None, [*blocks, *answer.warnings]))


def said(sentence: SentenceOut) -> str:
    """Lay a sentence out, with the numbers of its sources."""
    numbers = "".join(f"[{number}]" for number in dict.fromkeys(one.source for one in sentence.citations))
    doubt = f"(unsupported: {sentence.doubt})" if sentence.doubt else ""
    words = " ".join(filter(None, [" ".join(sentence.text.split()), numbers, doubt]))
    return textwrap.fill(words, WIDTH)


def described(source: SourceOut) -> str:
    """Lay a source out."""
    where = [source.publisher.name or source.publisher.domain, day(source.published_at), source.url]
    place = f"{source.article_id} [{source.char_start}:{source.char_end}]"
    return f"[{source.number}] {source.title}\n    {' · '.join(filter(None, where))}\n    {place}"
