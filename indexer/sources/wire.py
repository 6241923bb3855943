"""What the wire formats share: their statuses, their kinds of items, notes that correct, and datelines."""

from __future__ import annotations

import re
from collections.abc import Mapping

from indexer.errors import BadInput
from indexer.sources.dates import moment
from indexer.sources.fields import WITHDRAWN, to_article
from indexer.sources.source import Source
from indexer.sources.trees import BrokenXml
from indexer.types import Article, Rejected, Status

Values = dict[str, object]
"""What an item says, under the names of an article's fields."""

STATUSES: dict[str, Status] = {
    "usable": "usable",
    "embargoed": "usable",
    "withheld": "withdrawn",
    "canceled": "withdrawn",
    "cancelled": "withdrawn",
}
"""What the status of publication of an item makes of the article; what is withheld comes back when sent as usable."""

KINDS = {
    "picture": "a picture is no article",
    "photo": "a picture is no article",
    "video": "a video is no article",
    "audio": "a sound recording is no article",
    "graphic": "a graphic is no article",
    "animation": "an animation is no article",
    "event": "an event is no article",
    "planning": "a planning item announces coverage; it is no article",
    "component": "a component is a part of other items; it is no article",
}
"""Why items of these kinds are refused; their captions are not taken for articles."""

_SURE = frozenset(("firstcreated", "firstpublished", "date.issue", "date.publication"))

NO_TEXT = "has no text"

_CORRECTS = re.compile(
    r"\b(?:correct(?:s|ed|ing|ions?|ive)|clarif(?:y|ies|ied|ication)|erratum|berichtig\w*|rättelse)\b", re.IGNORECASE
)
_BEGINS_WITH_DATELINE = re.compile(
    r"(?:[^\W\d_a-zß-ÿ]{2,}[^\n]{0,80}?\s"  # a place or an agency in capitals
    r"|[^\n.(]{1,60}\([^()\n]{1,40}\)\s?)"  # an agency in brackets
    r"(?:--|[—–-])"
)
"""Such as ``LONDON (Reuters) -``, ``CNN —`` or ``Berlin (dpa) -``."""


def to_wire_article(values: Mapping[str, object], own_id: str | None = None) -> Article:
    """Return the article of an item, whose ``values`` have the names of an article's fields, and four more.

    ``missing`` is why there is no body. ``pubstatus`` is the item's status of publication. ``note`` is what its editors
    are told, of which only a correction is for readers. ``dateline`` is what its body begins with unless it has one
    already. An item that takes an article back needs no text. Raises BadInput.
    """
    made = {name: value for name, value in values.items() if value}
    missing = str(made.pop("missing", NO_TEXT))
    note = str(made.pop("note", ""))
    status: Status = _status(str(made.pop("pubstatus", "usable")))
    body = with_dateline(str(made.get("body", "")).strip(), str(made.pop("dateline", "")))
    if status == "withdrawn":
        body = body or note or str(made.get("title", "")) or WITHDRAWN
    elif "correction" in made or _CORRECTS.search(note):
        status = "corrected"
        made.setdefault("correction", note)
    if not body:
        raise BadInput(missing)
    return to_article(made | {"body": body, "status": status}, own_id)


def with_dateline(body: str, dateline: str) -> str:
    """``body`` with its dateline at its front, where search finds the place it names."""
    if not body or not dateline or body.startswith(dateline) or _BEGINS_WITH_DATELINE.match(body):
        return body
    between = " " if body.startswith("(") else " — "
    return dateline.rstrip(" —–-") + between + body


def dated_by(times: Mapping[str, str], version: str = "") -> Values:
    """When an item was first published and last changed, of ``times`` in the order of trust.

    What stands in for the time of first publication is marked as less sure, unless it is that of the first version.
    """
    first = next((name for name in times if times[name] and _readable(times[name])), None)
    if first is None:
        return {}
    last = list(times.values())[-1]
    values: Values = {"published_at": times[first], "date_source": first}
    if first.casefold() not in _SURE and version not in ("0", "1"):
        values["date_confidence"] = "low"
    if last and last != times[first] and _readable(last):
        values["updated_at"] = last
    return values


def refused(source: Source, error: BadInput, place: str = "") -> Rejected:
    """Say that what ``source`` holds, or the item at ``place`` of it, is no article."""
    return Rejected(source.origin, f"{place}{error}", error.line if isinstance(error, BrokenXml) else None)


def refuse_kind(kind: str) -> None:
    """Raise BadInput if an item of this kind is no article."""
    if kind in KINDS:
        raise BadInput(KINDS[kind])


def _status(pubstatus: str) -> Status:
    status = STATUSES.get(pubstatus.casefold())
    if status is None:
        raise BadInput(f"status {pubstatus[:40]!r} is unknown; it is one of {', '.join(STATUSES)}")
    return status


def _readable(time: str) -> bool:
    try:
        moment(time)
    except ValueError:
        return False
    return True
