"""Answers that a fault makes larger than they are: blanks behind them, which XML and JSON allow, and gzip."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from mockcloud.faults import Fault

_MIB: Final = 2**20
_GZIP: Final = 16 + zlib.MAX_WBITS


async def swollen(response: web.StreamResponse, fault: Fault) -> web.StreamResponse:
    """The answer with what the fault adds to it. One that is sent in pieces stays as it is."""
    if not (fault.pad_mib or fault.gzip) or not isinstance(response, web.Response):
        return response
    body = response.body if isinstance(response.body, bytes) else b""
    # Beside the loop: it takes a second for some hundred MiB.
    made = await asyncio.to_thread(_packed if fault.gzip else _padded, body, fault.pad_mib)
    headers = response.headers.copy()
    for name in ("Content-Length", "Content-MD5"):
        headers.pop(name, None)
    if fault.gzip:
        headers["Content-Encoding"] = "gzip"
    return web.Response(status=response.status, body=made, headers=headers)


def _padded(body: bytes, mebibytes: int) -> bytes:
    return body + b" " * (mebibytes * _MIB)


def _packed(body: bytes, mebibytes: int) -> bytes:
    packer, blanks = zlib.compressobj(wbits=_GZIP), b" " * _MIB
    pieces = [packer.compress(body), *(packer.compress(blanks) for _ in range(mebibytes))]
    return b"".join([*pieces, packer.flush()])
