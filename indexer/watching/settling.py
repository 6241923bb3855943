"""Waiting until files are at rest."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from indexer.watching.scanning import Stamp


class Settling:
    """Tells what has stayed as it is for ``seconds``; a stamp of None stands for a file that is gone."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[str, tuple[Stamp | None, float]] = {}

    @property
    def due(self) -> float:
        """When the next of them has been at rest for long enough; infinite where there is nothing to wait for."""
        return min((since for _, since in self._since.values()), default=inf) + self._seconds

    def settled(self, unlike: Mapping[str, Stamp | None], now: float) -> set[str]:
        """Take note of what is unlike what was indexed, and return what of that has been the same for long enough."""
        before, self._since = self._since, {}
        for name, stamp in unlike.items():
            known = before.get(name)
            self._since[name] = known if known and known[0] == stamp else (stamp, now)
        return {name for name, (_, since) in self._since.items() if now - since >= self._seconds}

    def postpone(self, name: str, until: float) -> None:
        """Do not return ``name`` before ``until``, unless it changes."""
        if name in self._since:
            self._since[name] = (self._since[name][0], until - self._seconds)
