"""The one way in which a blob comes to be or is replaced, whatever its bytes came from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mockcloud.data.blob.blobs import Blob, new_etag
from mockcloud.data.blob.conditions import check_write
from mockcloud.data.blob.content import Content
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.immutability import check_mutable
from mockcloud.data.blob.times import http_date

if TYPE_CHECKING:
    from mockcloud.data.blob.blobs import Contents
    from mockcloud.data.blob.requests import Request

_SETTINGS: Final = {
    "x-ms-blob-cache-control": "Cache-Control",
    "x-ms-blob-content-disposition": "Content-Disposition",
    "x-ms-blob-content-encoding": "Content-Encoding",
    "x-ms-blob-content-language": "Content-Language",
    "x-ms-blob-content-md5": "Content-MD5",
    "x-ms-blob-content-type": "Content-Type",
}
_LONGEST_NAME: Final = 1024


def check_writable(request: Request) -> Blob | None:
    """The blob may be made, or the one that is there (which is returned) may be replaced.

    Raises:
        BlobError: conditions, retention, a pending copy, a signature that may only make what is new, or a
            path that a namespace does not allow.
    """
    name = request.address.blob
    if len(name) > _LONGEST_NAME:
        raise BlobError("InvalidResourceName")
    existing = request.existing()
    check_write(request.header, existing)
    if request.account.hns:
        _check_path(request.contents, name)
    if existing is None:
        return None
    if request.caller is not None and not request.caller.overwrites:
        raise BlobError("UnauthorizedBlobOverwrite")
    if existing.copy is not None and existing.copy.status == "pending":
        raise BlobError("PendingCopyOperation")
    check_mutable(request.container, existing, request.world.now())
    return existing


def commit(request: Request, content: Content, **fields: Any) -> Blob:
    """Put the blob there, if it may; `fields` are `Blob`'s. Raises as `check_writable`."""
    existing, now = check_writable(request), request.world.now()
    if request.account.hns:
        make_parents(request.contents, request.address.blob, now)
    blob = Blob(
        name=request.address.blob,
        content=content,
        etag=new_etag(),
        created=existing.created if existing else now,
        modified=now,
        **{"tier": request.header("x-ms-access-tier"), **fields},
    )
    return request.contents.put(blob)


def settings_of(request: Request) -> dict[str, str]:
    """The properties that the request gives the blob."""
    return {name: said for header, name in _SETTINGS.items() if (said := request.header(header)) is not None}


def committed(blob: Blob) -> dict[str, str]:
    """The headers of the answer."""
    return {
        "ETag": blob.etag,
        "Last-Modified": http_date(blob.modified),
        "x-ms-request-server-encrypted": "true",
    }


def touched(request: Request, blob: Blob, **changes: Any) -> Blob:
    """The same blob with something else about it, and another etag."""
    check_write(request.header, blob)
    check_mutable(request.container, blob, request.world.now())
    changed = replace(blob, **{"etag": new_etag(), "modified": request.world.now(), **changes})
    contents = request.contents
    contents.blobs[blob.name] = changed
    contents.dirty = True
    return changed


def make_parents(contents: Contents, name: str, now: float) -> None:
    """The directories above, where they are not there yet."""
    parts = name.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        above = "/".join(parts[:depth])
        if above not in contents.blobs:
            contents.put(Blob(above, Content(), new_etag(), now, now, directory=True))


def _check_path(contents: Contents, name: str) -> None:
    """No directory becomes a file, and no file has something below it."""
    parts = name.split("/")
    at = contents.blobs.get(name)
    above = (contents.blobs.get("/".join(parts[:depth])) for depth in range(1, len(parts)))
    if (at is not None and at.directory) or any(blob and not blob.directory for blob in above):
        raise BlobError("PathConflict")
