"""Digests of a file whose bytes pass once: SHA-256 for the manifest, MD5s for the service to check with.

Hashing large pieces happens beside the event loop; `hashlib` lets other threads run meanwhile.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from mlregistry_operator.domain.assets.checksums import FileChecksums
from mlregistry_operator.domain.assets.copies import HashPlan

_BESIDE: Final = 256 * 1024  # bytes from which a thread is worth its way


@dataclass(frozen=True, slots=True)
class Passed:
    """What one piece was: its own MD5, and the SHA-256 of the file up to its end."""

    md5: bytes
    running: bytes


class FileHash:
    """Grows in the order of the file's bytes. `whole` asks for the MD5 of all, whatever the plan says."""

    def __init__(self, plan: HashPlan, *, whole: bool = False) -> None:
        self._sha256 = hashlib.sha256()
        self._md5s = _Md5s(plan.block_size, whole=plan.whole or whole)
        self._begun = False

    @property
    def digest(self) -> str:
        """The digest of all bytes so far, as a manifest writes it."""
        return f"sha256:{self._sha256.hexdigest()}"

    @property
    def md5(self) -> bytes | None:
        """The MD5 of all bytes so far, where it was asked for."""
        return self._md5s.whole

    @property
    def checksums(self) -> FileChecksums:
        """What copies of the file will carry; only when all bytes have passed."""
        return FileChecksums(self._md5s.whole, self._md5s.block_size, self._md5s.finished())

    async def add(self, piece: bytes) -> Passed:
        """Take the next bytes in."""
        first, self._begun = not self._begun, True
        if len(piece) < _BESIDE:
            self._sha256.update(piece)
            self._md5s.add(piece)
        else:
            await asyncio.gather(
                asyncio.to_thread(self._sha256.update, piece), asyncio.to_thread(self._md5s.add, piece)
            )
        return Passed(await self._own(piece, first=first), self._sha256.digest())

    async def _own(self, piece: bytes, *, first: bool) -> bytes:
        """The MD5 of a piece; that of the first is the file's so far."""
        so_far = self._md5s.whole if first else None
        if so_far is not None:
            return so_far
        return await asyncio.to_thread(md5_of, piece) if len(piece) >= _BESIDE else md5_of(piece)


class _Md5s:
    """MD5s of a file and of its blocks, however the pieces fall; the first block shares the file's."""

    def __init__(self, block_size: int | None, *, whole: bool) -> None:
        self.block_size = block_size
        self._whole = hashlib.md5(usedforsecurity=False) if whole else None
        self._block = self._whole or hashlib.md5(usedforsecurity=False)
        self._filled = 0
        self._done: list[bytes] = []

    @property
    def whole(self) -> bytes | None:
        return self._whole.digest() if self._whole is not None else None

    def add(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            part = rest if self.block_size is None else rest[: self.block_size - self._filled]
            if self._whole is not None:
                self._whole.update(part)
            if self.block_size is not None:
                self._add_to_block(part)
            rest = rest[len(part) :]

    def _add_to_block(self, part: memoryview) -> None:
        if self._block is not self._whole:
            self._block.update(part)
        self._filled += len(part)
        if self._filled == self.block_size:
            self._close()

    def finished(self) -> tuple[bytes, ...]:
        if self._filled:
            self._close()
        return tuple(self._done)

    def _close(self) -> None:
        self._done.append(self._block.digest())
        self._block = hashlib.md5(usedforsecurity=False)
        self._filled = 0


def md5_of(data: bytes) -> bytes:
    """The MD5 of bytes, as the blob service compares them."""
    return hashlib.md5(data, usedforsecurity=False).digest()
