"""Copies inside the service: Put Blob From URL, Put Block From URL, Copy Blob From URL, Copy Blob.

The first three are over when they answer; `copySecondsPerMiB` makes them as slow as it says. Copy Blob
answers at once and is seen to go on.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob.blobs import Block, Copy, new_etag
from mockcloud.data.blob.commits import check_writable, commit, committed, settings_of
from mockcloud.data.blob.content import MIB, Content
from mockcloud.data.blob.damage import damaged
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.reading import span
from mockcloud.data.blob.sources import shown_source, source_of
from mockcloud.data.blob.writing import MOST_IN_BLOCK, MOST_IN_PUT, check_sums, checked_id
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.data.blob.blobs import Blob
    from mockcloud.data.blob.requests import Request

_MOST_AT_ONCE: Final = 256 * MIB
_SOURCE: Final = "x-ms-source-"


async def put_block_from_url(request: Request) -> Answer:
    block_id, source = checked_id(request), source_of(request)
    asked = span(request.header("x-ms-source-range"), source.content.size)
    part = damaged(source.content.part(*asked) if asked else source.content, request.call.fault)
    _check_size(part, MOST_IN_BLOCK, "copy source", 4000)
    sums = await check_sums(request, part, _SOURCE)
    await _take_time(request, part)
    request.contents.stage(request.address.blob, Block(block_id, part))
    return Answer(201, headers={**sums, "x-ms-request-server-encrypted": "true"})


async def put_blob_from_url(request: Request) -> Answer:
    check_writable(request)
    source = source_of(request)
    content = damaged(source.content, request.call.fault)
    _check_size(content, MOST_IN_PUT, "copy source", 5000)
    sums = await check_sums(request, content, _SOURCE)
    await _take_time(request, content)
    kept = (request.header("x-ms-copy-source-blob-properties") or "true").lower() == "true"
    settings = {**(source.settings if kept else {}), **settings_of(request)}
    blob = commit(request, content, settings=settings, metadata=request.metadata())
    return Answer(201, headers={**committed(blob), **sums})


async def copy_from_url(request: Request) -> Answer:
    check_writable(request)
    source = source_of(request)
    content = damaged(source.content, request.call.fault)
    _check_size(content, _MOST_AT_ONCE, "synchronous copy", 256)
    sums = await check_sums(request, content, _SOURCE)
    await _take_time(request, content)
    now = request.world.now()
    copy = Copy(str(uuid.uuid4()), shown_source(request), content.size, now, now, status="success")
    blob = commit(
        request, content, settings=dict(source.settings), metadata=_metadata(request, source), copy=copy
    )
    return Answer(202, headers={**committed(blob), **sums, **_told(copy)})


async def copy_blob(request: Request) -> Answer:
    check_writable(request)
    source = source_of(request, takes_bearer=False)
    content, now = damaged(source.content, request.call.fault), request.world.now()
    due = now + _seconds(request, content)
    pending = due > now
    copy = Copy(
        id=str(uuid.uuid4()),
        source=shown_source(request),
        total=content.size,
        started=now,
        due=due,
        status="pending" if pending else "success",
        content=content if pending else None,
    )
    blob = commit(
        request,
        Content() if pending else content,
        settings=dict(source.settings),
        metadata=_metadata(request, source),
        copy=copy,
    )
    return Answer(202, headers={**committed(blob), **_told(copy)})


async def abort_copy(request: Request) -> Answer:
    """What was copied is gone; the blob stays, empty."""
    blob = request.blob()
    if (request.header("x-ms-copy-action") or "").lower() != "abort":
        raise BlobError("InvalidHeaderValue", detail="x-ms-copy-action")
    if blob.copy is None or blob.copy.status != "pending":
        raise BlobError("NoPendingCopyOperation")
    if blob.copy.id != request.query.get("copyid"):
        raise BlobError("CopyIdMismatch")
    now = request.world.now()
    ended = replace(blob.copy, status="aborted", content=None, due=now)
    request.contents.put(replace(blob, copy=ended, etag=new_etag(), modified=now))
    return Answer(204)


def _told(copy: Copy) -> dict[str, str]:
    return {"x-ms-copy-id": copy.id, "x-ms-copy-status": copy.status}


def _metadata(request: Request, source: Blob) -> dict[str, str]:
    """What the request says, else what the source has."""
    return request.metadata() or dict(source.metadata)


def _check_size(content: Content, most: int, what: str, mib: int) -> None:
    if content.size > most:
        raise BlobError(
            "CannotVerifyCopySource",
            f"The source request body for {what} is too large and exceeds the maximum permissible limit "
            f"({mib}MB).",
            status=409,
        )


def _seconds(request: Request, content: Content) -> float:
    return request.world.settings.copy_seconds_per_mi_b * content.size / MIB


async def _take_time(request: Request, content: Content) -> None:
    seconds = _seconds(request, content)
    if seconds:
        await asyncio.sleep(seconds)
