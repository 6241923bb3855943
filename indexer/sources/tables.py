"""CSV and TSV: one article a row, under a header that names the fields of an article."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from indexer.errors import BadInput
from indexer.sources.encoding import decode, utf8
from indexer.sources.fields import FIELDS, to_article
from indexer.sources.source import LONGEST, Source
from indexer.types import Arrival, Rejected

if TYPE_CHECKING:
    from _csv import Reader as Rows

DELIMITERS = ",;\t|"

_NAMES = {name.casefold(): name for names in FIELDS.values() for name in names}
_SHOWN = 20


def read_csv(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a table whose cells are divided as its header shows."""
    return _read(source, DELIMITERS)


def read_tsv(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a table whose cells are divided by tabs."""
    return _read(source, "\t")


def columns(header: list[str]) -> list[str]:
    """The cells of a header as names of fields, as far as they are known, whatever their case.

    Raises BadInput if none of them can hold a body.
    """
    known = [_NAMES.get("_".join(cell.split()).casefold(), cell.strip()) for cell in header]
    if not any(name in FIELDS["body"] for name in known):
        shown = ", ".join(repr(cell[:_SHOWN]) for cell in header[:_SHOWN])
        names = ", ".join(FIELDS["body"])
        raise BadInput(f"no column holds the text; one must be called {names}; the first line has {shown}")
    return known


def _read(source: Source, delimiters: str) -> Iterator[Arrival | Rejected]:
    csv.field_size_limit(LONGEST)  # the module's own limit is less than a long article
    lines = _lines(source)
    try:
        header = next((line for line in lines if line.strip()), "")
        if not header:
            raise BadInput("is empty")
        delimiter = max(delimiters, key=lambda one: _fields_named(header, one))
        rows = csv.reader(chain((header,), lines), delimiter=delimiter, strict=True)
        names = columns(next(rows))
    except (BadInput, csv.Error) as error:
        yield Rejected(source.origin, str(error), 1)
        return
    while (number := rows.line_num + 1) and (row := _next(rows)) is not None:
        if isinstance(row, BadInput):
            yield Rejected(source.origin, str(row), number)
        elif any(cell.strip() for cell in row):
            yield _arrive(names, row, source, number)


def _next(rows: Rows) -> list[str] | BadInput | None:
    """The next row, or what is wrong with it; None after the last."""
    try:
        return next(rows, None)
    except csv.Error as error:
        open_quote = "unexpected end" in str(error)
        return BadInput("a quote is opened here and never closed" if open_quote else f"broken table: {error}")
    except BadInput as error:
        return error


def _arrive(names: list[str], row: list[str], source: Source, number: int) -> Arrival | Rejected:
    try:
        return Arrival(to_article(_values(names, row)), source.origin, number)
    except BadInput as error:
        return Rejected(source.origin, str(error), number)


def _values(names: list[str], row: list[str]) -> dict[str, object]:
    if len(row) != len(names):
        hint = "; a quote may be open" if any("\n" in cell for cell in row) else ""
        raise BadInput(f"{len(row)} cells where the header has {len(names)}{hint}")
    return dict(reversed(list(zip(names, row, strict=True))))  # of columns of one name the first counts


def _fields_named(header: str, delimiter: str) -> tuple[int, int]:
    """How many known fields a header names if it is divided so, and how many cells it has."""
    cells = [cell.strip(' "\r\n').casefold() for cell in header.split(delimiter)]
    return sum("_".join(cell.split()) in _NAMES for cell in cells), len(cells)


def _lines(source: Source) -> Iterator[str]:
    """The lines of ``source`` as text. Raises BadInput where one is none, or is longer than is read."""
    stream = utf8(source.stream)
    while line := stream.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise BadInput(f"a line longer than {LONGEST // 2**20} MB; is a quote never closed?")
        yield decode(line)
