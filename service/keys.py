"""The keys that open the write routes."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from indexer import BadInput


class WriteKeys:
    """Knows the right keys, by their hashes only: nothing that prints this record can print a key."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._hashes = [sha256(key.encode()).digest() for key in keys]

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._hashes)

    def admit(self, given: str) -> bool:
        """Return whether ``given`` is one of the keys; takes as long for any."""
        found = sha256(given.encode("utf-8", "replace")).digest()
        return sum(hmac.compare_digest(found, one) for one in self._hashes) > 0  # not any(): none is left out


def keys_in(text: str, origin: str) -> tuple[str, ...]:
    """Return the keys in ``text``, separated by spaces or line ends; raises BadInput, naming ``origin`` but no key."""
    keys = tuple(dict.fromkeys(text.split()))
    if not all(key.isascii() and key.isprintable() for key in keys):
        raise BadInput(f"{origin}: a key may hold letters, digits and signs of ASCII only; no other can be sent.")
    return keys


def keys_of_file(path: Path) -> tuple[str, ...]:
    """Return the keys in a file; raises BadInput where there is none."""
    try:
        keys = keys_in(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as a file of keys, one a line: {type(error).__name__}.") from error
    if not keys:
        raise BadInput(f"{path}: holds no key. Write one into it, for example with: openssl rand -hex 32 > {path}")
    return keys
