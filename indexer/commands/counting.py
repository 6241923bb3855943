"""Numbers of things, as people write them."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """Return ``1 article`` or ``1,024 articles``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
