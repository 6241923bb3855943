"""Downloading a model, from a stand-in for Hugging Face that serves its API on this machine."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

COMMIT = "a" * 40
NEEDED = {
    "config.json": b"{}",
    "modules.json": b'[{"path": "", "type": "sentence_transformers.models.Transformer"}]',
    "tokenizer.json": b"{}",
    "1_Pooling/config.json": b"{}",
    "2_Dense/pytorch_model.bin": b"a layer",
}
OTHERS = {"README.md": b"#", "onnx/config.json": b"{}", "onnx/model.onnx": b"onnx", "tf_model.h5": b"keras"}


class Hub(BaseHTTPRequestHandler):
    """Answers as huggingface.co does, for one repository."""

    files: dict[str, bytes]
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        if "/tree/" in self.path:
            self.answer(json.dumps([describe(*item) for item in self.files.items()]).encode())
        elif self.path.startswith("/api/models/news/tiny"):
            listed = [{"rfilename": name} for name in self.files]
            self.answer(json.dumps({"id": "news/tiny", "sha": COMMIT, "siblings": listed}).encode())
        elif self.path.startswith(f"/news/tiny/resolve/{COMMIT}/"):
            self.answer(self.files[self.path.split(COMMIT + "/")[1]])
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def answer(self, content):
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


def describe(name, content):
    return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}


@pytest.fixture
def hub():
    handler = type("OneHub", (Hub,), {"files": NEEDED | OTHERS, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    handler.address = f"http://127.0.0.1:{server.server_port}"
    yield handler
    server.shutdown()
    server.server_close()


def find(address, folder, name="news/tiny"):
    """Find a model in a process of its own, as Hugging Face's client reads its settings once."""
    program = f"from indexer.embedding.weights import find_weights; print(find_weights({name!r}).folder)"
    env = {"HF_HOME": str(folder), "HF_ENDPOINT": address, "PYTHONPATH": ":".join(sys.path)}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=env)


def downloaded(folder):
    (snapshot,) = folder.glob(f"hub/models--news--tiny/snapshots/{COMMIT}")
    return {path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ({"model.safetensors", "pytorch_model.bin"}, {"model.safetensors"}),
        ({"pytorch_model.bin"}, {"pytorch_model.bin"}),
    ],
)
def test_download_takes_what_is_needed_and_never_asks_again(offered, chosen, hub, tmp_path):
    hub.files = hub.files | dict.fromkeys(offered, b"weights")
    first = find(hub.address, tmp_path)
    assert first.stdout.strip().endswith(f"models--news--tiny/snapshots/{COMMIT}"), first.stderr
    assert downloaded(tmp_path) == NEEDED.keys() | chosen
    hub.asked.clear()
    assert find(hub.address, tmp_path).stdout == first.stdout
    assert not hub.asked


def test_broken_download_is_completed(hub, tmp_path):
    hub.files = hub.files | {"model.safetensors": b"weights"}
    Path(find(hub.address, tmp_path).stdout.strip(), "model.safetensors").unlink()
    find(hub.address, tmp_path)
    assert downloaded(tmp_path) == NEEDED.keys() | {"model.safetensors"}


def test_model_that_is_nowhere_is_named_with_what_was_tried(tmp_path):
    told = find("http://127.0.0.1:9", tmp_path, "news/none").stderr
    assert "ModelUnavailable: news/none: no such folder, not downloaded yet, and news/none cannot be had" in told
    assert "check the spelling and the network, or give a folder" in told
