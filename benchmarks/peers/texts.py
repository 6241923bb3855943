"""What is indexed: the articles for Dateline, and for the others the very passages it cuts them into."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from indexer import sources
from indexer.boilerplate import without_boilerplate
from indexer.chunking import chunk
from indexer.embedding import embeddable
from indexer.language import with_language
from indexer.pipeline import Read, batches
from indexer.types import Chunking


def write(data_set: Path, count: int | None, into: Path) -> int:
    """Write the first ``count`` articles of a BEIR data set, and half as many again to add later; return how many.

    Each article is a section of its own, for filters.
    """
    with (data_set / "corpus.jsonl").open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in islice(lines, None if count is None else count + count // 2)]
    for number, record in enumerate(records):
        record["categories"] = [f"s{number}"]
    cut = count or len(records) * 2 // 3
    with (data_set / "queries.jsonl").open(encoding="utf-8") as lines:
        questions = [json.loads(line)["text"] for line in lines]
    for name, part in (("first", records[:cut]), ("later", records[cut:])):
        folder = into / name
        folder.mkdir()
        lay(folder / "articles.jsonl", part)
        lay(folder / "passages.jsonl", passages(folder / "articles.jsonl"))
        (folder / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    return cut


def lay(file: Path, records: Iterable[object]) -> None:
    """Write one record a line."""
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)


def articles(file: Path) -> Iterator[Read]:
    """Yield the articles of ``file`` as ``dateline add`` reads them."""
    for found in sources.find([str(file)]).inputs:
        yield from without_boilerplate(sources.read(found))


def passages(file: Path) -> Iterator[dict[str, str]]:
    """Yield the passages that Dateline makes of ``file``, with the text that it embeds."""
    for batch in batches(articles(file), nothing):
        for one in batch.changed:
            article = with_language(one.article)
            for passage in chunk(article, Chunking()):
                text = embeddable(article.title, passage.text)
                yield {"id": passage.id, "text": text, "section": article.categories[0]}


def nothing(_: Sequence[str]) -> dict[str, str]:
    """Return what an empty index knows."""
    return {}
