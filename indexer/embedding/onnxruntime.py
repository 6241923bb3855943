"""ONNX Runtime: runs a network whose matrices are whole numbers of one byte. The only file that imports it.

Such matrices are read from memory and multiplied in a fraction of the time, which for a short text is most of the work.
Vectors are rounded, but by less than what tells one passage from the next.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from indexer.types import Vectors

# Importing it reports to its makers unless it is told before; older releases are told after.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime  # noqa: E402

onnxruntime.disable_telemetry_events()

if TYPE_CHECKING:
    from indexer.embedding.compiled import Features, Run
    from indexer.embedding.sentence import Traceable

_ERRORS = 3  # the least severe of what it logs


def translate(traceable: Traceable) -> bytes:
    """Make a network of a model."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with TemporaryDirectory(prefix="dateline-onnx-") as name, mute_root_logger():
        full, rounded = Path(name, "full.onnx"), Path(name, "rounded.onnx")
        traceable.write_onnx(full)
        quantize_dynamic(
            full,
            rounded,
            op_types_to_quantize=["MatMul"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # 7 bits: sums of products of 8 overflow where there is no instruction for them
        )
        return rounded.read_bytes()


@contextmanager
def mute_root_logger() -> Iterator[None]:
    """Drop what is logged without a logger's name: this library does so, and sets logging up if nobody did before."""
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    before, root.disabled = root.disabled, True
    try:
        yield
    finally:
        root.disabled = before
        root.removeHandler(handler)


def open_network(network: bytes | Path | None, cores: int) -> Run:
    """Return what runs a network, each request on so many cores. Threads may share it. Raises ValueError without one.

    One core is best for a short text: several wait for each other longer than they save, and others need them.
    """
    if network is None:
        raise ValueError("there is no rounded network")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores
    options.log_severity_level = _ERRORS
    source = network if isinstance(network, bytes) else str(network)
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])

    def run(features: Features) -> Vectors:
        return np.asarray(session.run(None, features)[0], np.float32)

    return run
