"""Passages in int8: matrix products of whole numbers of one byte, faster on most processors.

There are two ways. The rounded network that may embed questions scales numbers as they come, by the largest of a batch,
so that a vector depends a little on its company. A calibrated one, for which nncf has to be installed, has that behind
it: worth it where the processor multiplies such numbers by itself (AVX512-VNNI, AVX-VNNI, AMX). Where both can be had,
what is faster on passages as they come is kept.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import numpy as np

from indexer.embedding import openvino
from indexer.embedding.cache import read_or_make
from indexer.embedding.compiled import PROBES, Embed, Features, open_rounded_passages
from indexer.embedding.compiling import pace
from indexer.embedding.embedder import CompiledEmbedder
from indexer.errors import ModelUnavailable
from indexer.types import Vector, Vectors

logger = logging.getLogger(__name__)

SAMPLE = 200
"""Passages that one is calibrated on; until as many have come by, passages are embedded in full."""

FULL, NETWORK = "full.xml", "int8.xml"
"""The network as it was and as it becomes, in the folder that ``calibrating.py`` works in."""
ROUNDED = "rounded"
"""An empty file that stands for the rounded network."""

ALIKE = 0.97
"""Cosine that a vector must have with the one in full: what is rounded wrongly has less."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What embeds passages, and the calibrated network that it runs; None for the rounded one."""

    network: openvino.Network | None
    embed: Embed


class Int8Embedder:
    """Embeds passages in int8, and questions as ever; their vectors can be compared. Threads may share one."""

    def __init__(self, full: CompiledEmbedder, folder: Path) -> None:
        """Keep what is chosen in ``folder``; raises ModelUnavailable where there is nothing to choose from."""
        if full.compiled.rounded is None and not folder.is_dir():
            check_calibrator()
        self.model = full.model
        self._full = full
        self._folder = folder
        self._passages: Embed | None = None
        self._sample: list[str] = []
        self._refused: ModelUnavailable | None = None
        self._opening = Lock()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as passages, in their order."""
        with self._opening:
            if self._passages is None:
                self._sample = spread([*self._sample, *texts])
                self._passages = self._open()
        return self._passages(texts) if self._passages else self._full.embed_passages(texts)

    def embed_query(self, text: str) -> Vector:
        """Embed a text as a question about passages."""
        return self._full.embed_query(text)

    def _open(self) -> Embed | None:
        if not self._folder.is_dir() and not can_calibrate():
            return self._rounded().embed
        if len(self._sample) == SAMPLE:
            return self._chosen().embed
        with suppress(Exception):  # it is damaged, or not there: made as soon as there are passages enough
            return self._read(self._folder).embed
        return None

    def _chosen(self) -> Chosen:
        """Return what is kept, or choose; raises ModelUnavailable."""
        try:
            return read_or_make(self._folder, self._read, self._choose, keep)
        except ModelUnavailable as error:
            if self._full.compiled.rounded is None:
                raise
            logger.warning("%s. Passages are embedded by the rounded network, as without nncf.", error)
            return self._rounded()

    def _read(self, folder: Path) -> Chosen:
        """Read what was chosen; raises ValueError where it differs too much."""
        if (folder / ROUNDED).exists():
            return self._rounded()
        network = openvino.read(folder / NETWORK)
        return Chosen(network, self._full.compiled.for_passages(openvino.open_network(network), ALIKE, PROBES))

    def _rounded(self) -> Chosen:
        return Chosen(None, self._full.open(open_rounded_passages))

    def _choose(self) -> Chosen:
        """Return what is faster of what can be had; raises ModelUnavailable."""
        calibrated = self._calibrated()
        if self._full.compiled.rounded is None:
            return calibrated
        some = self._sample[:: SAMPLE // 10]
        return min(calibrated, self._rounded(), key=lambda one: pace(one.embed, some, 3))

    def _calibrated(self) -> Chosen:
        """Calibrate on the sample; raises ModelUnavailable."""
        if self._refused:
            raise self._refused
        check_calibrator()
        with TemporaryDirectory(prefix="dateline-int8-") as name:
            folder = Path(name)
            openvino.save(openvino.read(self._full.compiled.network), folder / FULL)
            write_inputs(folder, map(self._full.compiled.passage, self._sample))
            calibrate(folder)
            try:
                return self._read(folder)
            except ValueError as error:
                reason = f"{self.model.name}: int8 loses too much ({error}); do without --int8"
                self._refused = ModelUnavailable(reason)
                raise self._refused from None


def keep(chosen: Chosen, folder: Path) -> None:
    """Write what was chosen."""
    if chosen.network:
        openvino.save(chosen.network, folder / NETWORK)
    else:
        (folder / ROUNDED).touch()


def can_calibrate() -> bool:
    """Return whether there is what calibrates a network."""
    return find_spec("nncf") is not None


def check_calibrator() -> None:
    """Raise ModelUnavailable where there is nothing to calibrate with."""
    if not can_calibrate():
        raise ModelUnavailable("--int8: what calibrates a model is missing; pip install 'dateline[int8]'")


def spread(texts: Sequence[str]) -> list[str]:
    """Return ``SAMPLE`` of ``texts`` at even distances, or all of them if they are fewer."""
    places = np.linspace(0, len(texts) - 1, min(SAMPLE, len(texts)), dtype=int)
    return [texts[place] for place in places]


def write_inputs(folder: Path, inputs: Iterable[Features]) -> None:
    """Write what ``calibrating.py`` reads, one file a passage."""
    for number, one in enumerate(inputs):
        np.savez(folder / f"{number}.npz", allow_pickle=False, **one)


def calibrate(folder: Path) -> None:
    """Calibrate in a process of its own: nncf prints, reports to its makers and holds on to its memory."""
    command = [sys.executable, "-P", "-m", "indexer.embedding.calibrating", str(folder)]
    done = subprocess.run(command, env={**os.environ, "NNCF_CI": "1"}, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelUnavailable(f"--int8: the model cannot be calibrated: {reason}")
