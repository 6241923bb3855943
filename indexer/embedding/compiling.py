"""Taking a model out of torch, checked against the original."""

from __future__ import annotations

import logging
import timeit
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from indexer.embedding.compiled import (
    PROBES,
    SHORT,
    Compiled,
    Embed,
    Recipe,
    open_passages,
    open_questions,
    open_rounded,
    truncating,
)
from indexer.embedding.weights import Weights

if TYPE_CHECKING:
    from indexer.embedding.sentence import Traceable

logger = logging.getLogger(__name__)

_NO_LIMIT = 1_000_000  # tokens; tokenizers without a limit name one that overflows


def compile_model(weights: Weights) -> Compiled:
    """Translate a model with its tokenizer, and check it against the original. Needs torch, so takes seconds."""
    from indexer.embedding import openvino
    from indexer.embedding.sentence import SentenceEmbedder, Traceable, quiet

    original = SentenceEmbedder(weights, device="cpu")
    encoder = original.encoder.float()
    tokenizer = encoder.tokenizer
    with quiet():
        traceable = Traceable(encoder, dict(tokenizer(list(SHORT), padding=True, return_tensors="pt")))
        network = openvino.translate(traceable)
    recipe = Recipe(
        inputs=traceable.inputs,
        max_tokens=min(encoder.max_seq_length or _NO_LIMIT, _NO_LIMIT),
        pad_id=tokenizer.pad_token_id or 0,
        passage_prompt=original.passage_prompt,
        query_prompt=original.query_prompt,
        passage_probes=original.embed_passages(PROBES).tolist(),
        query_probes=[original.embed_query(text).tolist() for text in PROBES],
        has_rounded=False,
        rounds_questions=False,
    )
    compiled = Compiled(recipe, truncating(tokenizer.backend_tokenizer.to_str(), recipe.max_tokens), network, None)
    open_passages(compiled, PROBES)
    full = open_questions(compiled, PROBES)
    try:
        return with_rounded(compiled, traceable, full)
    except Exception as error:  # whatever is unusual about it, OpenVINO runs it
        logger.warning("%s embeds questions in full precision, which may take longer: %s", weights.name, error)
        return compiled


def with_rounded(compiled: Compiled, traceable: Traceable, full: Embed) -> Compiled:
    """Add the rounded network, and let it embed questions if it is faster than ``full``; raise if it loses too much."""
    from indexer.embedding import onnxruntime
    from indexer.embedding.sentence import quiet

    with quiet():
        network = onnxruntime.translate(traceable)
    compiled = replace(compiled, rounded=network, recipe=replace(compiled.recipe, has_rounded=True))
    is_faster = pace(open_rounded(compiled, PROBES), SHORT, 20) < pace(full, SHORT, 20)
    return replace(compiled, recipe=replace(compiled.recipe, rounds_questions=is_faster))


def pace(embed: Embed, texts: Sequence[str], trials: int) -> float:
    """Return the seconds that embedding takes, the best of several times."""
    return min(timeit.repeat(lambda: embed(texts), number=1, repeat=trials))
