"""The indexer's commands. Each is a skin: options in, a call, words out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from indexer import pipeline, sources
from indexer.boilerplate import without_boilerplate
from indexer.commands.counting import counted
from indexer.commands.feeds import feeds
from indexer.commands.migrate import migrate
from indexer.commands.options import (
    Commands,
    bulk_embedder,
    index_option,
    int8_option,
    json_option,
    max_pages_option,
    model_option,
    private_option,
    recorded_model,
    wait_option,
)
from indexer.commands.upkeep import backup, compact, doctor, restore_
from indexer.commands.watch import watch
from indexer.differences import showing_differences
from indexer.embedded import create, model_of, open_index
from indexer.embedding import Embedder
from indexer.errors import DatelineError, NotFound
from indexer.index import Index
from indexer.stored import StoredArticle
from indexer.types import Chunking, Report

SHOWN = 20
"""Rejections written out one by one; the rest are counted."""


@click.command()
@click.argument("paths", nargs=-1, required=True)
@index_option
@model_option
@int8_option
@wait_option
@json_option
@click.option("--dry-run", is_flag=True, help="Read, clean and compare everything, and change nothing.")
@click.option("--diff", is_flag=True, help="With --dry-run: show line by line what cleaning changes in the bodies.")
@max_pages_option
@private_option
def add(
    paths: tuple[str, ...],
    folder: Path,
    model: str | None,
    int8: bool,
    wait: float,
    as_json: bool,
    dry_run: bool,
    diff: bool,
    max_pages: int,
    allow_private: bool,
) -> None:
    """Add articles, or what has changed in them, to the index.

    PATHS are files, folders, patterns, or - for standard input. They may hold plain text, Markdown, HTML, JSON and JSON
    Lines, CSV, TSV and Parquet, feeds, NewsML, NITF and ninjs, mailboxes, and zip, tar and WARC archives, each also
    packed with gzip, bzip2 or xz. A URL is fetched: a page, or a feed, sitemap or OPML file and the pages it lists.
    What is already there as it is costs nothing.

    Exit code 0 only where nothing was rejected.
    """
    if diff and not dry_run:
        raise click.UsageError("--diff goes with --dry-run.")
    urls = [path for path in paths if path.startswith(("http://", "https://"))]
    found = sources.find([path for path in paths if path not in urls])
    for index_folder in found.indexes:
        click.echo(f"left out: {index_folder} is the folder of an index", err=True)
    with tqdm(total=found.size, unit="B", unit_scale=True, disable=None, leave=False, delay=1) as bar:
        arrived = chain(read(found, bar), fetch(urls, max_pages, allow_private))
        articles = showing_differences(arrived, click.echo) if diff else without_boilerplate(arrived)
        if dry_run:
            digests = open_index(folder).store.digests if model_of(folder) else lambda ids: {}
            report = pipeline.preview(articles, digests, chunking=Chunking())
        else:
            embedder = bulk_embedder(model or recorded_model(folder), int8=int8)
            create(folder, embedder.model, Chunking())
            report = take_in(articles, open_index(folder, embedder.model, Chunking()), embedder, wait, bar)
    finish(report, found.skipped, as_json, "Would add" if dry_run else "Added")


@click.command()
@click.argument("ids", nargs=-1, required=True)
@index_option
@wait_option
@json_option
def remove(ids: tuple[str, ...], folder: Path, wait: float, as_json: bool) -> None:
    """Remove articles from the index by their ids."""
    report = pipeline.remove(open_index(folder), ids, wait=wait)
    finish(report, (), as_json, "Removed")


@click.command()
@index_option
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Say what is in the index."""
    index = open_index(folder)
    facts = describe(index, folder)
    if as_json:
        click.echo(json.dumps(facts, default=str))
        return
    click.echo(f"Index      {folder} ({facts['engine']} engine, {facts['bytes'] / 1e6:,.1f} MB)")
    click.echo(f"Model      {facts['model']} ({facts['dimension']} dimensions, SHA-256 {facts['model_sha256'][:12]})")
    click.echo(f"Articles   {facts['articles']:,}")
    click.echo(f"Passages   {facts['passages']:,}")
    click.echo(f"Newest     {facts['newest_article_at'] or 'no article has a date'}")
    click.echo(f"Changed    {facts['indexed_at'] or 'never'} (sequence number {facts['sequence_number']})")


