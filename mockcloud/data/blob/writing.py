"""Put Blob, Put Block, Put Block List, Get Block List, Delete Blob, and what changes around a blob."""

from __future__ import annotations

import base64
import binascii
import hmac
from html import escape
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from mockcloud.data.blob import digests
from mockcloud.data.blob.blobs import Block
from mockcloud.data.blob.commits import commit, committed, settings_of, touched
from mockcloud.data.blob.conditions import check_read, check_write
from mockcloud.data.blob.content import MIB, Content
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.immutability import check_mutable
from mockcloud.data.blob.reading import described
from mockcloud.http import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockcloud.data.blob.requests import Request

XML: Final = "application/xml"
MOST_IN_PUT: Final = 5000 * MIB
MOST_IN_BLOCK: Final = 4000 * MIB
_MOST_BLOCKS: Final = 50_000
_LONGEST_ID: Final = 64
_MOST_UNASKED: Final = 16 * MIB
_MOST_XML: Final = 16 * MIB


async def put_blob(request: Request) -> Answer:
    kind = request.required("x-ms-blob-type")
    if kind != "BlockBlob":
        raise BlobError("NotImplemented" if kind in {"AppendBlob", "PageBlob"} else "InvalidHeaderValue")
    content = await request.body(MOST_IN_PUT)
    sums = await check_sums(request, content)
    settings = {"Content-MD5": sums["Content-MD5"], **settings_of(request)}
    if (said := request.header("Content-Type")) is not None:
        settings.setdefault("Content-Type", said)
    blob = commit(request, content, settings=settings, metadata=request.metadata())
    return Answer(201, headers={**committed(blob), **sums})


async def put_block(request: Request) -> Answer:
    block_id = checked_id(request)
    content = await request.body(MOST_IN_BLOCK, adds_up=bool(request.header("Content-MD5")))
    sums = await check_sums(request, content)
    request.contents.stage(request.address.blob, Block(block_id, content))
    return Answer(201, headers={**sums, "x-ms-request-server-encrypted": "true"})


def checked_id(request: Request) -> str:
    """The block's id: base64 of at most 64 bytes, as long as the other waiting ones.

    Raises:
        BlobError: it is not such a one.
    """
    block_id = request.query.get("blockid", "")
    try:
        raw = base64.b64decode(block_id, validate=True)
    except binascii.Error as error:
        raise BlobError("InvalidQueryParameterValue", detail="blockid") from error
    if not 0 < len(raw) <= _LONGEST_ID:
        raise BlobError("InvalidQueryParameterValue", detail="blockid")
    waiting = request.contents.uncommitted.get(request.address.blob, {})
    if waiting and len(next(iter(waiting))) != len(block_id):
        raise BlobError("InvalidBlobOrBlock")
    return block_id


async def check_sums(request: Request, content: Content, prefix: str = "") -> dict[str, str]:
    """What the bytes add up to, as headers, after what the caller said of it was compared. With the prefix
    `x-ms-source-` it is a copy's source that is compared, and what is large is only added up on demand: the
    service tells the CRC64 of every copy, but a copy of many GiB shall take no time here.

    Raises:
        BlobError: 400 `Md5Mismatch`, `Crc64Mismatch`, or `InvalidMd5`.
    """
    sums: dict[str, str] = {}
    wanted = request.header(f"{prefix}Content-MD5")
    if wanted or request.md5:
        md5 = request.md5 or await digests.md5_of(content)
        digests.remember("md5", content, md5)
        _compare(wanted, md5, "Md5Mismatch")
        sums["Content-MD5"] = base64.b64encode(md5).decode()
    wanted = request.header(f"{prefix}Content-CRC64" if prefix else "x-ms-content-crc64")
    if digests.has_crc64() and (wanted or not prefix or content.size <= _MOST_UNASKED):
        crc64 = await digests.crc64_of(content)
        _compare(wanted, crc64, "Crc64Mismatch")
        sums["x-ms-content-crc64"] = base64.b64encode(crc64).decode()
    elif wanted:
        raise BlobError("NotImplemented", "CRC64 needs the package azure-storage-extensions.")
    return sums


