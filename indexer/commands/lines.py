"""What a command that runs on and on says: a line for each batch of changes, for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import click

from indexer.commands.counting import counted
from indexer.types import Rejected, Report

Fact = str | int


class Lines:
    """Writes lines, and remembers whether there was anything wrong in them."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.wrong = False

    def done(self, report: Report, **facts: Fact) -> None:
        """Say what was done, unless the report is empty and no number among ``facts`` is more than 0."""
        self.wrong = self.wrong or bool(report.rejected)
        if report == Report() and not any(value for value in facts.values() if isinstance(value, int)):
            return
        if self._as_json:
            self._json({**facts, **asdict(report)})
            return
        self._line(summary(report, facts))
        self._rejected(report.rejected)

    def failed(self, message: str, **facts: Fact) -> None:
        """Say what went wrong and is tried again."""
        self.wrong = True
        if self._as_json:
            self._json({**facts, "error": message})
        else:
            self._line(" ".join((*filter(None, map(str, facts.values())), message)), err=True)

    def said(self, message: str, **facts: Fact) -> None:
        """Say something that is neither."""
        if self._as_json:
            self._json({**facts, "note": message})
        else:
            self._line(" ".join((*filter(None, map(str, facts.values())), message)))

    def _rejected(self, rejected: Iterable[Rejected]) -> None:
        for one in rejected:
            click.echo(f"rejected: {one}", err=True)

    def _json(self, facts: Mapping[str, object]) -> None:
        click.echo(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **facts}))

    def _line(self, text: str, *, err: bool = False) -> None:
        click.echo(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {text}", err=err)


def summary(report: Report, facts: Mapping[str, Fact]) -> str:
    """Say in one line what was done: what facts there are, and what was counted that is not 0."""
    names = ("added", "updated", "unchanged", "removed", "rejected")
    counts = {name: getattr(report, name) for name in names} | {"rejected": len(report.rejected)}
    told = [str(value) for value in facts.values() if isinstance(value, str)]
    numbers = {name: value for name, value in facts.items() if isinstance(value, int)} | counts
    text = ", ".join(f"{name} {value:,}" for name, value in numbers.items() if value)
    passages = f" ({counted(report.passages, 'passage')}, {report.embedded:,} embedded)" if report.passages else ""
    return " ".join((*told, text)) + passages
