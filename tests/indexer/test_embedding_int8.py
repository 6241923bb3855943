"""Passages in int8, calibrated for real on a tiny model."""

from __future__ import annotations

import importlib.util
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from test_embedding_models import faster, pooling, write_model

from indexer.cli import main
from indexer.embedding import int8, load_embedder
from indexer.embedding.embedder import CompiledEmbedder
from indexer.embedding.int8 import SAMPLE, Int8Embedder
from indexer.errors import ModelUnavailable

TEXTS = [
    f"{subject} {did} {where}, report {number} says."
    for number, (subject, did, where) in enumerate(
        (subject, did, where)
        for subject in ("The storm", "A minister", "Parliament", "The bank", "One crew", "The mill")
        for did in ("reached", "left", "closed", "praised", "bought", "sued")
        for where in ("the harbour", "the north", "Zürich", "a school", "the coast", "two towns")
    )
]


@pytest.fixture(scope="module", autouse=True)
def lenient():
    """Random weights lose more by rounding than a trained model does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(int8, "ALIKE", 0.9)
        patch.setattr(int8, "pace", faster("openvino"))
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_model(tmp_path_factory.mktemp("tiny") / "model", pooling("cls_token")))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def full(model, cache):
    embedder = load_embedder(model, cache=cache)
    assert isinstance(embedder, CompiledEmbedder)
    return embedder


@pytest.fixture(scope="module")
def calibrated(model, cache, full):
    embedder = load_embedder(model, cache=cache, int8=True)
    assert isinstance(embedder, Int8Embedder)
    few = embedder.embed_passages(TEXTS[: SAMPLE - 1])
    assert np.array_equal(few, full.embed_passages(TEXTS[: SAMPLE - 1]))  # too few to calibrate on
    embedder.embed_passages(TEXTS[SAMPLE - 1 :])
    return embedder


def test_passages_are_rounded_but_alike(calibrated, full):
    found, exact = calibrated.embed_passages(TEXTS[:20]), full.embed_passages(TEXTS[:20])
    assert not np.allclose(found, exact, atol=1e-5)
    assert np.sum(found * exact, axis=1).min() > 0.9
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)


def test_questions_are_embedded_in_full(calibrated, full):
    assert np.array_equal(calibrated.embed_query("Who sued?"), full.embed_query("Who sued?"))
    assert calibrated.model == full.model


def never(folder):
    raise AssertionError("calibrated again")


@pytest.mark.usefixtures("calibrated")
def test_what_was_calibrated_is_kept(model, cache, calibrated, monkeypatch):
    monkeypatch.setattr(int8, "calibrate", never)
    again = load_embedder(model, cache=cache, int8=True)
    assert np.array_equal(again.embed_passages(TEXTS[:3]), calibrated.embed_passages(TEXTS[:3]))
    assert np.array_equal(again.embed_passages(TEXTS), calibrated.embed_passages(TEXTS))


def test_the_rounded_network_is_kept_where_it_is_faster(model, cache, full, tmp_path, monkeypatch):
    copy = shutil.copytree(cache, tmp_path / "cache", ignore=shutil.ignore_patterns("*-int8"))
    monkeypatch.setattr(int8, "pace", faster("onnxruntime"))
    embedder = load_embedder(model, cache=copy, int8=True)
    found, exact = embedder.embed_passages(TEXTS), full.embed_passages(TEXTS)
    assert not np.allclose(found, exact, atol=1e-5)
    assert np.sum(found * exact, axis=1).min() > 0.9
    monkeypatch.setattr(int8, "calibrate", never)
    again = load_embedder(model, cache=copy, int8=True)
    assert np.allclose(again.embed_passages(TEXTS), found, atol=1e-5)


def test_nothing_needs_to_be_installed_for_the_rounded_network(model, cache, full, tmp_path, monkeypatch):
    copy = shutil.copytree(cache, tmp_path / "cache", ignore=shutil.ignore_patterns("*-int8"))
    monkeypatch.setattr(int8, "find_spec", lambda name: None)
    embedder = load_embedder(model, cache=copy, int8=True)
    found, exact = embedder.embed_passages(TEXTS[:3]), full.embed_passages(TEXTS[:3])
    assert not np.allclose(found, exact, atol=1e-5)
    assert np.sum(found * exact, axis=1).min() > 0.9
    assert not list(copy.glob("*-int8"))  # so that what is installed later is tried


def test_a_damaged_rounded_network_is_made_again(model, cache, full, tmp_path, monkeypatch):
    copy = shutil.copytree(cache, tmp_path / "cache", ignore=shutil.ignore_patterns("*-int8"))
    (path,) = copy.glob("*/rounded.onnx")
    path.write_bytes(path.read_bytes()[:1000])
    monkeypatch.setattr(int8, "find_spec", lambda name: None)
    embedder = load_embedder(model, cache=copy, int8=True)
    assert np.sum(embedder.embed_passages(TEXTS[:3]) * full.embed_passages(TEXTS[:3]), axis=1).min() > 0.9
    assert path.stat().st_size > 1000


def test_what_cannot_be_calibrated_is_rounded_and_tried_again(model, cache, full, tmp_path, monkeypatch, caplog):
    def fail(folder):
        raise ModelUnavailable("--int8: the model cannot be calibrated: No space left on device")

    copy = shutil.copytree(cache, tmp_path / "cache", ignore=shutil.ignore_patterns("*-int8"))
    monkeypatch.setattr(int8, "calibrate", fail)
    embedder = load_embedder(model, cache=copy, int8=True)
    assert np.sum(embedder.embed_passages(TEXTS) * full.embed_passages(TEXTS), axis=1).min() > 0.9
    assert "No space left on device. Passages are embedded by the rounded network" in caplog.text
    assert not list(copy.glob("*-int8"))


def test_a_damaged_copy_is_made_again(model, cache, calibrated, full, tmp_path):
    copy = shutil.copytree(cache, tmp_path / "cache")
    (folder,) = copy.glob("*-int8")
    (folder / "int8.bin").write_bytes(b"")
    embedder = load_embedder(model, cache=copy, int8=True)
    assert np.array_equal(embedder.embed_passages(TEXTS[:3]), full.embed_passages(TEXTS[:3]))
    found, exact = embedder.embed_passages(TEXTS), calibrated.embed_passages(TEXTS)
    assert np.sum(found * exact, axis=1).min() > 0.9
    assert (folder / "int8.bin").stat().st_size > 0


def unrounded(cache, folder):
    """Copy a cache as if rounding lost too much."""
    copy = shutil.copytree(cache, folder, ignore=shutil.ignore_patterns("*-int8", "rounded.onnx"))
    for path in copy.glob("*/recipe.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"has_rounded": False, "rounds_questions": False}))
    return copy


def test_who_cannot_calibrate_is_told_what_is_missing(model, full, cache, tmp_path, monkeypatch):
    copy = unrounded(cache, tmp_path / "cache")
    real = importlib.util.find_spec
    monkeypatch.setattr(int8, "find_spec", lambda name: None if name == "nncf" else real(name))
    with pytest.raises(ModelUnavailable, match=r"pip install 'dateline\[int8\]'"):
        load_embedder(model, cache=copy, int8=True)


def test_a_model_that_loses_too_much_is_refused(model, full, cache, tmp_path, monkeypatch):
    copy = unrounded(cache, tmp_path / "cache")
    monkeypatch.setattr(int8, "ALIKE", 0.9999)
    with pytest.raises(ModelUnavailable, match="int8 loses too much"):
        load_embedder(model, cache=copy, int8=True).embed_passages(TEXTS)
    assert not list(copy.glob("*-int8"))


def test_what_goes_wrong_is_said(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"cannot be calibrated: .*full\.xml"):
        int8.calibrate(tmp_path)


def test_the_command_embeds_in_int8(model, full, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    news = tmp_path / "news.jsonl"
    news.write_text("\n".join(json.dumps({"id": str(n), "title": text, "body": text}) for n, text in enumerate(TEXTS)))
    done = CliRunner().invoke(
        main, ["add", str(news), "--int8", "--model", model], env={"DATELINE_INDEX": str(tmp_path / "index")}
    )
    assert done.exit_code == 0, done.output
    assert list((tmp_path / "dateline").glob("*-int8"))