def _compare(wanted: str | None, digest: bytes, code: str) -> None:
    if not wanted:
        return
    try:
        said = base64.b64decode(wanted, validate=True)
    except binascii.Error:
        said = b""
    if len(said) != len(digest):
        raise BlobError("InvalidMd5" if code == "Md5Mismatch" else "InvalidHeaderValue")
    if not hmac.compare_digest(said, digest):
        raise BlobError(code, told=_both(code, said, digest))


def _both(code: str, said: bytes, calculated: bytes) -> dict[str, str]:
    name = code.removesuffix("Mismatch")
    return {
        f"UserSpecified{name}": base64.b64encode(said).decode(),
        f"ServerCalculated{name}": base64.b64encode(calculated).decode(),
    }


async def put_block_list(request: Request) -> Answer:
    raw = (await request.body(_MOST_XML)).read()
    blocks = _listed(request, raw)
    fields = {"settings": settings_of(request), "metadata": request.metadata()}
    content = Content.together(block.content for block in blocks)
    return Answer(201, headers=committed(commit(request, content, blocks=tuple(blocks), **fields)))


def _listed(request: Request, raw: bytes) -> list[Block]:
    """The blocks that the list names, in its order."""
    try:
        root = ET.fromstring(raw)  # noqa: S314  (its callers are programs of the same machine)
        named = [(entry.tag, (entry.text or "").strip()) for entry in root]
    except ET.ParseError as error:
        raise BlobError("InvalidXmlDocument") from error
    if len(named) > _MOST_BLOCKS:
        raise BlobError("BlockListTooLong")
    waiting: Mapping[str, Block] = request.contents.uncommitted.get(request.address.blob, {})
    existing = request.existing()
    there = {block.id: block for block in (existing.blocks if existing else ())}
    sources = {"Uncommitted": waiting, "Committed": there, "Latest": {**there, **waiting}}
    try:
        return [sources[tag][block_id] for tag, block_id in named]
    except KeyError as error:
        raise BlobError("InvalidBlockList") from error


async def get_block_list(request: Request) -> Answer:
    kind = request.query.get("blocklisttype", "committed").lower()
    blob = request.existing()
    waiting = request.contents.uncommitted.get(request.address.blob)
    if blob is None and waiting is None:
        raise BlobError("BlobNotFound")
    parts = []
    if kind in {"committed", "all"}:
        parts.append(_blocks("CommittedBlocks", blob.blocks if blob else ()))
    if kind in {"uncommitted", "all"}:
        parts.append(_blocks("UncommittedBlocks", tuple((waiting or {}).values())))
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{"".join(parts)}</BlockList>'.encode()
    headers = {"x-ms-blob-content-length": str(blob.content.size if blob else 0)}
    return Answer(200, body, headers | (committed(blob) if blob else {}), XML)


def _blocks(tag: str, blocks: tuple[Block, ...]) -> str:
    shown = (
        f"<Block><Name>{escape(block.id)}</Name><Size>{block.content.size}</Size></Block>" for block in blocks
    )
    return f"<{tag}>{''.join(shown)}</{tag}>"


async def delete_blob(request: Request) -> Answer:
    blob, contents = request.blob(), request.contents
    check_write(request.header, blob)
    check_mutable(request.container, blob, request.world.now())
    below = f"{blob.name}/"
    if blob.directory and any(name.startswith(below) for name in contents.blobs):
        raise BlobError("DirectoryIsNotEmpty")
    contents.remove(blob.name)
    return Answer(202, headers={"x-ms-delete-type-permanent": "true"})


async def set_metadata(request: Request) -> Answer:
    blob = touched(request, request.blob(), metadata=request.metadata())
    return Answer(200, headers=committed(blob))


async def get_metadata(request: Request) -> Answer:
    blob = request.blob()
    check_read(request.header, blob)
    shown = described(request, blob)
    return Answer(
        200,
        headers={
            n: v for n, v in shown.items() if n.startswith("x-ms-meta") or n in {"ETag", "Last-Modified"}
        },
    )


async def set_properties(request: Request) -> Answer:
    """What is not given is cleared, as the service does."""
    return Answer(200, headers=committed(touched(request, request.blob(), settings=settings_of(request))))


async def set_tier(request: Request) -> Answer:
    blob = request.blob()
    touched(request, blob, tier=request.required("x-ms-access-tier"), etag=blob.etag, modified=blob.modified)
    return Answer(200)
