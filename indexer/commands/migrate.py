"""``dateline migrate``: the same articles under another embedding model."""

from __future__ import annotations

from pathlib import Path

import click
from tqdm import tqdm

from indexer.commands.counting import counted
from indexer.commands.options import bulk_embedder, index_option, int8_option, wait_option
from indexer.embedded import migration_to, open_index
from indexer.migrating import migrate as move


@click.command()
@index_option
@click.option("--model", required=True, help="The model to move to: a Hugging Face id or a folder.")
@int8_option
@wait_option
def migrate(folder: Path, model: str, int8: bool, wait: float) -> None:
    """Move the index to another embedding model.

    Every stored text is embedded again beside the index as it is: it can be searched and added to all the while. Then
    it switches in one step, and running services follow by themselves within seconds. Interrupted at any moment, the
    same command goes on where it was.
    """
    index = open_index(folder)
    embedder = bulk_embedder(model, int8=int8)
    migration = migration_to(folder, embedder.model)
    done = migration.made()
    if done:
        click.echo(f"Going on with {done:,} of {counted(migration.wanted(), 'passage')} embedded.", err=True)
    with tqdm(total=migration.wanted(), initial=done, unit="passages", disable=None, leave=False) as bar:
        embedded = move(index, migration, embedder, wait=wait, progress=bar.update)
    click.echo(f"Moved to {embedder.model.name}: {counted(migration.made(), 'passage')}, {embedded:,} embedded now.")
