"""What every embedder promises, checked against sentence-transformers running the same model in float32."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from test_embedding_models import faster

from indexer.embedding import DEFAULT_MODEL, load_embedder
from indexer.embedding.compiled import batches
from indexer.embedding.embedder import CompiledEmbedder

TEXTS = [
    "",
    " ",
    "?",
    "storm",
    "STORM",
    "Who won the election in France?",
    "東京の株価は三日続けて上昇した。",
    "Правительство объявило о новых выборах в марте.",
    "عاصفة تضرب الساحل",
    "🎉🎉🎉 we won 🏆",
    "Zürich café naïve — “quoted” … ½ €5m",
    "line one\n\nline two\t\tand a tab",
    "\ufeffa byte-order mark and a zero\u200bwidth space",
    "x" * 400,
    "1,234,567.89 " * 20,
    "Minister resigns over leaked letters",
    "The central bank raised its rate by a quarter of a point on Thursday, citing inflation. " * 3,
    "A storm that killed four people on the coast moved inland overnight. " * 12,
    "Parliament voted on Tuesday to postpone the budget, and the talks go on. " * 40,
    "word " * 5000,
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def original():
    return load_embedder(backend="sentence-transformers")


@pytest.fixture(scope="module")
def compiled(cache):
    with pytest.MonkeyPatch.context() as patch:  # whole numbers are faster, as on most processors
        patch.setattr("indexer.embedding.compiling.pace", faster("onnxruntime"))
        embedder = load_embedder(cache=cache)
    assert isinstance(embedder, CompiledEmbedder)
    return embedder


@pytest.fixture(scope="module", params=["original", "compiled"])
def embedder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def vectors(embedder):
    return embedder.embed_passages(TEXTS)


def test_model_is_the_original_release(embedder):
    assert embedder.model.name == DEFAULT_MODEL
    assert embedder.model.sha256.startswith("53aa51172d14")
    assert embedder.model.dimension == 384


def test_compiled_model_agrees_with_the_original(compiled, original):
    cosines = np.sum(compiled.embed_passages(TEXTS) * original.embed_passages(TEXTS), axis=1)
    assert dict(zip(TEXTS, cosines, strict=True)) == pytest.approx(dict.fromkeys(TEXTS, 1.0), abs=0.001)


def test_questions_are_rounded_but_alike(compiled, original):
    cosines = {text: compiled.embed_query(text) @ original.embed_query(text) for text in TEXTS}
    assert min(cosines.values()) > 0.97
    assert 0.99 < cosines["Who won the election in France?"] < 0.9999


def test_vectors_are_float32_and_of_unit_length(vectors):
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_query_is_one_vector_of_unit_length(embedder):
    vector = embedder.embed_query("Who won the election in France?")
    assert (vector.dtype, vector.shape) == (np.float32, (384,))
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_rows(embedder):
    assert embedder.embed_passages([]).shape == (0, 384)


def test_order_and_company_do_not_matter(embedder, vectors):
    texts, together = TEXTS[:16], vectors[:16]
    backwards = embedder.embed_passages(texts[::-1])[::-1]
    alone = np.stack([embedder.embed_passages([text])[0] for text in texts])
    assert np.sum(backwards * together, axis=1) == pytest.approx(1, abs=0.001)
    assert np.sum(alone * together, axis=1) == pytest.approx(1, abs=0.001)


def test_same_text_gives_the_same_vector(embedder):
    first, second = embedder.embed_query("Minister resigns"), embedder.embed_query("Minister resigns")
    assert np.array_equal(first, second)


def test_meaning_brings_texts_together(embedder):
    query = embedder.embed_query("government minister quits")
    close, far = embedder.embed_passages(["Cabinet member resigns over scandal", "Recipe: lemon cake"])
    assert query @ close > query @ far + 0.2


def test_threads_share_an_embedder(embedder):
    texts = TEXTS[3:13]
    queries, passages = np.stack([embedder.embed_query(text) for text in texts]), embedder.embed_passages(texts)
    with ThreadPoolExecutor(8) as threads:
        more_queries = threads.map(embedder.embed_query, texts * 4)
        more_passages = threads.map(embedder.embed_passages, [texts] * 4)
        assert np.sum(np.stack(list(more_queries)) * np.tile(queries, (4, 1)), axis=1) == pytest.approx(1, abs=0.001)
        assert np.sum(np.stack(list(more_passages)) * passages, axis=2) == pytest.approx(1, abs=0.001)


def test_queries_that_come_together_are_embedded_as_each_alone(compiled):
    expected = [compiled.embed_query(text) for text in TEXTS[3:13]]
    with ThreadPoolExecutor(8) as threads:
        assert np.array_equal(list(threads.map(compiled.embed_query, TEXTS[3:13] * 8)), expected * 8)


def test_queries_do_not_wait_for_passages(compiled):
    texts = [TEXTS[18]] * 16
    work = threading.Thread(target=compiled.embed_passages, args=(texts,))
    answered = 0
    work.start()
    while work.is_alive():
        compiled.embed_query("Who won?")
        answered += 1
    assert answered > 2 * len(list(batches([256] * len(texts))))


def test_batches_hold_every_row_once_and_similar_lengths_together():
    lengths = [5, 256, 9, 3000, 7, 250, *[20] * 40]
    found = list(batches(lengths))
    assert sorted(row for batch in found for row in batch) == list(range(len(lengths)))
    assert found[:2] == [[3], [1, 5, *range(6, 12)]]
    assert max(map(len, found)) == 16


def test_cached_start_is_quiet_and_needs_no_torch(compiled, cache):
    program = f"""
import sys
from pathlib import Path
from indexer.embedding import load_embedder
embedder = load_embedder(cache=Path({str(cache)!r}))
question = embedder.embed_query("storm")
assert "openvino" not in sys.modules
assert question.shape == embedder.embed_passages(["storm"])[0].shape
heavy = {{"torch", "transformers", "sentence_transformers", "huggingface_hub", "onnx"}} & set(sys.modules)
assert not heavy, heavy
assert sys.modules["openvino_telemetry"] is None
"""
    run = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_nothing_is_reported_to_anybody(compiled, cache, tmp_path):
    program = f"""
from pathlib import Path
from indexer.embedding import load_embedder
embedder = load_embedder(cache=Path({str(cache)!r}))
embedder.embed_query("storm"), embedder.embed_passages(["storm"])
"""
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert not list(tmp_path.iterdir())  # where ONNX Runtime would keep what it has yet to report
