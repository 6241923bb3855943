"""Plain text and Markdown: one article a file, described by YAML front matter or by nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.errors import BadInput
from indexer.sources.encoding import utf8, whole
from indexer.sources.fields import Record, digest, to_article
from indexer.sources.headlines import take_apart
from indexer.sources.source import Source
from indexer.types import Arrival, Article, Rejected

_RULE = "---"
_LONGEST_FRONT_MATTER = 2**16
_STRONG = re.compile(r"(\*\*|__)(?=[^\s*_])([^*_\n]{1,300})(?<=\S)\1")
"""Words that Markdown prints bold; the marks are no part of them."""


class _BadFrontMatter(BadInput):
    """Front matter cannot be read, from ``line`` of the file on."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"front matter: {reason}")
        self.line = line


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the one article of a text file."""
    try:
        yield Arrival(_article(whole(utf8(source.stream)), source), source.origin)
    except _BadFrontMatter as error:
        yield Rejected(source.origin, str(error), error.line)
    except BadInput as error:
        yield Rejected(source.origin, str(error))


def _article(content: str, source: Source) -> Article:
    matter, marked = _split(content)
    text = _STRONG.sub(r"\2", marked)
    described = _described(matter)
    if Record(described).find("title"):
        described |= {"body": text}
    else:
        parts = take_apart(text)
        described = {"summary": parts.summary} | described | {"title": parts.title, "body": parts.body}
    return to_article(described, source.article_id or digest(content))


def _split(content: str) -> tuple[str, str]:
    """Return front matter and text; a text that begins with a rule must end its front matter with another."""
    lines = content.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != _RULE:
        return "", content
    for place, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _RULE:
            return "".join(lines[1:place]), "".join(lines[place + 1 :])
    raise _BadFrontMatter(1, f"begun with {_RULE} but not ended with another {_RULE}")


def _described(matter: str) -> dict[str, object]:
    """The named values of ``matter``, each left as text: so ``no`` stays Norwegian, and dates are read in one place."""
    import yaml  # here, as a service reads no files, and is ready sooner without

    if len(matter) > _LONGEST_FRONT_MATTER:
        raise _BadFrontMatter(1, f"longer than {_LONGEST_FRONT_MATTER // 1024} KB")
    try:
        values = yaml.load(matter, Loader=yaml.BaseLoader) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise _BadFrontMatter(line, f"broken YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _BadFrontMatter(1, f"broken YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(values, dict):
        raise _BadFrontMatter(2, "must be lines of the form name: value")
    return {name: None if value in ("null", "~") else value for name, value in values.items()}
