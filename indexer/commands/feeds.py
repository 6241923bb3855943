"""``dateline feeds``: feeds that articles arrive from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from indexer.commands.counting import counted
from indexer.commands.lines import Lines
from indexer.commands.options import (
    index_option,
    int8_option,
    lines_option,
    max_pages_option,
    model_option,
    once_option,
    open_intake,
    patience,
    private_option,
)
from indexer.embedded import open_index
from indexer.stopping import on_signals


@click.command()
@click.argument("lists", nargs=-1)
@index_option
@model_option
@int8_option
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    default=30.0,
    show_default=True,
    help="Minutes between two polls of a feed; more where the feed or its server asks for more, up to a day.",
)
@max_pages_option
@private_option
@once_option
@click.option("--status", is_flag=True, help="Show where each feed stands, of LISTS or of all, and poll none.")
@lines_option
def feeds(
    lists: tuple[str, ...],
    folder: Path,
    model: str | None,
    int8: bool,
    every: float,
    max_pages: int,
    allow_private: bool,
    once: bool,
    status: bool,
    as_json: bool,
) -> None:
    """Poll RSS, Atom and JSON feeds, and index the articles they lead to.

    LISTS are OPML files, text files with an address a line, or addresses. A file is read again when it changes. Each
    feed is asked on its own schedule and only for what is new; what it listed before is not fetched again unless it
    says that it changed. A feed that fails is asked less and less often; one that is gone (410) is not asked again.

    What was done is remembered in the index: started again, the command goes on where it was. SIGTERM and SIGINT let it
    finish what it is writing, with exit code 0. With --once it polls what is due; its exit code is 0 only where no feed
    failed and nothing was rejected.
    """
    if status:
        show(lists, folder, as_json)
        return
    if not lists:
        raise click.UsageError("Name a list of feeds, or use --status.")
    from indexer.fetching import Fetcher, Manners  # here, so that other commands start sooner
    from indexer.polling import FeedLists, Poller, Terms

    stop = on_signals()
    lines = Lines(as_json=as_json)
    named = FeedLists(lists)
    named.read()  # before anything is made, so that a slip costs nothing
    poller = Poller(
        open_intake(folder, model, patience(once), int8=int8),
        named,
        Terms(every * 60, max_pages),
        fetcher=partial(Fetcher, allow_private=allow_private, manners=Manners(memory=3600.0, rest=60.0)),
        tell=lines,
        stop=stop,
    )
    poller.run(once=once)
    if once and lines.wrong:
        raise SystemExit(1)


def show(lists: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Print where feeds stand."""
    from indexer.polling import FeedLists, FeedState, states

    known = states(open_index(folder).store)
    if not lists and not known:
        click.echo("No feed has been polled yet; name a list of feeds.", err=True)
    for feed in FeedLists(lists).read() if lists else sorted(known):
        state = known.get(feed, FeedState())
        polled, due = moment(state.polled_at), None if state.gone else moment(state.due_at)
        if as_json:
            facts = {"address": state.address or feed, "polled_at": polled, "due_at": due, "result": state.result}
            numbers = {"articles": state.articles, "errors": state.errors, "gone": state.gone}
            click.echo(json.dumps({"feed": feed, **facts, **numbers}, default=datetime.isoformat))
            continue
        click.echo(feed + (f" (now at {state.address})" if state.address else ""))
        last, following = local(polled, "never"), "never" if state.gone else local(due, "now")
        click.echo(f"  polled {last}, next {following}, {counted(state.articles, 'article')}")
        click.echo(f"  {state.result or 'not polled yet'}")


def moment(seconds: float) -> datetime | None:
    """Return a time as remembered; None for none."""
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0) if seconds else None


def local(when: datetime | None, otherwise: str) -> str:
    """Write a time for people."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}" if when else otherwise
