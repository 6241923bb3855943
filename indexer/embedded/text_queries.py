"""What texts are searched with: their fields, what makes terms of words, and queries for them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import tantivy
from tantivy import FieldType, Occur, Query, Tokenizer
from tantivy import Filter as TokenFilter

from indexer.embedded.criteria import FIELDS, Either, conditions, dated
from indexer.types import Filter, Keys

Part = tuple[Occur, Query]
"""A part of a query as tantivy takes it."""

TIMES = ("opens", "closes", "published", "indexed", "ends", "replaced")

STOP_WORDS = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
itself they them their theirs themselves what which who whom whose this that these those am is are was were be been
being have has had having do does did doing would should could ought will can may might shall must a an the and but if
or because as until while of at by for with about against between into through during before after above below to from
up down in out on off over under again further then once here there when where why how all any both each few more most
other some such no nor not only own same so than too very s t d ll m re ve
"""
"""English words that say how others belong together: Snowball's list, with the auxiliary verbs and what an apostrophe
leaves. They stand in most passages, so that looking them up costs the most and tells the least."""

LATELY = 64
"""Questions that are kept as queries: each is asked of passages, then of those that meaning found, and of articles."""

FEW = 1_000
"""Keys up to which a query for each of them is several times faster than one for their set."""


def schema() -> tantivy.Schema:
    """Return the fields of a text."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("parent", fast=True)
    builder.add_unsigned_field("sequence_number", fast=True)
    builder.add_text_field("text", tokenizer_name="news", index_option="freq")
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in TIMES:
        builder.add_integer_field(field, indexed=True, fast=True)
    return builder.build()


def analyzer(*last: TokenFilter) -> tantivy.TextAnalyzer:
    """Return what makes terms of a text: lower case, no accents, English stems; ``last`` come before the stemmer."""
    builder = tantivy.TextAnalyzerBuilder(Tokenizer.simple())
    steps = (TokenFilter.remove_long(60), TokenFilter.lowercase(), TokenFilter.ascii_fold(), *last)
    for step in (*steps, TokenFilter.stemmer("english")):
        builder = builder.filter(step)
    return builder.build()


SCHEMA = schema()
ALL_WORDS = analyzer()
TELLING_WORDS = analyzer(TokenFilter.custom_stopword(STOP_WORDS.split()))


@lru_cache(LATELY)
def stems(words: str) -> tuple[str, ...]:
    """Return the terms of a question, each once. Stop words count only where there is nothing else."""
    return tuple(dict.fromkeys(TELLING_WORDS.analyze(words) or ALL_WORDS.analyze(words)))


@lru_cache(LATELY)
def text_query(words: str) -> Query | None:
    """Return the query that any of ``words`` satisfies; None where there is none."""
    found = [(Occur.Should, Query.term_query(SCHEMA, "text", stem, "freq")) for stem in stems(words)]
    return Query.boolean_query(found) if found else None


def among(keys: Keys) -> Part:
    """Require one of ``keys``, without a say in the score."""
    if len(keys) > FEW:
        having = Query.term_set_query(SCHEMA, "key", keys.tolist())
    else:
        having = Query.boolean_query(
            [(Occur.Should, Query.term_query(SCHEMA, "key", key, "basic")) for key in keys.tolist()]
        )
    return Occur.Must, Query.const_score_query(having, 0.0)


def required(either: Either) -> Part:
    """Require one of the spans, without a say in the score."""
    spans = [Query.range_query(SCHEMA, one.field, FieldType.Integer, one.first, one.last) for one in either]
    having = spans[0] if len(spans) == 1 else Query.boolean_query([(Occur.Should, one) for one in spans])
    return Occur.Must, Query.const_score_query(having, 0.0)


def chosen(where: Filter) -> Iterator[Part]:
    """Require what else ``where`` asks, without a say in the score."""
    yield from map(required, dated(where))
    for condition in conditions(where):
        having = Query.term_set_query(SCHEMA, condition.field, list(condition.values))
        if condition.wanted:
            yield Occur.Must, Query.const_score_query(having, 0.0)
        else:
            yield Occur.MustNot, having
