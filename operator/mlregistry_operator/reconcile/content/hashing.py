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
    """Grows in the order of the file's bytes."""

    def __init__(self, plan: HashPlan, *, whole: bool = False) -> None:
        self._sha256 = hashlib.sha256()
        self._whole = hashlib.md5(usedforsecurity=False) if plan.whole or whole else None
        self._blocks = _BlockHashes(plan.block_size) if plan.block_size is not None else None

    @property
    def digest(self) -> str:
        """The digest of all bytes so far, as a manifest writes it."""
        return f"sha256:{self._sha256.hexdigest()}"

    @property
    def md5(self) -> bytes | None:
        """The MD5 of all bytes so far, where it was asked for."""
        return self._whole.digest() if self._whole is not None else None

    @property
    def checksums(self) -> FileChecksums:
        """What copies of the file will carry; only when all bytes have passed."""
        if self._blocks is None:
            return FileChecksums(self.md5)
        return FileChecksums(self.md5, self._blocks.size, self._blocks.finished())

    async def add(self, piece: bytes) -> Passed:
        """Take the next bytes in."""
        if len(piece) < _BESIDE:
            self._add_sha256(piece)
            self._add_md5(piece)
            own = md5_of(piece)
        else:
            _, _, own = await asyncio.gather(
                asyncio.to_thread(self._add_sha256, piece),
                asyncio.to_thread(self._add_md5, piece),
                asyncio.to_thread(md5_of, piece),
            )
        return Passed(own, self._sha256.digest())

    def _add_sha256(self, piece: bytes) -> None:
        self._sha256.update(piece)

    def _add_md5(self, piece: bytes) -> None:
        if self._whole is not None:
            self._whole.update(piece)
        if self._blocks is not None:
            self._blocks.add(piece)


class _BlockHashes:
    """MD5s of a file's blocks, however the pieces fall."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._done: list[bytes] = []
        self._open = hashlib.md5(usedforsecurity=False)
        self._filled = 0

    def add(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            part = rest[: self.size - self._filled]
            self._open.update(part)
            self._filled += len(part)
            rest = rest[len(part) :]
            if self._filled == self.size:
                self._close()

    def finished(self) -> tuple[bytes, ...]:
        if self._filled:
            self._close()
        return tuple(self._done)

    def _close(self) -> None:
        self._done.append(self._open.digest())
        self._open = hashlib.md5(usedforsecurity=False)
        self._filled = 0


def md5_of(data: bytes) -> bytes:
    """The MD5 of bytes, as the blob service compares them."""
    return hashlib.md5(data, usedforsecurity=False).digest()
