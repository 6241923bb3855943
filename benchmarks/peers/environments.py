"""The systems, and the environments that they run in."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TORCH = "torch==2.13.0"
"""Installed before all else, so that nothing chooses another; what pip is told to look at decides on its build."""

PINS: dict[str, tuple[str, ...]] = {
    "txtai": ("txtai[api]==9.14.0",),
    "chroma": ("chromadb==1.5.9", "sentence-transformers==6.2.0"),
}
SYSTEMS = ("dateline", *PINS)
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}


@dataclass(frozen=True, slots=True)
class System:
    """A system, and how its script is run."""

    name: str
    python: Path
    model: Path

    def command(self, *arguments: object) -> list[str]:
        """Return the command that does what ``arguments`` say."""
        return [str(self.python), str(HERE / f"{self.name}_system.py"), *map(str, arguments)]

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables that it needs: nothing is to be fetched."""
        paths = {"PYTHONPATH": str(HERE.parent.parent)} if self.name == "dateline" else {}
        return {**os.environ, **OFFLINE, **paths, "PEER_MODEL": str(self.model)}


def installed(names: Sequence[str], folder: Path, model: Path) -> list[System]:
    """Return the systems, each in an environment of its own; what is in ``folder`` already is used."""
    return [System(name, Path(sys.executable) if name == "dateline" else made(name, folder), model) for name in names]


def made(name: str, folder: Path) -> Path:
    """Return the interpreter of a system's environment, made first if there is none."""
    python = folder / name / "bin" / "python"
    if not (folder / name / "installed").exists():
        venv.create(folder / name, with_pip=True, clear=True)
        for packages in ((TORCH,), PINS[name]):
            print(f"Installing {' '.join(packages)} in {folder / name} ...", file=sys.stderr)
            subprocess.run([python, "-m", "pip", "install", "--quiet", TORCH, *packages], check=True)
        (folder / name / "installed").touch()
    return python
