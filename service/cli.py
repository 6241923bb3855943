"""The service's commands. Each is a skin: options in, a call, words out."""

from __future__ import annotations

import os
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import click
from pydantic import ValidationError

from indexer import BadInput, NotFound, index_option, json_option, model_of, model_option
from service.schemas import AnswerOut, HitOut, SearchIn, errors_of
from service.settings import Settings
from service.types import Query


@click.command()
@index_option
@model_option
@click.option("--host", default="127.0.0.1", envvar="DATELINE_HOST", show_envvar=True, show_default=True)
@click.option("--port", type=int, default=8000, envvar="DATELINE_PORT", show_envvar=True, show_default=True)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    envvar="DATELINE_WORKERS",
    show_envvar=True,
    show_default=True,
    help="Processes, each with its own copy of the model.",
)
def serve(folder: Path, model: str | None, host: str, port: int, workers: int) -> None:
    """Answer questions over HTTP.

    The index may be empty or still be made; what the indexer adds is searchable within two seconds.
    """
    import uvicorn

    os.environ.update(Settings(folder, model).to_env())  # where worker processes find it
    model_of(folder)  # says now, not in a worker's log, that this release cannot read the index
    uvicorn.run("service.app:from_environment", factory=True, host=host, port=port, workers=workers)


@click.command()
@click.argument("question")
@index_option
@model_option
@json_option
@click.option("--limit", type=int, default=5, show_default=True, help="How many hits.")
@click.option("--offset", type=int, default=0, help="How many hits to pass over.")
@click.option("--group-by", default="article", show_default=True, help="One hit an 'article', or every 'passage'.")
@click.option("--as-of", help="Ask as if it were this moment; nothing published later is an answer.")
@click.option("--published-from", help="Published then or later: 2025-08-21 or 2025-08-21T14:05:00Z.")
@click.option("--published-to", help="Published then or earlier.")
@click.option("--publisher", "publishers", multiple=True, help="Only this publisher, by name or domain; repeatable.")
@click.option("--exclude-publisher", "exclude_publishers", multiple=True, help="Not this publisher; repeatable.")
@click.option("--author", "authors", multiple=True, help="Only by this author; repeatable.")
@click.option("--category", "categories", multiple=True, help="Only in this category; repeatable.")
@click.option("--language", "languages", multiple=True, help="Only in this language, such as en; repeatable.")
@click.option("--article", "article_ids", multiple=True, help="Only from the article with this id; repeatable.")
def search(question: str, folder: Path, model: str | None, as_json: bool, **asked: object) -> None:
    """Ask the index QUESTION and print the passages that answer it, with their sources."""
    from service.app import open_searcher

    query = read_query(question, asked)
    if model_of(folder) is None:
        raise NotFound(f"There is no index in {folder}. Make one with: dateline add PATH... --index {folder}")
    searcher = open_searcher(Settings(folder, model))
    started = perf_counter()
    answer = AnswerOut.of(searcher.search(query), took_ms=(perf_counter() - started) * 1000)
    click.echo(answer.model_dump_json(indent=2) if as_json else readable(answer))


COMMANDS = (serve, search)


def read_query(question: str, asked: dict[str, object]) -> Query:
    """Return the question with its filters; raises BadInput, naming the option."""
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()}
    try:
        question_in = SearchIn.model_validate({"q": question, **{k: v for k, v in given.items() if v is not None}})
    except ValidationError as error:
        raise BadInput("; ".join(f"{one.field}: {one.message}" for one in errors_of(error.errors()))) from error
    return question_in.query(datetime.now(UTC))


def readable(answer: AnswerOut) -> str:
    """Lay an answer out for a terminal."""
    hits = [describe(place, hit) for place, hit in enumerate(answer.results, answer.offset + 1)]
    end = f"{len(hits)} of {answer.total} hits in {answer.took_ms:.0f} ms, from {answer.index.articles:,} articles"
    return "\n\n".join([*hits, *answer.warnings, end])


def describe(place: int, hit: HitOut) -> str:
    """Lay a hit out for a terminal: headline, source, passage."""
    published = f"{hit.published_at:%-d %B %Y}" if hit.published_at else "no date"
    source = " · ".join(filter(None, [hit.publisher.name or hit.publisher.domain, published, hit.url]))
    text = textwrap.indent(textwrap.fill(" ".join(hit.text.split()), 100), "   ")
    cited = f"   {hit.article_id} [{hit.char_start}:{hit.char_end}] score {hit.score:.3f}"
    return f"{place}. {hit.title}\n   {source}\n{text}\n{cited}"
