"""What the commands have in common: their options, and how they open an index."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from indexer.embedded import create, model_of, open_index
from indexer.embedding import DEFAULT_MODEL, Embedder, load_embedder
from indexer.errors import DatelineError
from indexer.intake import Intake
from indexer.priority import give_way
from indexer.types import Chunking


class Commands(click.Group):
    """A group of commands whose errors are sentences, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's own signature)
        """Run a command."""
        try:
            return super().invoke(ctx)
        except DatelineError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:  # nobody reads on: click ends quietly
            raise
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            if not place:  # it is the output that cannot be written, which Python would try again at its end
                with suppress(OSError), Path(os.devnull).open("w") as nowhere:
                    os.dup2(nowhere.fileno(), sys.stdout.fileno())
            raise click.ClickException(f"{place}{error.strerror or error}") from error


index_option = click.option(
    "--index",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("dateline-data"),
    envvar="DATELINE_INDEX",
    show_envvar=True,
    show_default=True,
    help="Folder of the index.",
)
model_option = click.option(
    "--model",
    envvar="DATELINE_MODEL",
    show_envvar=True,
    help=f"Embedding model: a Hugging Face id or a folder. [default: the index's own, {DEFAULT_MODEL} for a new one]",
)
int8_option = click.option(
    "--int8",
    is_flag=True,
    envvar="DATELINE_INT8",
    show_envvar=True,
    help="Embed passages in whole numbers of one byte: faster, at a small loss.",
)
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Seconds to wait for another writer to finish.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
lines_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")
once_option = click.option("--once", is_flag=True, help="Do what there is to do now and leave, for cron.")
max_pages_option = click.option(
    "--max-pages", type=click.IntRange(min=1), default=50, show_default=True, help="Pages fetched at most for each URL."
)
private_option = click.option("--allow-private", is_flag=True, help="Fetch from private and loopback addresses too.")


def recorded_model(folder: Path) -> str:
    """Return the name of the model the index was made with, or of the default one where there is none."""
    made_by = model_of(folder)
    return made_by.name if made_by else DEFAULT_MODEL


def patience(once: bool) -> float:
    """Return for how many seconds to wait for another writer; what runs on and on can try again."""
    return 60.0 if once else 5.0


def bulk_embedder(name: str, *, int8: bool) -> Embedder:
    """Load the model that a command embeds articles with; from now on searches go first on this machine."""
    give_way()
    return load_embedder(name, int8=int8)


def open_intake(folder: Path, model: str | None, wait: float, *, int8: bool) -> Intake:
    """Open the index in ``folder`` for writing, made first if there is none, with its model."""
    embedder = bulk_embedder(model or recorded_model(folder), int8=int8)
    create(folder, embedder.model, Chunking())
    return Intake(open_index(folder, embedder.model, Chunking()), embedder, Chunking(), wait)
