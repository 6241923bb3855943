"""NewsML 1: every story of every item, however deep its components lie in one another."""

from __future__ import annotations

from collections.abc import Iterator

from indexer.errors import BadInput
from indexer.sources import nitf, trees
from indexer.sources.source import Source
from indexer.sources.trees import Element, empty, find, find_all, line_at, name_of, prose
from indexer.sources.wire import Values, dated_by, refuse_kind, refused, to_wire_article
from indexer.types import Arrival, Article, Rejected

_BODIES = frozenset(("body", "main", "main text", "maintext", "story", "text", ""))
"""Roles of the components that hold a story's text; others hold its headline, contacts, pictures and styles."""

_TEXT_TYPES = ("text/", "application/xhtml+xml", "application/nitf")


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the articles of a NewsML 1 document."""
    try:
        root = trees.read_root(source)
    except BadInput as error:
        yield refused(source, error)
        return
    items = list(find_all(root, "NewsItem"))
    if not items:
        yield Rejected(source.origin, "NewsML without a NewsItem")
    for number, item in enumerate(items, start=1):
        place = f"item {number}: " if len(items) > 1 else ""
        try:
            yield from [Arrival(article, source.origin) for article in _articles(root, item)]
        except BadInput as error:
            yield refused(source, error, place)


def _articles(root: Element, item: Element) -> Iterator[Article]:
    """Yield the stories of an item: more than one where it is told in several languages."""
    top = _child(item, "NewsComponent")
    stories = list(_stories(top)) or [top]
    shared = _about(root, item, top)
    for story in stories:
        told = _told(story)
        if len(stories) > 1:
            told["id"] = f"{shared['id']}:{told.get('language', stories.index(story) + 1)}"
        yield to_wire_article(shared | told)


def _stories(component: Element) -> Iterator[Element]:
    """Yield the components that are each a story: those with a headline of their own, or the text itself."""
    if find(component, "NewsLines/HeadLine") is not None or find(component, "ContentItem") is not None:
        if _role(component) in _BODIES and find(component, ".//DataContent") is not None:
            yield component
        return
    for part in find_all(component, "NewsComponent"):
        yield from _stories(part)


def _about(root: Element, item: Element, top: Element) -> Values:
    """What is said of the item as a whole."""
    managed = _child(item, "NewsManagement")
    refuse_kind(_formal(top, "ContentItem/MediaType").casefold())
    status = _formal(managed, "Status")
    provider = _formal(top, "AdministrativeMetadata/Provider/Party")
    values: Values = {
        "id": _id(item),
        "pubstatus": status,
        "publisher": provider or _formal(root, "NewsEnvelope/SentFrom/Party"),
        "language": _formal(top, "DescriptiveMetadata/Language"),
        "embargo_until": line_at(managed, "StatusWillChange/DateAndTime") if status == "Embargoed" else "",
        "categories": _subjects(top),
    }
    times = {
        "FirstCreated": line_at(managed, "FirstCreated"),
        "ThisRevisionCreated": line_at(managed, "ThisRevisionCreated"),
    }
    return {name: value for name, value in (values | dated_by(times)).items() if value}


def _told(story: Element) -> Values:
    """What one story says."""
    lines = _child(story, "NewsLines")
    values: Values = {
        "title": line_at(lines, "HeadLine"),
        "authors": [name for name in (line_at(lines, "ByLine"),) if name],
        "dateline": line_at(lines, "DateLine"),
        "summary": line_at(lines, "SubHeadLine") or _text(story, ("subheadline", "abstract", "summary")),
        "language": _formal(story, "DescriptiveMetadata/Language"),
    }
    return _nitf(story) | {name: value for name, value in values.items() if value} | {"body": _text(story, _BODIES)}


def _text(story: Element, roles: tuple[str, ...] | frozenset[str]) -> str:
    """The text of the parts of a story that have one of these roles."""
    parts = [part for part in story.iter("{*}NewsComponent") if _role(part) in roles]
    contents = [content for part in parts for content in find_all(part, "ContentItem") if _is_text(content)]
    data = [find(content, "DataContent") for content in contents]
    return "\n\n".join(filter(None, (prose(one) for one in data if one is not None)))


def _nitf(story: Element) -> Values:
    root = find(story, ".//DataContent/nitf")
    return {} if root is None else nitf.described(root)


def _is_text(content: Element) -> bool:
    kind = _formal(content, "MimeType")
    medium = _formal(content, "MediaType")
    return kind.startswith(_TEXT_TYPES) if kind else medium.casefold() in ("text", "")


def _id(item: Element) -> str:
    """The name of the item in all its revisions."""
    names = ("ProviderId", "DateId", "NewsItemId")
    provider, day, name = (line_at(item, f"Identification/NewsIdentifier/{one}") for one in names)
    return f"urn:newsml:{provider}:{day}:{name}" if name else ""


def _subjects(top: Element) -> list[str]:
    """The names of subjects, as far as they are written out, and the keywords."""
    subjects = [line_at(one, "Description") for one in find_all(top, ".//SubjectCode/Subject")]
    keywords = [
        one.get("Value", "")
        for one in top.iter("{*}Property")
        if one.get("FormalName", "").endswith(("Keyword", "Keywords"))
    ]
    return [name for name in (*subjects, *keywords) if name]


def _role(component: Element) -> str:
    return _formal(component, "Role").casefold() if name_of(component) == "NewsComponent" else ""


def _formal(element: Element, path: str) -> str:
    found = find(element, path)
    return "" if found is None else found.get("FormalName", "")


def _child(element: Element, name: str) -> Element:
    found = find(element, name)
    return empty(name) if found is None else found
