"""NewsML-G2: news items, alone or in a message; what else the standard carries is refused with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from indexer.errors import BadInput
from indexer.sources import nitf, trees
from indexer.sources.source import Source
from indexer.sources.trees import Element, find, find_all, line, line_at, name_of, prose
from indexer.sources.wire import NO_TEXT, Values, dated_by, refuse_kind, refused, to_wire_article
from indexer.types import Arrival, Article, Rejected

NO_ARTICLES = {
    "packageItem": "a package lists other items and has no text of its own",
    "conceptItem": "a concept item describes a person, an event or an idea; it is no article",
    "knowledgeItem": "a knowledge item collects concepts, such as a vocabulary; it is no article",
    "planningItem": "a planning item announces coverage; it is no article",
    "catalogItem": "a catalog item lists vocabularies; it is no article",
    "contentSet": "a contentSet is a part of a news item; send the whole item",
    "contentMeta": "a contentMeta is a part of a news item; send the whole item",
    "groupSet": "a groupSet is a part of a package, which has no text of its own",
}
"""Why documents, or items in a message, that begin with these elements are refused."""

_TEXT_TYPES = ("", "text/plain", "text/html", "application/xhtml+xml")
_CORRECTION = "correction"


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a NewsML-G2 document."""
    try:
        root = trees.read_root(source)
    except BadInput as error:
        yield refused(source, error)
        return
    items = list(find_all(root, "itemSet/*")) if name_of(root) == "newsMessage" else [root]
    if not items:
        yield Rejected(source.origin, "a message without items")
    for number, item in enumerate(items, start=1):
        try:
            yield Arrival(_article(item), source.origin)
        except BadInput as error:
            yield refused(source, error, "" if item is root else f"item {number}: ")


def _article(item: Element) -> Article:
    if name_of(item) != "newsItem":
        raise BadInput(NO_ARTICLES.get(name_of(item), f"a {name_of(item)} is no article"))
    meta, about = _child(item, "itemMeta"), _child(item, "contentMeta")
    refuse_kind(_code(find(meta, "itemClass")))
    content = _content(item)
    return to_wire_article(content | _about(item, about) | _managed(item, meta, about))


def _managed(item: Element, meta: Element, about: Element) -> Values:
    """What the item says of itself as a piece of news: its name, its versions and who may publish it when."""
    note = " ".join(filter(None, map(line, find_all(meta, "edNote"))))
    corrects = any(_code(signal) == _CORRECTION for signal in find_all(meta, "signal"))
    values: Values = {
        "id": item.get("guid"),
        "pubstatus": _code(find(meta, "pubStatus")),
        "publisher": _publisher(item, meta, about),
        "embargo_until": line_at(meta, "embargoed"),
        "expires_at": line_at(meta, "expires"),
        "correction" if corrects else "note": note or ("corrected" if corrects else ""),
    }
    times = {
        "firstCreated": line_at(meta, "firstCreated"),
        "contentCreated": line_at(about, "contentCreated"),
        "versionCreated": line_at(meta, "versionCreated"),
    }
    return _filled(values | dated_by(times, item.get("version", "")))


def _about(item: Element, about: Element) -> Values:
    """What the item says of its content."""
    language = find(about, "language")
    url = item.get("guid") or ""
    creators = [line_at(creator, "name") for creator in find_all(about, "creator")]
    subjects = [line_at(subject, "name") for subject in find_all(about, "subject")]
    keywords = [line(keyword) for keyword in find_all(about, "keyword")]
    return _filled(
        {
            "title": line_at(about, "headline") or line_at(about, "slugline"),
            "authors": [name for name in creators if name] or [line(by) for by in find_all(about, "by")],
            "dateline": line_at(about, "dateline"),
            "summary": line_at(about, "description"),
            "language": language.get("tag") if language is not None else item.get(trees.LANGUAGE),
            "categories": [name for name in (*subjects, *keywords) if name],
            "url": url if url.startswith(("http://", "https://")) else "",
        }
    )


def _publisher(item: Element, meta: Element, about: Element) -> str:
    """The provider, by its name or else its code, or who else stands for the item."""
    provider = _child(meta, "provider")
    return (
        line_at(provider, "name")
        or provider.get("literal")
        or provider.get("qcode", "").partition(":")[2]
        or line_at(item, "rightsInfo/copyrightHolder/name")
        or line_at(about, "infoSource/name")
    )


def _content(item: Element) -> Values:
    """The first content that is text, with what its own format says besides."""
    reason = NO_TEXT
    for content in find_all(item, "contentSet/*"):
        form = name_of(content)
        if form == "inlineXML":
            values = next((_inline(root) for root in content.iterchildren("*")), {})
        elif form == "inlineData" and content.get("contenttype", "").split(";")[0] in _TEXT_TYPES:
            values = {"body": prose(content)}
        else:
            values = {}
        if values.get("body"):
            return values
        reason = str(values.get("missing") or (_remote(content) if form == "remoteContent" else reason))
    return {"missing": reason}


def _inline(root: Element) -> Values:
    name = name_of(root)
    if name == "nitf":
        return nitf.described(root)
    if name in ("html", "body", "div", "article", "section", "p"):
        return {"body": prose(root), "language": root.get(trees.LANGUAGE)}
    return {"missing": f"its content is <{name}>, data and no text"}


def _remote(content: Element) -> str:
    where = content.get("href") or content.get("residref") or "another file"
    return f"{NO_TEXT} of its own: it refers to {where[:200]}"


def _code(element: Element | None) -> str:
    """The code an element names, without its vocabulary."""
    if element is None:
        return ""
    return element.get("qcode", "").rpartition(":")[2] or element.get("uri", "").rpartition("/")[2]


def _child(element: Element, name: str) -> Element:
    """The child of this name, or an empty one."""
    found = find(element, name)
    return trees.empty(name) if found is None else found


def _filled(values: Values) -> Values:
    return {name: value for name, value in values.items() if value}