@click.command()
@click.argument("article_id", metavar="ID")
@index_option
@json_option
def show(article_id: str, folder: Path, as_json: bool) -> None:
    """Show an article as it stands in the index, with its passages."""
    index = open_index(folder)
    number = index.snapshot().sequence_number
    stored = index.store.article(article_id, number)
    if stored is None:
        raise NotFound(f"There is no article {article_id!r} in {folder}.")
    passages = index.store.article_passages(article_id, number)
    spans = [{"id": p.passage.id, "char_start": p.passage.start, "char_end": p.passage.end} for p in passages]
    if as_json:
        click.echo(json.dumps({**facts_of(stored), "body": stored.article.body, "passages": spans}, default=str))
        return
    for name, value in facts_of(stored).items():
        if value:
            click.echo(f"{name:<14} {', '.join(value) if isinstance(value, tuple) else value}")
    for span in spans:
        click.echo("passage        {id} [{char_start}:{char_end}]".format_map(span))
    click.echo(f"\n{stored.article.body}")


COMMANDS = (add, watch, feeds, remove, status, show, migrate, compact, backup, restore_, doctor)


@click.group(cls=Commands, commands=list(COMMANDS))
def main() -> None:
    """Turn news articles into an index that can be asked questions."""


def read(found: sources.Findings, bar: tqdm[Any]) -> Iterator[pipeline.Read]:
    """Yield everything that was found, moving ``bar`` by the bytes read."""
    yield from found.rejected
    for item in found.inputs:
        yield from sources.read(item, advance=bar.update)


def fetch(urls: Sequence[str], max_pages: int, allow_private: bool) -> Iterator[pipeline.Read]:
    """Yield what is found at ``urls``, one after the other."""
    if not urls:
        return
    from indexer.fetching import Fetcher, crawl  # here, so that commands that fetch nothing start sooner

    with Fetcher(allow_private=allow_private) as fetcher:
        for url in urls:
            yield from crawl(url, fetcher, max_pages=max_pages, note=lambda text: click.echo(text, err=True))


def take_in(articles: Iterable[pipeline.Read], index: Index, embedder: Embedder, wait: float, bar: tqdm[Any]) -> Report:
    """Bring ``articles`` into ``index``, and show on ``bar`` how far that is; stopped midway, say what is done."""
    done = Report()

    def note(so_far: Report) -> None:
        nonlocal done
        done = so_far
        bar.set_postfix(passages=so_far.passages, rejected=len(so_far.rejected))

    try:
        return pipeline.add(index, embedder, articles, chunking=Chunking(), wait=wait, progress=note)
    except (KeyboardInterrupt, DatelineError) as stopped:
        bar.close()
        if done != Report() or isinstance(stopped, KeyboardInterrupt):
            told = summary(done, 0, "Added")
            click.echo(f"{told} so far. Run the same command again, and it goes on from there.", err=True)
        raise


def finish(report: Report, skipped: tuple[str, ...], as_json: bool, verb: str) -> None:
    """Print what was done, and leave with exit code 1 if anything was rejected."""
    if as_json:
        click.echo(json.dumps({**asdict(report), "skipped": skipped}))
    else:
        click.echo(summary(report, len(skipped), verb))
        for rejected in report.rejected[:SHOWN]:
            click.echo(f"rejected: {rejected}", err=True)
        if len(report.rejected) > SHOWN:
            click.echo(f"... and {len(report.rejected) - SHOWN} more; --json lists them all", err=True)
    if report.rejected:
        sys.exit(1)


def summary(report: Report, skipped: int, verb: str) -> str:
    """Say in one line what was done."""
    parts = [f"{verb} {report.added:,}", f"updated {report.updated:,}", f"unchanged {report.unchanged:,}"]
    if verb == "Removed":
        parts = [f"Removed {report.removed:,}"]
    parts.append(f"rejected {len(report.rejected):,}")
    if skipped:
        parts.append(f"skipped {counted(skipped, 'file')} of other formats")
    return f"{', '.join(parts)} ({counted(report.passages, 'passage')}, {report.embedded:,} embedded)"


def describe(index: Index, folder: Path) -> dict[str, Any]:
    """Return the facts of ``status``."""
    store = index.store
    return {
        "index": str(folder),
        "engine": store.engine,
        "model": store.model.name,
        "model_sha256": store.model.sha256,
        "dimension": store.model.dimension,
        "bytes": store.size(),
        **asdict(index.snapshot().freshness),
    }


def facts_of(stored: StoredArticle) -> dict[str, Any]:
    """Return everything about an article but its body."""
    facts = asdict(stored.article)
    del facts["body"]
    return {**facts, "version": stored.version, "indexed_at": stored.indexed_at}
