"""Bytes become text: UTF-8, UTF-16 with its mark, or Windows-1252; anything else is no text."""

from __future__ import annotations

import codecs
import io
import re

from indexer.errors import BadInput
from indexer.sources.source import LONGEST, Stream

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def whole(stream: Stream, begun: bytes = b"") -> str:
    """Return all the text of ``stream``, of which ``begun`` has been read already."""
    data = begun + stream.read(LONGEST + 1 - len(begun))
    if len(data) > LONGEST:
        raise BadInput(f"larger than {LONGEST // 2**20} MB; split it, or make it JSON Lines, which is read by the line")
    return decode(data)


def decode(data: bytes) -> str:
    """Return ``data`` as text without its byte-order mark.

    Where most of what is not ASCII is good UTF-8, the rest is taken for damage (U+FFFD) and not for another encoding.
    """
    if b"\0" in data:
        raise BadInput("binary data, not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", "replace")
    damaged = text.count("\ufffd")
    intact = sum(not character.isascii() for character in text) - damaged
    return text if intact > damaged else _windows_1252(data)


def _windows_1252(data: bytes) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise BadInput("binary data, or text in an unknown encoding; make it UTF-8") from error
    if _CONTROLS.search(text):
        raise BadInput("binary data, not text")
    return text


def decode_as(data: bytes, charset: str) -> str:
    """Return ``data`` as text in the encoding of this name, damage as U+FFFD; by itself where that is UTF-8 or none."""
    try:
        if codecs.lookup(charset).name != "utf-8":
            return data.decode(charset, "replace")
    except (LookupError, ValueError):  # Python also knows encodings that are of no text, and some that bear no damage
        pass
    return decode(data)


def utf8(stream: Stream) -> Stream:
    """Return ``stream`` as it is, or one that gives UTF-8 if it begins with the mark of UTF-16."""
    marked = stream.peek(2).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return io.BufferedReader(_FromUtf16(stream)) if marked else stream


class _FromUtf16(io.RawIOBase):
    """UTF-16 read as UTF-8."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a raw stream is given memoryviews only
        while not self._ready:
            data = self._stream.read(io.DEFAULT_BUFFER_SIZE)
            self._ready = self._decoder.decode(data, final=not data).encode()
            if not data:
                break
        given, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)
