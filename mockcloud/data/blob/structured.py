"""Structured messages: a body in segments, each with its CRC64, then the CRC64 of the whole.

The header `x-ms-structured-body: XSM/1.0; properties=crc64` announces one; the storage client sends it with
streams, and asks for it in downloads, when it is told to validate content by CRC64. Layout, all numbers
little-endian: version (1 byte), length of the message (8), flags (2), number of segments (2); for each
segment its number from 1 (2), its length (8), its bytes, its CRC64 (8); the CRC64 of all bytes (8).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob import digests
from mockcloud.data.blob.content import MIB, Content
from mockcloud.data.blob.errors import BlobError

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER: Final = "x-ms-structured-body"
LENGTH_HEADER: Final = "x-ms-structured-content-length"
CRC64: Final = "XSM/1.0; properties=crc64"
_HEAD: Final = struct.Struct("<BQHH")
_SEGMENT: Final = struct.Struct("<HQ")
_SUM: Final = struct.Struct("<Q")
_SEGMENT_SIZE: Final = 4 * MIB
_FLAG: Final = 1


def asked(said: str | None) -> bool:
    """Is this the one form that there is?

    Raises:
        BlobError: another form, or no CRC64 on this machine.
    """
    if said is None:
        return False
    if said != CRC64:
        raise BlobError("InvalidHeaderValue", detail=HEADER)
    if not digests.has_crc64():
        raise BlobError("NotImplemented", "CRC64 needs the package azure-storage-extensions.")
    return True


def encoded_size(size: int) -> int:
    per_segment = _SEGMENT.size + _SUM.size
    return _HEAD.size + _segments(size) * per_segment + size + _SUM.size


def encoded(content: Content, shown: Content) -> Iterator[bytes]:
    """The message for `content`, with the bytes of `shown`, which differ where a fault damages them."""
    count = _segments(content.size)
    yield _HEAD.pack(1, encoded_size(content.size), _FLAG, count)
    whole = 0
    for number in range(1, count + 1):
        start = (number - 1) * _SEGMENT_SIZE
        part = content.part(start, start + _SEGMENT_SIZE)
        sum_of_part = 0
        for chunk in part.chunks():
            sum_of_part = digests.crc64_bytes(chunk, sum_of_part)
            whole = digests.crc64_bytes(chunk, whole)
        yield _SEGMENT.pack(number, part.size)
        yield from shown.chunks(start, start + part.size)
        yield _SUM.pack(sum_of_part)
    yield _SUM.pack(whole)


def decoded(message: bytes) -> bytes:
    """The bytes that a message carries.

    Raises:
        BlobError: it is no message, or a sum is wrong.
    """
    try:
        version, length, flags, count = _HEAD.unpack_from(message)
        if (version, length, flags) != (1, len(message), _FLAG):
            raise BlobError("InvalidStructuredMessage", status=400)
        parts, position = [], _HEAD.size
        for number in range(1, count + 1):
            part, position = _segment(message, position, number)
            parts.append(part)
        whole = b"".join(parts)
        if _SUM.unpack_from(message, position)[0] != digests.crc64_bytes(whole):
            raise BlobError("Crc64Mismatch")
    except struct.error as error:
        raise BlobError("InvalidStructuredMessage", status=400) from error
    return whole


def _segment(message: bytes, position: int, number: int) -> tuple[bytes, int]:
    said, size = _SEGMENT.unpack_from(message, position)
    start = position + _SEGMENT.size
    part = message[start : start + size]
    if said != number or _SUM.unpack_from(message, start + size)[0] != digests.crc64_bytes(part):
        raise BlobError("Crc64Mismatch" if said == number else "InvalidStructuredMessage", status=400)
    return part, start + size + _SUM.size


def _segments(size: int) -> int:
    return max(1, -(-size // _SEGMENT_SIZE))
