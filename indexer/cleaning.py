"""An article as it arrives becomes the article that is indexed: nothing invisible, nothing twice, no news lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from indexer.types import Article
from indexer.unseen import NEWLINES, SPACES, without_unseen

SHORTEST_REPEAT = 40
"""Characters from which a paragraph that stands twice is a repeat; shorter ones may well be meant."""

LONGEST_TITLE = 140
"""Characters of a title taken from the body; titles that come with an article may be longer."""

LONGEST_HEADING = 1000
"""Characters a line may have and be looked at as a heading; a longer one is prose."""

LONGEST_TAIL = 4
"""Words behind the last bar of a title that are taken for the publisher's name."""

_HEADING = re.compile(r"#{1,6}\s+(.*?)(?:\s+#+)?")
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})(?=\S)((?:(?!\1).)+)(?<=\S)\1")
_BAR = re.compile(r"(.*\S)\s+(?P<bar>[|–—-])\s+(?P<tail>\S.*)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|(?<=[。！？])")


def clean(article: Article) -> Article:
    """Return ``article`` as it is to be indexed; cleaning it again changes nothing.

    Every text holds only what a reader sees, and can be written as UTF-8. The id is left as it is: it names something.
    A body in which nothing is left comes back empty, for the caller to reject.
    """
    body = _visible(article.body)
    came_as = one_line(article.title) or title_from(body)
    title = _headline(came_as, (article.publisher, article.domain))
    return replace(
        article,
        title=title,
        body=_without_repeats(body, (came_as, title)),
        summary=_or_none(article.summary),
        url=_address(article.url),
        publisher=_or_none(article.publisher),
        authors=_each(article.authors),
        categories=_each(article.categories),
        language=_or_none(article.language),
        correction=_or_none(article.correction),
    )


def one_line(text: str) -> str:
    """``text`` with only what can be seen, on one line, single-spaced."""
    return " ".join(_visible(text).split())


def bare(line: str) -> str:
    """``line`` without the Markdown marks of a heading or of emphasis around the whole of it."""
    while len(line) <= LONGEST_HEADING and (match := _HEADING.fullmatch(line) or _EMPHASIS.fullmatch(line)):
        inner = match[match.lastindex or 0].strip()
        if not inner:
            break
        line = inner
    return line


def same(line: str) -> str:
    """What two lines have in common when they say the same: no marks, single spaces, no case."""
    return " ".join(bare(" ".join(line.split())).casefold().split())


def title_from(body: str) -> str:
    """A title for an article without one: the first line of ``body``, or as much of it as a title holds."""
    line = bare(" ".join(next((line for line in body.splitlines() if line.strip()), "").split()))
    if len(line) <= LONGEST_TITLE:
        return line
    sentence = _SENTENCE_END.split(line, maxsplit=1)[0]
    if len(sentence) <= LONGEST_TITLE:
        return sentence
    cut = line[: LONGEST_TITLE - 2]
    return (cut.rpartition(" ")[0] or cut).rstrip() + " …"


def _visible(text: str) -> str:
    """``text`` in one form of Unicode, in lines of plain spaces, without what no reader sees."""
    text = without_unseen(SPACES.sub(" ", NEWLINES.sub("\n", text)))
    return _spaced(line.strip() for line in unicodedata.normalize("NFC", text).split("\n"))


def _spaced(lines: Iterable[str]) -> str:
    """Join ``lines`` with at most one empty line between two of them and none at the ends."""
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _headline(title: str, publishers: tuple[str | None, ...]) -> str:
    """``title`` without marks around it and without its publisher's name behind it."""
    names = {same(one_line(name)) for name in publishers if name}
    while (shorter := _without_tail(bare(title), names)) != title:
        title = shorter
    return title


def _without_tail(title: str, names: set[str]) -> str:
    match = _BAR.fullmatch(title)
    if match is None or len(title) > LONGEST_HEADING:
        return title
    rest, words = match[1], len(match["tail"].split())
    short = match["bar"] == "|" and words <= LONGEST_TAIL and words < len(rest.split())
    return rest if short or same(match["tail"]) in names else title


def _without_repeats(body: str, titles: tuple[str, ...]) -> str:
    """``body`` without the titles that lead it and with every long paragraph only where it stands first."""
    seen: set[str] = set()
    lines: list[str] = []
    for line in body.split("\n"):
        key = same(line)
        if key not in seen:
            lines.append(line)
        if len(key) >= SHORTEST_REPEAT:
            seen.add(key)
    leading = {same(title) for title in titles}
    written = [place for place, line in enumerate(lines) if line]
    while len(written) > 1 and same(lines[written[0]]) in leading:
        del written[0]
    return _spaced(lines[written[0] :]) if written else ""


def _or_none(text: str | None) -> str | None:
    return one_line(text or "") or None


def _each(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts that are not empty, each once."""
    return tuple(dict.fromkeys(line for line in map(one_line, texts) if line))


def _address(url: str | None) -> str | None:
    """``url`` without what no reader sees and without line ends, and otherwise letter by letter."""
    return "".join(without_unseen(url or "").splitlines()).strip() or None
