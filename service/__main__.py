"""The ``dateline`` command: the service's commands and the indexer's, in one help."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
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
    named = {name: options_of(command) for name, command in commands.items()}
    known = sorted({setting for options in named.values() for setting in options})
    for setting in sorted(set(settings).difference(known)):
        meant = get_close_matches(setting, known, 1)
        hint = f"did you mean {meant[0]}?" if meant else f"known are {', '.join(known)}, and tables [stores.NAME]"
        raise click.UsageError(f"{path}: unknown setting {setting}; {hint}")
    ctx.default_map = {
        name: {one.name: as_given(one, settings[setting]) for setting, one in options.items() if setting in settings}
        for name, options in named.items()
    }


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command by what they are called in a settings file."""
    return {one.opts[0].lstrip("-"): one for one in command.params if isinstance(one, click.Option)}


def as_given(option: click.Option, value: object) -> object:
    """Return a setting as its option takes it: one that can be given several times takes a list, also of one."""
    return [value] if option.multiple and not isinstance(value, list) else value


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
