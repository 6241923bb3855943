"""The program that calibrates a network, in a process of its own. The only file that imports nncf.

python -m indexer.embedding.calibrating FOLDER reads FOLDER/full.xml and the inputs in FOLDER/*.npz, and writes
FOLDER/int8.xml.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from indexer.embedding import openvino
from indexer.embedding.int8 import FULL, NETWORK


def calibrate(folder: Path) -> None:
    """Calibrate the network in ``folder``."""
    import nncf  # not before openvino.py, which sees to it that nothing is reported to its makers

    inputs = [dict(np.load(path)) for path in sorted(folder.glob("*.npz"))]
    network = nncf.quantize(
        openvino.read(folder / FULL),
        nncf.Dataset(inputs),
        model_type=nncf.ModelType.TRANSFORMER,  # leaves what a transformer needs in full as it is
        subset_size=len(inputs),
    )
    openvino.save(network, folder / NETWORK)


if __name__ == "__main__":
    calibrate(Path(sys.argv[1]))
