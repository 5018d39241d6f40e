"""Get Blob and Get Blob Properties."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import TYPE_CHECKING, Final

from aiohttp import web

from mockcloud.data.blob import digests, structured
from mockcloud.data.blob.conditions import check_read
from mockcloud.data.blob.content import MIB, Content
from mockcloud.data.blob.damage import damaged, seen
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.times import http_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockcloud.data.blob.blobs import Blob, Copy
    from mockcloud.data.blob.requests import Request

_RANGE: Final = re.compile(r"^bytes=(\d+)-(\d*)$")
_AT_ONCE: Final = 256 * 1024
_MOST_WITH_CHECKSUM: Final = 4 * MIB
_OVERRIDES: Final = {
    "rscc": "Cache-Control",
    "rscd": "Content-Disposition",
    "rsce": "Content-Encoding",
    "rscl": "Content-Language",
    "rsct": "Content-Type",
}


async def head_blob(request: Request) -> web.StreamResponse:
    blob = request.blob()
    check_read(request.header, blob)
    return web.Response(headers={**described(request, blob), "Content-Length": str(blob.content.size)})


async def get_blob(request: Request) -> web.StreamResponse:
    fault = request.call.fault
    blob = seen(request.blob(), fault)
    check_read(request.header, blob)
    headers, size = described(request, blob), blob.content.size
    asked = span(request.header("x-ms-range") or request.header("Range"), size)
    status, part = 200, blob.content
    if asked is not None:
        status, part = 206, blob.content.part(*asked)
        headers["Content-Range"] = f"bytes {asked[0]}-{asked[1] - 1}/{size}"
        if stored := headers.pop("Content-MD5", None):
            headers["x-ms-blob-content-md5"] = stored
        headers |= await _checksums(request, part)
    return await _send(request, status, headers, part)


def described(request: Request, blob: Blob) -> dict[str, str]:
    """The headers that tell a blob's properties."""
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
        "ETag": blob.etag,
        "Last-Modified": http_date(blob.modified),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": http_date(blob.created),
        "x-ms-lease-state": "available",
        "x-ms-lease-status": "unlocked",
        "x-ms-server-encrypted": "true",
        **blob.settings,
        **{f"x-ms-meta-{name}": value for name, value in blob.metadata.items()},
    }
    if request.call.method == "HEAD":
        headers |= {"x-ms-access-tier": blob.tier or "Hot"}
        headers |= {} if blob.tier else {"x-ms-access-tier-inferred": "true"}
    if request.account.hns:
        headers["x-ms-resource-type"] = "directory" if blob.directory else "file"
    if blob.directory:
        headers["x-ms-meta-hdi_isfolder"] = "true"
    if blob.copy is not None:
        headers |= copy_headers(blob.copy, request.world.now())
    headers |= {_OVERRIDES[name]: said for name, said in request.query.items() if name in _OVERRIDES}
    return headers


def copy_headers(copy: Copy, now: float) -> dict[str, str]:
    headers = {
        "x-ms-copy-id": copy.id,
        "x-ms-copy-source": copy.source,
        "x-ms-copy-status": copy.status,
        "x-ms-copy-progress": f"{copy.progress(now)}/{copy.total}",
    }
    if copy.status != "pending":
        headers["x-ms-copy-completion-time"] = http_date(min(copy.due, now))
    if copy.description:
        headers["x-ms-copy-status-description"] = copy.description
    return headers


def span(said: str | None, size: int) -> tuple[int, int] | None:
    """The half-open range that is asked for, cut to the size; None for the whole.

    Raises:
        BlobError: 416 where it begins at the end or after it.
    """
    match = _RANGE.match(said.strip()) if said else None
    if match is None:
        return None
    start, last = int(match[1]), int(match[2] or size - 1)
    if start >= size or last < start:
        raise BlobError("InvalidRange", headers={"Content-Range": f"bytes */{size}"})
    return start, min(last + 1, size)


async def _checksums(request: Request, part: Content) -> dict[str, str]:
    """Of a range, for those who ask."""
    headers = {}
    for name, header in (("md5", "Content-MD5"), ("crc64", "x-ms-content-crc64")):
        if (request.header(f"x-ms-range-get-content-{name}") or "").lower() != "true":
            continue
        if part.size > _MOST_WITH_CHECKSUM:
            raise BlobError("OutOfRangeInput")
        digest = await (digests.md5_of(part) if name == "md5" else digests.crc64_of(part))
        headers[header] = base64.b64encode(digest).decode()
    return headers


async def _send(request: Request, status: int, headers: dict[str, str], part: Content) -> web.StreamResponse:
    """Stream the part, as a structured message where one was asked for."""
    shown = damaged(part, request.call.fault)
    if structured.asked(request.header(structured.HEADER)):
        headers |= {structured.HEADER: structured.CRC64, structured.LENGTH_HEADER: str(part.size)}
        chunks = structured.encoded(part, shown)
        return await _stream(request, status, headers, chunks, structured.encoded_size(part.size))
    return await _stream(request, status, headers, shown.chunks(), shown.size)


def _dripping(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return (bytes((byte,)) for chunk in chunks for byte in chunk)


async def _stream(
    request: Request, status: int, headers: dict[str, str], chunks: Iterator[bytes], size: int
) -> web.StreamResponse:
    """At once where it is little. A reset that is due after the service has acted comes half way."""
    call = request.call
    breaks = call.fault is not None and call.fault.reset == "after"
    drip = call.fault.drip_seconds if call.fault is not None else 0.0
    if size <= _AT_ONCE and not breaks and not drip:
        return web.Response(status=status, headers=headers, body=b"".join(chunks))
    response = web.StreamResponse(status=status, headers=request.stamped(headers))
    response.content_length, call.bytes_out = size, 0
    try:
        await response.prepare(call.request)
        for chunk in _dripping(chunks) if drip else chunks:
            if drip:
                await asyncio.sleep(drip)
            if breaks and call.bytes_out + len(chunk) > size // 2:
                break
            await response.write(chunk)
            call.bytes_out += len(chunk)
    except ConnectionError:
        pass  # the caller has gone; what he got is counted
    return response
