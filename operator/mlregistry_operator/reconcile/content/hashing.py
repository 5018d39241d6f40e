"""Digests of a file whose bytes pass once: SHA-256 for the manifest, MD5 because the service checks with it.

Hashing large pieces happens beside the event loop; `hashlib` lets other threads run meanwhile.
"""

import asyncio
import hashlib
from typing import Final

_BESIDE: Final = 256 * 1024  # bytes from which a thread is worth its way


class FileHash:
    """Grows in the order of the file's bytes."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    @property
    def digest(self) -> str:
        """The digest of all bytes so far, as a manifest writes it."""
        return f"sha256:{self._sha256.hexdigest()}"

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    async def add(self, piece: bytes) -> bytes:
        """Take the next bytes in; the MD5 of this piece alone."""
        if len(piece) < _BESIDE:
            self._sha256.update(piece)
            self._md5.update(piece)
            return md5_of(piece)
        _, _, own = await asyncio.gather(
            asyncio.to_thread(self._sha256.update, piece),
            asyncio.to_thread(self._md5.update, piece),
            asyncio.to_thread(md5_of, piece),
        )
        return own


def md5_of(data: bytes) -> bytes:
    """The MD5 of bytes, as the blob service compares them."""
    return hashlib.md5(data, usedforsecurity=False).digest()
