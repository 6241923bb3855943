"""The ``dateline`` command: the service's commands and the indexer's, in one help."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

import indexer
from indexer import BadInput
from service.answering.command import ask
from service.cli import COMMANDS
from service.saved import SavedFilter, read_stores


def read_settings(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Make the settings in a TOML file the defaults of every command, and its saved filters their object."""
    path = path or Path("dateline.toml")
    if not path.exists():
        return
    try:
        settings: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: {error}") from error
    ctx.obj = read_saved(path, settings.pop("stores", {}))
    commands = ctx.command.commands if isinstance(ctx.command, click.Group) else {}
    known = {option.name: option.opts[0].lstrip("-") for c in commands.values() for option in c.params}
    names = {option: name for name, option in known.items()}
    unknown = sorted(set(settings) - set(names))
    if unknown:
        raise click.UsageError(f"{path}: unknown settings {', '.join(unknown)}; known are {', '.join(sorted(names))}")
    ctx.default_map = {name: {names[option]: value for option, value in settings.items()} for name in commands}


def read_saved(path: Path, tables: object) -> tuple[SavedFilter, ...]:
    """Return the saved filters of a settings file."""
    try:
        return read_stores(tables)
    except BadInput as error:
        raise click.UsageError(f"{path}: {error}") from error


@click.group(cls=indexer.Commands, commands=[*COMMANDS, ask, *indexer.COMMANDS])
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="DATELINE_CONFIG",
    show_envvar=True,
    is_eager=True,
    expose_value=False,
    callback=read_settings,
    help="TOML file with settings, named as the options are (port = 8000). [default: dateline.toml, if there is one]",
)
@click.version_option(package_name="dateline", prog_name="dateline")
def main() -> None:
    """Semantic search over news articles: add them, then ask.

    An option can be given on the command line, in its environment variable or in a settings file; the first of these
    that has it counts.
    """


if __name__ == "__main__":
    main(prog_name="dateline")
