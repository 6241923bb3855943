"""Characters that act on a reader, a page or a terminal without being seen."""

from __future__ import annotations

import re

NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff"  # controls and lone surrogates
    "\u00ad\u200b\u2060-\u2064\ufeff"  # soft hyphen, zero-width space, joiners and operators, byte-order mark
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # writing direction
    "\u034f\u115f\u1160\u17b4\u17b5\u180e\u2065\u206a-\u206f\u3164\uffa0"  # fillers and what Unicode deprecated
    "\ufdd0-\ufdef\ufe00-\ufe0d\ufff0-\ufffc\ufffe\uffff"  # no characters, variants, notes between the lines
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # shorthand, music, tags and more variants
    "]"
)

_JOINED_SCRIPTS = "\u0600-\u109f\u1780-\u18af\ufb50-\ufdcf\ufe70-\ufefe"
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_VARIANTS = re.compile(f"[\ufe0e\ufe0f](?<![#*0-9{_EMOJI}].)")
"""Choices between two forms of a character that has but one."""

_JOINERS = re.compile(
    "[\u200c\u200d]"
    f"(?<![{_JOINED_SCRIPTS}].(?=[{_JOINED_SCRIPTS}]))"
    f"(?<![{_VIRAMAS}]\u200d)"
    f"(?<![{_EMOJI}\ufe0f]\u200d(?=[{_EMOJI}]))"
)
"""Joiners and non-joiners but for those that change how their neighbours are written."""

UNSEEN = (_INVISIBLE, _VARIANTS, _JOINERS)
"""In this order: what is left by one may be what the next looks at."""

_BREAKS = re.compile("[\r\x0b\x0c\x85\u2028\u2029]")
_SUSPECT = re.compile(f"{_BREAKS.pattern}|{_INVISIBLE.pattern}|[\ufe0e\ufe0f\u200c\u200d]")
"""Whatever a text without has nothing that any of the others would find."""
_PLAIN = bytes([ord("\n"), *range(ord(" "), ord("~") + 1)])
"""What nearly all of a text in a Latin script is made of, none of it suspect."""


def without_unseen(text: str) -> str:
    """Return ``text`` without the characters that are not seen."""
    for unseen in UNSEEN:
        text = unseen.sub("", text)
    return text


def shown(text: str) -> str:
    r"""Return ``text`` with a space for every character that is not seen, and ``\n`` for every other end of a line.

    It keeps its length, so that offsets stay true; what cleaning has seen to does not change.
    """
    if text.isascii() and text.isprintable():
        return text
    odd = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN).decode("utf-8", "surrogatepass")
    if not _SUSPECT.search("".join(set(odd))):  # even of odd ones a text has thousands, but few that differ
        return text
    text = _BREAKS.sub("\n", text)
    for unseen in UNSEEN:
        text = unseen.sub(" ", text)
    return text
