"""Bytes that follow from a seed and are nowhere: a blob of many GiB that takes no memory.

The bytes are made by offset, at memory speed, and differ in every MiB. Each MiB begins with a mark that says
whose it is and which one, so that an upload of such bytes is known again and becomes a reference too: what
was read here and written there takes no memory either.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob.content import MIB, Content, Piece

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "pattern:"
_SIGN: Final = bytes.fromhex("9f3ac1d20b5e7784")
_TAG: Final = 8
_NUMBER: Final = 8
_MARK: Final = len(_SIGN) + _TAG + _NUMBER
_STRIDE: Final = 611_953  # how far one MiB is turned against the one before
_TURN: Final = 1_048_583  # a prime just above 1 MiB, so that the turns repeat after 1 TiB


@dataclass(frozen=True, slots=True)
class Pattern:
    """Bytes without end. The MiB number `n` is a window of a random text of 1,048,583 bytes (SHAKE-256 of the
    seed), read as a ring from position `n * 611953`; its first 24 bytes are a fixed sign, the seed's tag, and
    `n` (8 bytes each, little-endian).
    """

    seed: str

    @property
    def identity(self) -> str:
        return f"{PREFIX}{self.seed}"

    def read(self, start: int, stop: int) -> bytes:
        ring, parts = _ring(self.seed), []
        while start < stop:
            number, within = divmod(start, MIB)
            length = min(MIB - within, stop - start)
            if within < _MARK:
                mark = _SIGN + tag(self.seed) + number.to_bytes(_NUMBER, "little")
                parts.append(mark[within : within + length])
                length = len(parts[-1])
            else:
                begin = number * _STRIDE % _TURN + within
                parts.append(ring[begin : begin + length])
            start += length
        return parts[0] if len(parts) == 1 else b"".join(parts)


def patterned(seed: str, size: int) -> Content:
    return Content([Piece(Pattern(seed), 0, size)])


def recognised(data: bytes, seeds: Mapping[bytes, str]) -> Content | None:
    """The reference that stands for these bytes, where they are part of the pattern of one of these seeds
    (by tag) and hold the beginning of a MiB.
    """
    at = data.find(_SIGN, 0, MIB + _MARK)
    mark = data[at : at + _MARK]
    seed = seeds.get(mark[len(_SIGN) : -_NUMBER])
    start = int.from_bytes(mark[-_NUMBER:], "little") * MIB - at
    if at < 0 or seed is None or start < 0:
        return None
    content, position = Content([Piece(Pattern(seed), start, len(data))]), 0
    for chunk in content.chunks():
        if not data.startswith(chunk, position):
            return None
        position += len(chunk)
    return content


@lru_cache(maxsize=64)
def tag(seed: str) -> bytes:
    """What a mark says of the seed."""
    return hashlib.sha256(seed.encode()).digest()[:_TAG]


@lru_cache(maxsize=8)
def _ring(seed: str) -> bytes:
    """Two rounds of the ring, so that every window of it is one slice."""
    return hashlib.shake_256(seed.encode()).digest(_TURN) * 2
