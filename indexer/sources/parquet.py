"""Parquet: one article a row, in columns called as the fields of an article. Needs the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import IO

from indexer.errors import BadInput
from indexer.sources.budget import copied
from indexer.sources.fields import FIELDS, to_article
from indexer.sources.source import Source
from indexer.sources.tables import columns
from indexer.types import Arrival, Rejected

_ROWS = 64
"""Rows read at a time."""

_READ = {name for names in FIELDS.values() for name in names} | {"metadata"}


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a Parquet file; only the columns that can tell of an article are read."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        yield Rejected(source.origin, "Parquet is read with pyarrow: pip install 'dateline[parquet]'")
        return
    with copied(source) as file:  # its index stands at its end, where no stream can begin
        try:
            yield from _articles(pyarrow.parquet, file, source)
        except BadInput as error:
            yield Rejected(source.origin, str(error))
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
            yield Rejected(source.origin, f"broken Parquet, read no further: {str(error).splitlines()[0][:200]}")


def _articles(parquet: ModuleType, file: IO[bytes], source: Source) -> Iterator[Arrival | Rejected]:
    table = parquet.ParquetFile(file)
    names = dict(zip(table.schema_arrow.names, columns(table.schema_arrow.names), strict=True))
    wanted = [name for name, known in names.items() if known in _READ]
    number = 0
    for batch in table.iter_batches(batch_size=_ROWS, columns=wanted, use_threads=False):
        for row in batch.to_pylist():
            number += 1
            try:
                values = {names[name]: _plain(value) for name, value in row.items()}
                yield Arrival(to_article(values), source.origin)
            except BadInput as error:
                yield Rejected(source.origin, f"row {number}: {error}")


def _plain(value: object) -> object:
    """Times as they are written elsewhere; all else as it is."""
    return value.isoformat() if isinstance(value, date) else value
