"""Blobs of a repository: uploads in chunks, mounts, ranges."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Final

from mockcloud.data.images.content import Repository, digest_of
from mockcloud.data.images.errors import OciError, blob_unknown
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.data.images.requests import Desk

_RANGE: Final = re.compile(r"^bytes=(\d+)-(\d*)$")
_BYTES: Final = "application/octet-stream"


async def begin(desk: Desk) -> Answer:
    """Open an upload, or mount a blob that another repository has."""
    wanted, source = desk.call.query.get("mount"), desk.call.query.get("from", "")
    mounted = desk.repositories().get(source, Repository()).blobs.get(wanted or "")
    if wanted is not None and mounted is not None:
        return _stored(desk, wanted, mounted)
    upload = uuid.uuid4().hex
    desk.uploads[upload] = bytearray()
    return _under_way(desk, upload)


async def append(desk: Desk) -> Answer:
    _upload(desk).extend(await desk.call.read())
    return _under_way(desk, desk.last)


async def complete(desk: Desk) -> Answer:
    content = bytes(_upload(desk)) + await desk.call.read()
    digest = digest_of(content)
    if desk.call.query.get("digest") != digest:
        raise OciError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
    del desk.uploads[desk.last]
    return _stored(desk, digest, content)


async def get(desk: Desk) -> Answer:
    content = _blob(desk)
    headers = {"Docker-Content-Digest": desk.last, "Accept-Ranges": "bytes"}
    asked = _RANGE.match(desk.call.header("Range") or "")
    if asked is None:
        return Answer(200, content, headers, _BYTES)
    first = int(asked[1])
    last = min(int(asked[2] or len(content)), len(content) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Answer(206, content[first : last + 1], headers, _BYTES)


async def delete(desk: Desk) -> Answer:
    _blob(desk)
    desk.make(desk.entry("blobs", desk.last, None))
    return Answer(202)


def _blob(desk: Desk) -> bytes:
    found = desk.repositories().get(desk.name, Repository()).blobs.get(desk.last)
    if found is None:
        raise blob_unknown(desk.last)
    return found


def _upload(desk: Desk) -> bytearray:
    found = desk.uploads.get(desk.last)
    if found is None:
        raise OciError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
    return found


def _under_way(desk: Desk, upload: str) -> Answer:
    """The address is relative to the registry, as Azure's own is."""
    received = len(desk.uploads[upload])
    headers = {
        "Location": f"/v2/{desk.name}/blobs/uploads/{upload}",
        "Docker-Upload-UUID": upload,
        "Range": f"0-{max(0, received - 1)}",
    }
    return Answer(202, headers=headers)


def _stored(desk: Desk, digest: str, content: bytes) -> Answer:
    desk.make(desk.entry("blobs", digest, content))
    return Answer(
        201, headers={"Docker-Content-Digest": digest, "Location": f"/v2/{desk.name}/blobs/{digest}"}
    )
