"""``dateline compact``, ``backup``, ``restore`` and ``doctor``: keeping an index in good order for years."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

import click

from indexer.commands.counting import counted
from indexer.commands.options import index_option, json_option, wait_option
from indexer.embedded import back_up, examine, open_index, repair, restore, sizes
from indexer.health import Examined, Finding, Sizes

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@index_option
@wait_option
@json_option
def compact(folder: Path, wait: float, as_json: bool) -> None:
    """Sweep what has expired, and give back what is no longer needed.

    Articles past their expiry are removed, the views are written without what is dead in them, and what belongs to a
    model that was given up is deleted. Searches go on meanwhile; writers wait. Ended at any moment, it leaves the index
    as it was or as it is to be.
    """
    before = sizes(folder)
    swept = open_index(folder).compact(wait)
    after = sizes(folder)
    if as_json:
        click.echo(json.dumps({"swept": swept, "before": asdict(before), "after": asdict(after)}))
        return
    click.echo(f"Swept {counted(swept, 'expired article')}")
    for name, part in (("Articles", "store"), ("Vectors", "vectors"), ("Words", "words")):
        click.echo(f"{name:<10} {megabytes(getattr(before, part))} -> {megabytes(getattr(after, part))}")
    click.echo(f"{'Together':<10} {megabytes(total(before))} -> {megabytes(total(after))}")


@click.command()
@file_argument
@index_option
@click.option("--force", is_flag=True, help="Replace FILE if there is one.")
@json_option
def backup(file: Path, folder: Path, force: bool, as_json: bool) -> None:
    """Copy the index into one FILE, as it stands at this moment.

    It may be searched and written to meanwhile. FILE appears when it is complete, checked and safe on the disk. It
    holds every article, its versions, embeddings and what waits to be indexed; "dateline restore" makes an index of it.
    """
    saved = back_up(folder, file, force=force)
    if as_json:
        click.echo(json.dumps(asdict(saved), default=str))
        return
    held = (
        f"{counted(saved.articles, 'article')} ({counted(saved.passages, 'passage')}, change {saved.sequence_number:,})"
    )
    click.echo(f"Backed up {held} into {file}: {saved.bytes:,} bytes in {saved.seconds:.1f} s")


@click.command(name="restore")
@file_argument
@index_option
@json_option
def restore_(file: Path, folder: Path, as_json: bool) -> None:
    """Make an index of a FILE that "dateline backup" wrote.

    The folder given with --index must not hold an index. The file is checked first; nothing is embedded again.
    """
    restore(file, folder)
    freshness = open_index(folder).snapshot().freshness
    if as_json:
        click.echo(json.dumps({"index": str(folder), **asdict(freshness)}, default=datetime.isoformat))
        return
    changed = (
        f", last changed {freshness.indexed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if freshness.indexed_at else ""
    )
    held = f"{counted(freshness.articles, 'article')} ({counted(freshness.passages, 'passage')})"
    click.echo(f"Restored {held} into {folder}{changed}")


@click.command()
@index_option
@click.option("--repair", "mend", is_flag=True, help="Make damaged views again from articles.db, which is not touched.")
@wait_option
@json_option
def doctor(folder: Path, mend: bool, wait: float, as_json: bool) -> None:
    """Check that articles, vectors and words agree, and that every file can be read.

    Nothing is changed without --repair. Exit code 0 where all is well, 1 where something is not, or still is not after
    the repair.
    """
    first = last = looked_at(folder)
    made = repair(folder, first, wait) if mend else []
    if made:
        last = looked_at(folder)
    if as_json:
        found = [asdict(finding) for finding in first.findings]
        click.echo(
            json.dumps({"healthy": last.healthy, "articles": last.articles, "findings": found, "repaired": made})
        )
    else:
        say(first.findings)
        for part in made:
            click.echo(f"Made again: the {part}")
        if made:
            say(finding for finding in last.findings if not finding.harmless)
        if last.healthy:
            held = f"{counted(last.articles, 'article')} and {counted(last.passages, 'passage')}"
            click.echo(f"All is well with {held} in {folder}")
    raise SystemExit(int(not last.healthy))


def looked_at(folder: Path) -> Examined:
    """Examine an index; what is advised ends with a command, which names this index unless it is about another."""
    examined = examine(folder)
    return replace(
        examined, findings=tuple(replace(one, advice=for_index(one.advice, folder)) for one in examined.findings)
    )


def for_index(advice: str, folder: Path) -> str:
    """Return ``advice`` with the index that its command is for."""
    return f"{advice} --index {quote(str(folder))}" if "dateline " in advice and "--index" not in advice else advice


def say(findings: Iterable[Finding]) -> None:
    """Print findings with what to do about them."""
    for finding in findings:
        click.echo(f"{finding.part}: {finding.problem}\n    {finding.advice}")


def megabytes(size: int) -> str:
    """Write a size in a column."""
    return f"{size / 1e6:>10,.1f} MB"


def total(found: Sizes) -> int:
    """Add up the parts."""
    return found.store + found.vectors + found.words
