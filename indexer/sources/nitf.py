"""NITF: one article a document, standing alone or carried in NewsML and ninjs."""

from __future__ import annotations

from collections.abc import Iterator

from indexer.errors import BadInput
from indexer.sources import trees
from indexer.sources.source import Source
from indexer.sources.trees import Element, find, find_all, line, line_at, prose
from indexer.sources.wire import Values, dated_by, refused, to_wire_article
from indexer.types import Arrival, Rejected


def read(source: Source) -> Iterator[Arrival | Rejected]:
    """Yield the article of an NITF document."""
    try:
        article = to_wire_article(described(trees.read_root(source)), source.article_id)
    except BadInput as error:
        yield refused(source, error)
    else:
        yield Arrival(article, source.origin)


def described(root: Element) -> Values:
    """What an ``nitf`` element says."""
    values: Values = {"language": root.get(trees.LANGUAGE)}
    for name, describe in (("head", _head), ("body", _body)):
        element = find(root, name)
        if element is not None:
            values |= describe(element)
    return {name: value for name, value in values.items() if value}


def _head(head: Element) -> Values:
    published, copyright_ = _attributes(head, "pubdata"), _attributes(head, "docdata/doc.copyright")
    issued = _attributes(head, "docdata/date.issue").get("norm", "")
    values: Values = {
        "title": line_at(head, "title"),
        "id": _id(head),
        "pubstatus": _attributes(head, "docdata").get("management-status"),
        "publisher": published.get("name") or copyright_.get("holder"),
        "url": published.get("ex-ref"),
        "categories": _subjects(head),
        "embargo_until": _attributes(head, "docdata/date.release").get("norm"),
        "expires_at": _attributes(head, "docdata/date.expire").get("norm"),
        "correction": _attributes(head, "docdata/correction").get("info"),
        "note": _attributes(head, "docdata/ed-msg").get("info"),
    }
    return values | dated_by({"date.issue": issued, "date.publication": published.get("date.publication", "")})


def _body(body: Element) -> Values:
    content = find(body, "body.content")
    values: Values = {
        "title": line_at(body, "body.head/hedline/hl1"),
        "authors": [author for byline in find_all(body, "body.head/byline") for author in _authors(byline)],
        "publisher": line_at(body, "body.head/distributor"),
        "dateline": line_at(body, "body.head/dateline"),
        "summary": line_at(body, "body.head/abstract"),
        "language": body.get(trees.LANGUAGE) or body.get("lang"),
        "body": "" if content is None else prose(content),
    }
    return {name: value for name, value in values.items() if value}


def _id(head: Element) -> str | None:
    """The document's registered id under the name of who registered it, else its key for all its versions."""
    registered = _attributes(head, "docdata/doc-id")
    source, own = registered.get("regsrc"), registered.get("id-string")
    if own:
        return f"{source}:{own}" if source else own
    return _attributes(head, "docdata/du-key").get("key")


def _subjects(head: Element) -> list[str]:
    """The names of what the story is about; places, people and the rest of the identified content are in its text."""
    subjects = (
        one.get(f"tobject.subject.{level}")
        for one in find_all(head, "tobject/tobject.subject")
        for level in ("type", "matter", "detail")
    )
    keywords = (one.get("key") for one in find_all(head, "docdata/key-list/keyword"))
    classes = (one.get("value") or line(one) for one in find_all(head, "docdata/identified-content/classifier"))
    series = _attributes(head, "docdata/series").get("series.name")
    return [name for name in (*subjects, *keywords, *classes, series) if name]


def _authors(byline: Element) -> list[str]:
    """The people a byline names, without their titles; the whole of it where it names none."""
    people = [line(person) for person in find_all(byline, "person")]
    title = line_at(byline, "byttl")
    return people or [line(byline).removesuffix(title).rstrip(" ,") or title]


def _attributes(element: Element, path: str) -> dict[str, str]:
    found = find(element, path)
    return {} if found is None else {str(name): str(value) for name, value in found.attrib.items()}
