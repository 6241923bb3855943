"""The service's commands. Each is a skin: options in, a call, words out."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import click

from indexer import BadInput, counted, index_option, json_option, model_of, model_option, require_index
from service.evaluation.command import evaluate
from service.keys import keys_in, keys_of_file
from service.opening import open_searcher
from service.options import endpoint_options, read
from service.running import Running
from service.saved import SavedFilter
from service.schemas import AnswerOut, HitOut, SearchIn
from service.settings import GRACE, MAX_WAITING, Settings, Writes, endpoint_of

reranker_option = click.option(
    "--reranker",
    envvar="DATELINE_RERANKER",
    show_envvar=True,
    help="Cross-encoder that judges the best hits again where a question asks for it: a Hugging Face id or a folder.",
)


@click.command()
@index_option
@model_option
@reranker_option
@click.option("--host", default="127.0.0.1", envvar="DATELINE_HOST", show_envvar=True, show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, envvar="DATELINE_PORT", show_envvar=True, show_default=True
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    envvar="DATELINE_WORKERS",
    show_envvar=True,
    show_default=True,
    help="Processes, each with its own copy of the model.",
)
@click.option(
    "--write-key",
    envvar="DATELINE_WRITE_KEY",
    show_envvar=True,
    help="Key that may write over HTTP; several with spaces in between. Without a key nobody may. Better not on the"
    " command line, which others on this machine can see.",
)
@click.option(
    "--write-key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="DATELINE_WRITE_KEY_FILE",
    show_envvar=True,
    help="File with such keys, one a line.",
)
@click.option(
    "--max-waiting",
    type=click.IntRange(1),
    default=MAX_WAITING,
    envvar="DATELINE_MAX_WAITING",
    show_envvar=True,
    show_default=True,
    help="Articles taken in over HTTP that may wait to be indexed; more are refused with 429.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=GRACE,
    envvar="DATELINE_GRACE",
    show_envvar=True,
    show_default=True,
    help="Seconds to finish what runs when told to stop.",
)
@click.option(
    "--allowed-origin",
    "allowed_origins",
    multiple=True,
    envvar="DATELINE_ALLOWED_ORIGINS",
    show_envvar=True,
    help="Web page that may speak MCP with the service, such as https://chat.example.com; repeatable. Pages of this"
    " machine always may.",
)
@endpoint_options
@click.pass_obj
def serve(
    stores: tuple[SavedFilter, ...] | None,
    folder: Path,
    model: str | None,
    reranker: str | None,
    host: str,
    port: int,
    workers: int,
    write_key: str | None,
    write_key_file: Path | None,
    max_waiting: int,
    grace: float,
    allowed_origins: tuple[str, ...],
    llm_url: str | None,
    llm_model: str | None,
    llm_key: str | None,
) -> None:
    """Answer questions over HTTP.

    The index may be empty or still be made; what the indexer adds is searchable within two seconds.
    """
    keys = keys_in(write_key or "", "--write-key") + (keys_of_file(write_key_file) if write_key_file else ())
    writes = Writes(keys, max_waiting) if keys else None
    endpoint = endpoint_of(llm_url, llm_model, llm_key)
    settings = Settings(folder, model, reranker, stores or (), writes, grace, allowed_origins, endpoint)
    os.environ.update(settings.to_env())  # where worker processes find it
    model_of(folder)  # says now, not in a worker's log, that this release cannot read the index
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what uvicorn comes back to when it has stopped
    with app_of(settings, workers) as app:
        import uvicorn

        uvicorn.run(
            app,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            timeout_graceful_shutdown=1,  # service.stopping has let everything finish before
        )


@contextmanager
def app_of(settings: Settings, workers: int) -> Iterator[str | Callable[[], object]]:
    """Give what makes the app. One process begins to open the index while all that speaks HTTP is still imported."""
    if workers > 1:
        yield "service.app:from_environment"
        return

    def make() -> object:
        from service.app import create_app

        return create_app(running, settings)

    with begun(Running(lambda: open_searcher(settings))) as running:
        yield make


@contextmanager
def begun(running: Running) -> Iterator[Running]:
    """Run for as long as the block lasts.

    Where a model is still being loaded soon after that, or it is told to stop once more, the process ends where it
    stands: Python would crash in it.
    """
    try:
        running.start()
        yield running
    finally:
        leaving = sys.exc_info()[1]
        try:
            stopped = running.stop()
        except (SystemExit, KeyboardInterrupt):
            stopped = False
        if not stopped:
            sys.stdout.flush()
            os._exit(0 if leaving is None or getattr(leaving, "code", 1) in (None, 0) else 1)


@click.command()
@click.argument("question")
@index_option
@model_option
@reranker_option
@json_option
@click.option("--limit", type=int, default=5, show_default=True, help="How many hits.")
@click.option("--offset", type=int, default=0, help="How many hits to pass over.")
@click.option("--group-by", default="article", show_default=True, help="One hit an 'article', or every 'passage'.")
@click.option("--as-of", help="Ask as if it were this moment; nothing published later is an answer.")
@click.option("--known-at", help="Answer with what the index knew at that moment.")
@click.option("--published-from", help="Published then or later: 2025-08-21 or 2025-08-21T14:05:00Z.")
@click.option("--published-to", help="Published then or earlier.")
@click.option("--publisher", "publishers", multiple=True, help="Only this publisher, by name or domain; repeatable.")
@click.option("--exclude-publisher", "exclude_publishers", multiple=True, help="Not this publisher; repeatable.")
@click.option("--author", "authors", multiple=True, help="Only by this author; repeatable.")
@click.option("--category", "categories", multiple=True, help="Only in this category; repeatable.")
@click.option("--language", "languages", multiple=True, help="Only in this language, such as en; repeatable.")
@click.option("--article", "article_ids", multiple=True, help="Only from the article with this id; repeatable.")
@click.option("--parse-time/--no-parse-time", default=True, help="Understand time words in the question. [default: on]")
@click.option("--recency", help="Prefer newer articles: auto, off, or a half-life such as 14d. [default: auto]")
@click.option("--duplicates", help="Copies of one text: collapse, keep or only. [default: collapse]")
@click.option("--max-per-story", type=int, help="At most so many hits of one story.")
@click.option("--max-per-publisher", type=int, help="At most so many hits of one publisher.")
@click.option("--min-confidence", type=float, help="Print nothing that is less sure than this, from 0 to 1.")
@click.option("--rerank", is_flag=True, help="Have the best hits judged again by the --reranker.")
@click.option("--explain", is_flag=True, help="Say of every score what it is made of.")
def search(
    question: str, folder: Path, model: str | None, reranker: str | None, as_json: bool, explain: bool, **asked: object
) -> None:
    """Ask the index QUESTION and print the passages that answer it, with their sources."""
    if asked["rerank"] and not reranker:
        raise BadInput("--rerank: no reranker is configured; name one with --reranker.")
    query = read(SearchIn, question, asked).query(datetime.now(UTC))
    require_index(folder)
    searcher = open_searcher(Settings(folder, model, reranker))
    started = perf_counter()
    found = searcher.search(query)
    answer = AnswerOut.of(found, took_ms=(perf_counter() - started) * 1000, explained=explain)
    click.echo(answer.model_dump_json(indent=2) if as_json else readable(answer))


@click.command()
@index_option
@model_option
@reranker_option
@click.option(
    "--public-url",
    default="http://127.0.0.1:8000",
    envvar="DATELINE_PUBLIC_URL",
    show_envvar=True,
    show_default=True,
    help="Where dateline serve can be reached; articles without an address of their own are linked there.",
)
def mcp(folder: Path, model: str | None, reranker: str | None, public_url: str) -> None:
    """Answer a chat client over standard input and output (Model Context Protocol).

    The client starts this command itself. Clients that ask over HTTP find the same at /mcp of dateline serve.
    """
    import anyio

    from service.mcp.server import serve_stdio

    require_index(folder)
    with begun(Running(lambda: open_searcher(Settings(folder, model, reranker)))) as running:
        anyio.run(serve_stdio, running.wait, public_url.rstrip("/"))


COMMANDS = (serve, search, mcp, evaluate)


def readable(answer: AnswerOut) -> str:
    """Lay an answer out for a terminal."""
    blocks = [describe(place, hit) for place, hit in enumerate(answer.results, answer.offset + 1)]
    if answer.no_answer and answer.total:
        blocks.append(f"Nothing found answers this (confidence {answer.confidence:.2f}; --min-confidence 0 shows it).")
    if answer.understood and answer.understood.start:
        time = answer.understood
        span = f"{time.start:%Y-%m-%d} to {time.end or answer.as_of:%Y-%m-%d}"
        blocks.append(f"Understood {time.text!r} as {span}{'' if time.filtered else ', a preference'}.")
    blocks += answer.warnings
    end = f"{len(answer.results)} of {counted(answer.total, 'hit')} in {answer.took_ms:.0f} ms"
    return "\n\n".join([*blocks, f"{end}, from {counted(answer.index.articles, 'article')}"])


def describe(place: int, hit: HitOut) -> str:
    """Lay a hit out for a terminal: headline, source, passage."""
    source = " · ".join(filter(None, [hit.publisher.name or hit.publisher.domain, day(hit.published_at), hit.url]))
    lines = [f"{place}. {hit.title}", f"   {source}"]
    if hit.also_published_by:
        others = (
            f"{one.publisher.name or one.publisher.domain}, {day(one.published_at)}" for one in hit.also_published_by
        )
        lines.append(f"   also: {'; '.join(others)}")
    if hit.correction:
        lines.append(f"   corrected: {hit.correction}")
    lines.append(textwrap.indent(textwrap.fill(" ".join(hit.text.split()), 100), "   "))
    lines.append(f"   {hit.article_id} [{hit.char_start}:{hit.char_end}] score {hit.score:.3f}")
    lines += [f"     {step.points:+.3f} {step.part}: {step.because}" for step in hit.explanation]
    return "\n".join(lines)


def day(moment: datetime | None) -> str:
    """Return a date as people write it."""
    return f"{moment.day} {moment:%B %Y}" if moment else "no date"
