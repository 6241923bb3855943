"""Made-up news, of the length and the variety of words of real news; the same number is the same article every time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from indexer.types import Article


def listed(text: str) -> list[str]:
    """Return what stands between commas."""
    return [" ".join(one.split()) for one in text.split(",")]


PLACES = listed("""
    Elmstead, Harrowgate, Port Lindley, Vasterby, Kirkwall Sands, Oberfeld, Marrow Bay, Santa Ilda, Novi Grad,
    Tarn Valley, Qasr Amin, Lower Wexcombe, Ishikari, Dunmore, Palmeira, Great Ouse, Rattray Head, Saint-Brieux,
    Zelena, Hollow Creek
""")
PEOPLE = listed("""
    Ada Holm, Ben Reyes, Ines Duarte, Karol Nowak, Mayor Tomas Lind, Judge Priya Raman, Dr Samuel Osei, Marit
    Eide, Yuki Tanaka, the chief engineer, the finance minister, a spokeswoman for the council, the head of the
    union, residents, the coach, the opposition, investigators, the museum's director, fishermen, the regional
    governor, teachers, the airline
""")
DEEDS = listed("""
    rejected, announced, criticised, defended, postponed, approved, questioned, withdrew, welcomed, reviewed,
    cancelled, outlined, inspected, financed, delayed, signed, blocked, published, denied, expanded, reopened,
    challenged, abandoned, praised
""")
THINGS = listed("""
    harbour bridge, budget for schools, new railway timetable, inquiry into the flood, contract for ferries, wage
    agreement, ban on night flights, verdict of the appeal court, vaccination campaign, coal terminal, football
    stadium, glacier survey, tariff on steel, orchestra's tour, housing plan, satellite launch, fishing quota,
    hospital merger, refugee shelter, broadband network, election result, drought relief fund, wolf protection
    law, bakery strike, opera house, data leak
""")
WHYS = listed("""
    after months of talks that had led nowhere, because costs have doubled since the spring, although experts had
    advised against it, as thousands marched through the rain, following a report that was leaked on Sunday, while
    the cause is still being examined, which critics call a gift to developers, despite warnings from insurers, at
    a meeting that went on until after midnight, to the surprise of their own party, with effect from the first of
    next month, in a letter seen by this newspaper, for the second time in a decade, before the vote that is
    expected in autumn
""")
LEADS = listed("""
    On Monday, On Tuesday evening, Late on Friday, According to two people present, In a statement, For now, At
    the same time, Only a week ago, By contrast, Meanwhile, Asked about it, In the end, Some days later, Under
    pressure, Two years on
""")
PUBLISHERS = listed("""
    Gazette, Morning Post, Harbour Courier, Evening Standard Press, Northern Wire, Tribune, Echo
""")


def article(number: int, edition: int = 0) -> Article:
    """Return article ``number``, 200 to 400 words long; each ``edition`` differs in one paragraph."""
    draw = random.Random(number)
    subject = f"{draw.choice(THINGS)} in {draw.choice(PLACES)}"
    paragraphs = [paragraph(draw, subject) for _ in range(draw.randint(2, 4))]
    if edition:
        paragraphs[number % len(paragraphs)] = paragraph(random.Random(f"{number}.{edition}"), subject)
    published = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1, minutes=draw.randint(0, 60 * 24 * 30))
    return Article(
        id=f"news/{number}",
        title=f"{draw.choice(PEOPLE).capitalize()} {draw.choice(DEEDS)} {subject}",
        body="\n\n".join(paragraphs),
        url=f"https://news.example/{number}",
        publisher=draw.choice(PUBLISHERS),
        language="en",
        published_at=published,
    )


def paragraph(draw: random.Random, subject: str) -> str:
    """Return three or four sentences that come back to ``subject``."""
    return " ".join(sentence(draw, subject if draw.random() < 0.3 else "") for _ in range(draw.randint(3, 4)))


def sentence(draw: random.Random, subject: str) -> str:
    """Return a sentence of some fifteen words."""
    thing = subject or f"{draw.choice(THINGS)} of {draw.choice(PLACES)}"
    return (
        f"{draw.choice(LEADS)} {draw.choice(PEOPLE)} {draw.choice(DEEDS)} the {thing}"
        f" {draw.choice(WHYS)}, and {draw.choice(PEOPLE)} {draw.choice(DEEDS)} {draw.randint(2, 900)} others."
    )


def question(number: int) -> str:
    """Return question ``number``."""
    draw = random.Random(f"question {number}")
    return draw.choice(
        (
            f"who {draw.choice(DEEDS)} the {draw.choice(THINGS)} in {draw.choice(PLACES)}?",
            f"{draw.choice(THINGS)} {draw.choice(PLACES)}",
            f"What did {draw.choice(PEOPLE)} say about the {draw.choice(THINGS)}?",
        )
    )


def upserts(count: int, known: int) -> Iterator[Article]:
    """Yield ``count`` articles that are new or have changed, in turns; the first ``known`` are in the index."""
    for place in range(count):
        yield article(known + place // 2) if place % 2 else article(place // 2 % known, edition=1 + place // known)


def write(articles: Iterable[Article], path: Path) -> Path:
    """Write articles as lines of JSON, as they arrive from elsewhere."""
    with path.open("w", encoding="utf-8") as file:
        for one in articles:
            file.write(json.dumps(record(one)) + "\n")
    return path


def record(one: Article) -> dict[str, str | None]:
    """Return what is sent of an article."""
    published = one.published_at.isoformat() if one.published_at else None
    told = {name: getattr(one, name) for name in ("id", "title", "body", "url", "publisher", "language")}
    return told | {"published_at": published}
