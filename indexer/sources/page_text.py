"""The main text of a page: what its publisher wrote for this article, without what stands on every page."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from indexer.sources import trees

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BESIDE = re.compile(
    r"(?<!\S)(?:(?:rollover|tooltip|popover|pop-?up)[\w-]*(?:block|box|card|content|text|inner)"
    r"|screen-reader-text|sr-only|visually-?hidden)(?!\S)",
    re.IGNORECASE,
)
"""Classes of what shows only under the mouse, or only to software, though it stands in the middle of a sentence."""

_INLINE = frozenset(("a", "abbr", "b", "em", "i", "small", "span", "strong", "sub", "sup", "u"))
_LINES = ("p", "li", "h2", "h3", "h4", "h5", "h6", "div", "a")
_LONGEST_LINE = 300
_LARGEST_HIDDEN = 0.3
"""Share of a page's text that may be hidden and is dropped; a page that hides more shows it by a script."""

_ELSEWHERE = re.compile(
    r"(?:also (?:on|read)|read (?:more|also|next|the full)|see (?:also|more)|related|recommended|more (?:on|from)|more:"
    r"|watch(?: also| now|:)|don.t miss|mehr zum thema|lesen sie (?:auch|mehr)|siehe auch|lire aussi|voir aussi"
    r"|à lire|lea (?:también|más)|leer más|ver también|leggi anche|leia (?:também|mais)|veja (?:também|mais)|lees ook"
    r"|läs (?:också|mer))\b",
    re.IGNORECASE,
)
"""How a line begins that leads to another article, if most of it is a link."""

_PLEA = re.compile(
    r"(?:sign up|subscribe|register)\b.{0,100}\b(?:newsletters?|inbox|alerts?)\b"
    r"|(?:like|enjoyed?|love) this (?:story|article)\?|follow us on|tell us what you think"
    r"|share this (?:story|article|post)\b",
    re.IGNORECASE,
)
"""How a line begins that asks the reader for something."""

_WALL = re.compile(
    r"\b(?:cookies?|consent|privacy (?:policy|settings)|your choices|advertising partners|log ?in|sign in"
    r"|create an account|enable javascript|ad ?blocker|verify (?:that )?you are|are you a robot"
    r"|zustimm\w+|datenschutz\w*|einwillig\w+|témoins|données personnelles|consentement|galletas|privacidad)\b",
    re.IGNORECASE,
)
_WALL_SHARE = 0.6
_LONGEST_WALL = 3000


def parse(text: str) -> HtmlElement | None:
    """Return the root of a page; None if it is no HTML."""
    import trafilatura  # here, since it takes most of a second, which a search has no use for

    return trafilatura.load_html(text)


def main_text(root: HtmlElement) -> str:
    """The main text of the page ``root``, a paragraph a line; empty if none is found. Changes ``root``."""
    import trafilatura

    _drop_hidden(root)
    _drop_asides(root)
    text = trafilatura.extract(root, favor_precision=True, include_comments=False) or ""
    return "\n\n".join(line for line in text.splitlines() if line.strip())


def is_wall(text: str) -> bool:
    """Whether ``text`` speaks of cookies, consent and signing in, and of little else."""
    lines = [line for line in text.splitlines() if line.strip()]
    wall = sum(len(line) for line in lines if _WALL.search(line))
    return len(text) <= _LONGEST_WALL and wall > _WALL_SHARE * sum(map(len, lines))


def _drop_hidden(root: HtmlElement) -> None:
    sizes = [(node, size) for node, size in trees.sized(root) if node is root or _is_hidden(node)]
    most = _LARGEST_HIDDEN * sizes[-1][1]
    for node, size in sizes[:-1]:
        if size <= most:
            node.drop_tree()


def _is_hidden(node: HtmlElement) -> bool:
    if node.get("hidden") is not None or _HIDDEN.search(node.get("style") or ""):
        return True
    return node.tag in _INLINE and bool(_BESIDE.search(node.get("class") or ""))


def _drop_asides(root: HtmlElement) -> None:
    """Drop the lines that lead to other articles or ask for something, but no prose with a link in it."""
    short = [node for node, size in trees.sized(root) if 0 < size <= _LONGEST_LINE and node.tag in _LINES]
    for node in reversed(short):  # what others are in goes before them
        line = trees.line(node)
        if len(line) <= _LONGEST_LINE and node.getparent() is not None and _is_aside(node, line):
            node.drop_tree()


def _is_aside(node: HtmlElement, line: str) -> bool:
    if node.tag == "a":
        return len(node) > 0 and bool(_ELSEWHERE.match(line))
    if node.tag != "div" and _PLEA.match(line):
        return True
    linked = sum(len(trees.line(link)) for link in node.iter("a"))
    return bool(_ELSEWHERE.match(line)) and linked >= len(line) / 2
