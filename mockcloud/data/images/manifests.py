"""Manifests and tags by the OCI distribution specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockcloud.data.images.content import MANIFEST, Manifest, Repository, Tag, is_digest
from mockcloud.data.images.errors import OciError
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.data.images.requests import Desk

_LARGEST: Final = 4 * 1024 * 1024


async def ping(_desk: Desk) -> Answer:
    return Answer(200, {})


async def get(desk: Desk) -> Answer:
    manifest = desk.manifest()
    headers = {"Docker-Content-Digest": manifest.digest, "ETag": f'"{manifest.digest}"'}
    return Answer(200, _damaged(desk, manifest.content), headers, manifest.media_type)


async def put(desk: Desk) -> Answer:
    """Everything that a manifest names has to be there before it."""
    content = await desk.call.read()
    if len(content) > _LARGEST:
        raise OciError(413, "MANIFEST_INVALID", "The manifest is larger than 4 MiB.")
    kind = (desk.call.header("Content-Type") or MANIFEST).partition(";")[0]
    manifest = Manifest(content, kind, desk.world.now())
    if not manifest.named():
        raise OciError(400, "MANIFEST_INVALID", "The manifest is no JSON object.")
    repository = desk.repositories().get(desk.name) or Repository()
    _check_whole(repository, manifest)
    changes = [desk.entry("manifests", manifest.digest, manifest)]
    if not is_digest(desk.last):
        changes.append(desk.entry("tags", desk.last, moved(repository, desk.last, manifest)))
    elif desk.last != manifest.digest:
        raise OciError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
    desk.make(*changes)
    headers = {
        "Docker-Content-Digest": manifest.digest,
        "Location": f"/v2/{desk.name}/manifests/{manifest.digest}",
    }
    return Answer(201, headers=headers)


def moved(repository: Repository, name: str, manifest: Manifest) -> Tag:
    """The tag as it is once it points at this manifest."""
    before = repository.tags.get(name)
    created = manifest.created if before is None else before.created
    return Tag(manifest.digest, created, manifest.created)


async def delete(desk: Desk) -> Answer:
    """By digest alone, as in Azure; its tags go with it."""
    if not is_digest(desk.last):
        raise OciError(405, "UNSUPPORTED", "A manifest is deleted by its digest.")
    manifest = desk.manifest()
    tags = [desk.entry("tags", name, None) for name in desk.repository().tags_of(manifest.digest)]
    desk.make(*tags, desk.entry("manifests", manifest.digest, None))
    return Answer(202)


async def tags(desk: Desk) -> Answer:
    return Answer(200, {"name": desk.name, "tags": sorted(desk.repository().tags)})


def _check_whole(repository: Repository, manifest: Manifest) -> None:
    for child in manifest.children():
        if child not in repository.manifests:
            raise OciError(400, "MANIFEST_UNKNOWN", f"manifest {child} is not found", {"Digest": child})
    for blob in manifest.blobs():
        if str(blob.get("digest")) not in repository.blobs:
            raise OciError(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", blob)


def _damaged(desk: Desk, content: bytes) -> bytes:
    """What a fault makes of the bytes on their way out."""
    match desk.call.fault.corrupt if desk.call.fault is not None else None:
        case "flip":
            return bytes([content[0] ^ 1]) + content[1:]
        case "truncate":
            return content[: len(content) // 2]
        case _:
            return content
