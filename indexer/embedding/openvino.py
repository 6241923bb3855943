"""OpenVINO: runs a network in the precision this processor is best at. The only file that imports it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from indexer.types import Vectors

# Importing openvino reports to its makers unless this package is missing, which openvino allows for.
sys.modules.setdefault("openvino_telemetry", cast(ModuleType, None))
import openvino  # noqa: E402

if TYPE_CHECKING:
    from indexer.embedding.compiled import Features, Run
    from indexer.embedding.sentence import Traceable


Network: TypeAlias = openvino.Model


def translate(traceable: Traceable) -> Network:
    """Make a network of a model."""
    network = openvino.convert_model(traceable, example_input=traceable.example)
    for tensor, name in zip(network.inputs, traceable.inputs, strict=True):
        tensor.get_tensor().set_names({name})
    return network


def read(network: Network | Path) -> Network:
    """Return a network, which may be in a file."""
    return openvino.Core().read_model(network) if isinstance(network, Path) else network


def save(network: Network, path: Path) -> None:
    """Write a network, its numbers beside ``path``."""
    openvino.save_model(network, path, compress_to_fp16=False)


def executable(network: Network | Path, at_once: int = 1) -> openvino.CompiledModel:
    """Make a network ready for ``at_once`` requests at a time, which share out the cores."""
    # Threads bound to cores would be bound to the same ones in every process, and get in each other's way.
    settings = {"NUM_STREAMS": at_once, "ENABLE_CPU_PINNING": False}
    return openvino.Core().compile_model(network, "CPU", settings)


def open_network(network: Network | Path, at_once: int = 1) -> Run:
    """Return what runs a network. Threads may share it; those beyond ``at_once`` stand in line."""
    chosen = executable(network, at_once)

    def run(features: Features) -> Vectors:
        request = chosen.create_infer_request()
        request.infer(features)
        return np.array(request.get_output_tensor().data)  # its memory goes with the request

    return run
