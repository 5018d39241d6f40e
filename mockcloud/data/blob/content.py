"""What a blob's bytes are: pieces of sources that never change, so that a copy is a list of references.

A `Stored` source holds bytes that somebody sent; a `Pattern` (see `patterns`) holds none. Pieces that follow
each other in the same source are one piece, so that a copy made block by block ends up equal to its source.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MIB: Final = 1 << 20


class Source(Protocol):
    """Bytes that never change, found by offset. `identity` is the same for the same bytes."""

    @property
    def identity(self) -> str: ...

    def read(self, start: int, stop: int) -> bytes: ...


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Bytes in memory."""

    data: bytes
    identity: str

    @classmethod
    def fresh(cls, data: bytes) -> Stored:
        return cls(data, uuid.uuid4().hex)

    def read(self, start: int, stop: int) -> bytes:
        return self.data if (start, stop) == (0, len(self.data)) else self.data[start:stop]


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` bytes of a source from `start`."""

    source: Source
    start: int
    length: int

    @property
    def stop(self) -> int:
        return self.start + self.length


class Content:
    """Immutable bytes of known size. Slicing and joining copies nothing."""

    __slots__ = ("pieces", "size")

    def __init__(self, pieces: Iterable[Piece] = ()) -> None:
        self.pieces = tuple(_joined(pieces))
        self.size = sum(piece.length for piece in self.pieces)

    @classmethod
    def of(cls, data: bytes) -> Content:
        return cls([Piece(Stored.fresh(data), 0, len(data))])

    @classmethod
    def together(cls, parts: Iterable[Content]) -> Content:
        return cls(piece for part in parts for piece in part.pieces)

    @property
    def key(self) -> tuple[tuple[str, int, int], ...]:
        """Equal keys are equal bytes (the reverse need not hold)."""
        return tuple((piece.source.identity, piece.start, piece.length) for piece in self.pieces)

    def part(self, start: int, stop: int) -> Content:
        """The bytes from `start` to before `stop`, cut to what there is."""
        return Content(self._within(max(start, 0), min(stop, self.size)))

    def flipped(self, at: int) -> Content:
        """The same with every bit of one byte turned over."""
        turned = bytes([self.read(at, at + 1)[0] ^ 0xFF])
        return Content.together([self.part(0, at), Content.of(turned), self.part(at + 1, self.size)])

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        return b"".join(self.chunks(start, stop))

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes in parts of at most 1 MiB."""
        for piece in self._within(start, self.size if stop is None else min(stop, self.size)):
            for begin in range(piece.start, piece.stop, MIB):
                yield piece.source.read(begin, min(begin + MIB, piece.stop))

    def _within(self, start: int, stop: int) -> Iterator[Piece]:
        position = 0
        for piece in self.pieces:
            begin, end = max(start, position), min(stop, position + piece.length)
            if begin < end:
                yield Piece(piece.source, piece.start + begin - position, end - begin)
            position += piece.length


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours that follow each other in the same source become one; empty pieces vanish."""
    last: Piece | None = None
    for piece in pieces:
        if not piece.length:
            continue
        if last is not None and last.source.identity == piece.source.identity and last.stop == piece.start:
            last = Piece(last.source, last.start, last.length + piece.length)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
