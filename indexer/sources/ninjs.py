"""ninjs 1 to 3, and the items of the AP's media API, which are ninjs with fields of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.errors import BadInput
from indexer.sources import nitf, trees
from indexer.sources.source import Source
from indexer.sources.wire import NO_TEXT, Values, dated_by, refuse_kind, to_wire_article
from indexer.types import Arrival, Article, Rejected

Item = dict[str, object]
"""An item, or a part of one, with its names in lower case, as ninjs 3 writes ``versionCreated`` and 1 does not."""

_MARKS = frozenset(
    ("bodies", "body_nitf", "body_text", "body_xhtml", "eventdetails", "headlines", "pubstatus", "renditions")
    + ("representationtype", "versioncreated")
)
"""Names of which an object with a ``uri`` has at least one if it is ninjs."""

_PREFERRED = ("xhtml", "html", "nitf", "plain", "text")
"""Forms of a body, the best first: markup says where paragraphs end."""

_AP = ("http://api.ap.org/", "https://api.ap.org/")
_BY = {"de": "Von ", "es": "Por ", "fr": "Par ", "sv": "Av "}
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_KILLS = frozenset(("kill", "withhold", "elimination"))
_CORRECTS = frozenset(("corrective", "correction", "clarification"))


def recognises(document: Item) -> bool:
    """Whether ``document`` is a ninjs item, or an answer of the AP's API with some in it."""
    return bool(_packed(document)) or _is_item(document)


def read(document: Item, source: Source, line: int | None = None) -> Iterator[Arrival | Rejected]:
    """Yield the article of every item."""
    packed = _packed(document)
    for number, item in enumerate(packed or [document], start=1):
        try:
            yield Arrival(_article(_lower(item)), source.origin, line)
        except BadInput as error:
            place = f"item {number}: " if len(packed) > 1 else ""
            yield Rejected(source.origin, f"{place}{error}", line)


def _is_item(document: Item) -> bool:
    names = {name.lower() for name in document}
    standard = document.get("$standard") or document.get("standard")
    named = isinstance(standard, dict) and "ninjs" in str(standard.get("name")).lower()
    return named or "uri" in names and not _MARKS.isdisjoint(names)


def _packed(document: Item) -> list[Item]:
    """The items that an answer of the AP's API holds: ``item``, or many of them in ``data``."""
    data = document.get("data")
    holder = data if isinstance(data, dict) else document
    many = holder.get("items")
    each = many if isinstance(many, list) and isinstance(data, dict) else [holder]
    items = (one.get("item") for one in each if isinstance(one, dict))
    return [item for item in items if isinstance(item, dict) and ("uri" in item or "altids" in item)]


def _article(item: Item) -> Article:
    refuse_kind("event" if "eventdetails" in item else _text(item, "type").casefold())
    return to_wire_article(_content(item) | _about(item) | _times(item) | _editing(item))


def _content(item: Item) -> Values:
    """The best form of the body, as text; where there is none, why."""
    forms = {name: item[name] for name in item if name == "body" or name.startswith("body_")}
    for number, body in enumerate(_parts(item, "bodies")):
        forms[f"{_text(body, 'role')} {_text(body, 'contenttype')} {number}"] = body.get("value")
    for form in sorted(forms, key=_rank):
        written = forms[form]
        text = _prose(written) if isinstance(written, str) and written.strip() else ""
        if text:
            return {"body": text}
    href = _text(_lower(_lower(item.get("renditions")).get("nitf")), "href").partition("?")[0]
    return {"missing": f"{NO_TEXT} of its own: it refers to {href[:200]}" if href else NO_TEXT}


def _rank(form: str) -> int:
    return next((rank for rank, name in enumerate(_PREFERRED) if name in form), len(_PREFERRED))


def _about(item: Item) -> Values:
    by = _text(item, "byline") or _text(item, "by")
    language = _text(item, "language")
    itemid, uri = _text(_lower(item.get("altids")), "itemid"), _text(item, "uri")
    from_ap = uri.startswith(_AP) or "editorialtypes" in item
    return {
        "id": f"tag:ap.org,2011:{itemid}" if from_ap and itemid else uri,
        "url": uri if uri.startswith(("http://", "https://")) and not from_ap else "",
        "title": _text(item, "headline") or _first(item, "headlines", "main") or _text(item, "title"),
        "summary": _text(item, "description_summary")
        or _text(item, "description_text")
        or _first(item, "descriptions", "text"),
        "authors": by.removeprefix(_BY.get(language[:2], "")) or [_text(one, "by") for one in _parts(item, "bylines")],
        "publisher": _text(item, "copyrightholder") or _source(item) or ("Associated Press" if from_ap else ""),
        "dateline": _text(item, "located"),
        "language": language,
        "categories": _subjects(item),
    }


def _times(item: Item) -> Values:
    names = ("firstpublished", "firstcreated", "contentcreated", "versioncreated")
    values = dated_by({name: _text(item, name) for name in names}, str(item.get("version", "")))
    return values | {"embargo_until": _text(item, "embargoed"), "expires_at": _text(item, "expires")}


def _editing(item: Item) -> Values:
    """Whether the item may be published, and what its editors say of it.

    Of the AP's items only those that carry the signal ``newscontent`` are for readers.
    """
    types = {str(one).casefold() for one in _list(item, "editorialtypes")}
    signals = _list(item, "signals")
    pubstatus = "canceled" if types & _KILLS else _text(item, "pubstatus").casefold() or "usable"
    if pubstatus == "usable" and "editorialtypes" in item and signals and "newscontent" not in signals:
        raise BadInput("an advisory to editors, not for publication: its signals do not name newscontent")
    if pubstatus == "embargoed" and not _text(item, "embargoed"):
        pubstatus = "withheld"
    corrects = bool(types & _CORRECTS) or "sig:correction" in signals
    note = _text(item, "ednote")
    return {"pubstatus": pubstatus, "note": note, "correction": (note or "corrected") if corrects else ""}


def _prose(markup: str) -> str:
    """The text of a body, in whatever form it is written; plain text keeps its lines."""
    if "<nitf" in markup:
        try:
            return str(nitf.described(trees.parse(markup.encode("utf-8", "replace"))).get("body", ""))
        except BadInput:
            pass  # then it is read as far as it can be
    if not _TAG.search(markup):
        return markup
    root = trees.parse_html(markup)
    return "" if root is None else trees.prose(root)


def _subjects(item: Item) -> list[str]:
    subjects = [_text(one, "name") for name in ("subjects", "subject") for one in _parts(item, name)]
    return [name for name in (*subjects, *(one for one in _list(item, "keywords") if isinstance(one, str))) if name]


def _source(item: Item) -> str:
    return next((_text(one, "name") for name in ("infosources", "infosource") for one in _parts(item, name)), "")


def _first(item: Item, name: str, role: str) -> str:
    """The value of the part that has this role, or else of the first."""
    parts = sorted(_parts(item, name), key=lambda part: part.get("role") != role)
    return _text(parts[0], "value") if parts else ""


def _parts(item: Item, name: str) -> list[Item]:
    return [_lower(one) for one in _list(item, name) if isinstance(one, dict)]


def _list(item: Item, name: str) -> list[object]:
    value = item.get(name)
    return value if isinstance(value, list) else []


def _text(item: Item, name: str) -> str:
    value = item.get(name)
    return value.strip() if isinstance(value, str) else ""


def _lower(item: object) -> Item:
    return {name.lower(): value for name, value in item.items()} if isinstance(item, dict) else {}
