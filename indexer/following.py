"""Bringing a view up to its store."""

from __future__ import annotations

import logging

from indexer.engine import Store, View
from indexer.errors import DamagedView

log = logging.getLogger(__name__)


def follow(store: Store, view: View[object]) -> None:
    """Bring ``view`` up to ``store``, from nothing if it is damaged or knows of changes the store never made."""
    try:
        bring_up(store, view)
    except DamagedView as damage:
        log.warning("%s Rebuilding it from the store.", damage)
        rebuild(store, view)


def rebuild(store: Store, view: View[object]) -> None:
    """Make ``view`` again from nothing."""
    view.clear()
    view.apply(store.changes(0))


def bring_up(store: Store, view: View[object]) -> None:
    """Have ``view`` take in what it lacks; raises DamagedView."""
    reached, target = view.sequence_number(), store.sequence_number()
    if reached is None or reached > target:
        view.clear()
        reached = None
    if reached != target:
        view.apply(store.changes(reached or 0))
