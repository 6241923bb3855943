"""The title and the summary of a plain text, which has them only by where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.cleaning import bare, same

LONGEST_FIRST_LINE = 300
"""Characters a first line may have and be a title."""

_LINES_LOOKED_AT = 8
_SHORTEST_HEADLINE = 8


@dataclass(frozen=True, slots=True)
class Parts:
    """A text taken apart. A part that is not there is empty; ``body`` still holds every line after the title."""

    title: str
    summary: str
    body: str


def take_apart(text: str) -> Parts:
    """Find the title of ``text``: the line that soon stands a second time, else its first line if short enough.

    What stands before a repeated title is the summary. A text of one line has no title of its own.
    """
    lines = text.strip().splitlines()
    written = [place for place, line in enumerate(lines) if line.strip()]
    place = _repeated(lines, written)
    if place is None and len(written) > 1 and len(lines[0]) <= LONGEST_FIRST_LINE:
        place = 0
    if place is None:
        return Parts("", "", text.strip())
    summary = "\n".join(lines[:place]).strip()
    return Parts(bare(lines[place].strip()), summary, "\n".join(_after_title(lines, place)).strip())


def _repeated(lines: list[str], written: list[int]) -> int | None:
    """The place of the first line that comes again among the first ones."""
    seen: dict[str, int] = {}
    for place in written[:_LINES_LOOKED_AT]:
        line = same(lines[place])
        if line in seen:
            return seen[line]
        if _SHORTEST_HEADLINE <= len(line) <= LONGEST_FIRST_LINE:
            seen[line] = place
    return None


def _after_title(lines: list[str], place: int) -> list[str]:
    """The lines below a title, without the rule that Markdown may draw under it."""
    rest = lines[place + 1 :]
    underlined = bool(rest) and len(rest[0].strip()) > 1 and not rest[0].strip("=- ")
    return rest[1:] if underlined else rest
