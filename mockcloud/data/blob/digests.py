"""MD5 and CRC64 of content: computed beside the event loop, and only once for the same bytes.

CRC64 is the one that the blob service speaks (NVMe polynomial); it is there where the extension of the
storage client is installed, and not asked for elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob.content import MIB

try:
    from azure.storage.extensions.checksums import crc64
except ImportError:  # a platform without a wheel of it
    crc64 = None  # type: ignore[assignment]  # None says so at run time

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockcloud.data.blob.content import Content

_KEPT: Final = 4096
_AT_ONCE: Final = 2 * MIB
_known: dict[tuple[str, object], bytes] = {}


def has_crc64() -> bool:
    return crc64 is not None


async def md5_of(content: Content) -> bytes:
    """16 bytes."""
    return await _digest("md5", content, _md5)


async def crc64_of(content: Content) -> bytes:
    """8 bytes, little-endian, as on the wire; only where `has_crc64`."""
    return await _digest("crc64", content, _crc64)


def crc64_bytes(data: bytes, before: int = 0) -> int:
    """Go on with a running checksum."""
    return crc64.compute(data, before)


def remember(name: str, content: Content, digest: bytes) -> None:
    """Note a digest that was computed elsewhere."""
    if len(_known) >= _KEPT:
        for key in list(_known)[: _KEPT // 2]:
            del _known[key]
    _known[name, content.key] = digest


async def _digest(name: str, content: Content, compute: Callable[[Content], bytes]) -> bytes:
    known = _known.get((name, content.key))
    if known is not None:
        return known
    digest = compute(content) if content.size <= _AT_ONCE else await asyncio.to_thread(compute, content)
    remember(name, content, digest)
    return digest


def _md5(content: Content) -> bytes:
    running = hashlib.md5(usedforsecurity=False)
    for chunk in content.chunks():
        running.update(chunk)
    return running.digest()


def _crc64(content: Content) -> bytes:
    running = 0
    for chunk in content.chunks():
        running = crc64.compute(chunk, running)
    return running.to_bytes(8, "little")
