"""Containers as the data plane sees them: the same resources that the control plane shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mockcloud.arm.call import timestamp
from mockcloud.arm.storage.services import CONTAINER_NAME, CONTAINER_TYPE, new_etag
from mockcloud.data.blob.accounts import new_container
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.immutability import has_legal_hold, retention_days
from mockcloud.data.blob.times import http_date, moment
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.data.blob.requests import Request
    from mockcloud.store import Resource

_PUBLIC: Final = {"blob": "Blob", "container": "Container"}
_SHORTEST_NAME: Final = 3
_LONGEST_NAME: Final = 63
_LENGTH: Final = "The specified resource name length is not within the permissible limits."
_DATE: Final = re.compile(r"\.(\d{6})\d+")


async def create_container(request: Request) -> Answer:
    name = request.address.container
    if not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        raise BlobError("OutOfRangeInput", _LENGTH)
    if not CONTAINER_NAME.match(name):
        raise BlobError("InvalidResourceName")
    if request.world.store.get(request.account.container_id(name)) is not None:
        raise BlobError("ContainerAlreadyExists")
    public = request.header("x-ms-blob-public-access")
    if public and not request.account.takes_anonymous:
        raise BlobError("PublicAccessNotPermitted")
    container = new_container(request.world, request.account, name)
    container.properties["publicAccess"] = _PUBLIC.get((public or "").lower(), "None")
    if metadata := request.metadata():
        container.properties["metadata"] = metadata
    return Answer(201, headers=marked(container))


async def delete_container(request: Request) -> Answer:
    """With all that is in it, unless something in it must be kept."""
    container = request.container
    if request.contents.blobs and (has_legal_hold(container) or retention_days(container)):
        raise BlobError("ContainerProtectedFromDeletion")
    request.world.store.remove(container.id)
    request.world.blobs.sweep(request.world.store.of_type(CONTAINER_TYPE))
    return Answer(202)


async def get_container(request: Request) -> Answer:
    container = request.container
    headers = {
        **marked(container),
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-has-immutability-policy": str(bool(retention_days(container))).lower(),
        "x-ms-has-legal-hold": str(has_legal_hold(container)).lower(),
        "x-ms-immutable-storage-with-versioning-enabled": "false",
        "x-ms-default-encryption-scope": "$account-encryption-key",
        "x-ms-deny-encryption-scope-override": "false",
        **{f"x-ms-meta-{name}": str(said) for name, said in metadata_of(container).items()},
    }
    public = str(container.properties.get("publicAccess", "None")).lower()
    if public != "none":
        headers["x-ms-blob-public-access"] = public
    return Answer(200, headers=headers)


async def set_metadata(request: Request) -> Answer:
    container = request.container
    container.properties["metadata"] = request.metadata()
    container.properties["lastModifiedTime"] = timestamp(request.world.now())
    container.body["etag"] = new_etag()
    return Answer(200, headers=marked(container))


def metadata_of(container: Resource) -> dict[str, str]:
    metadata: dict[str, str] = container.properties.get("metadata") or {}
    return metadata


def modified(container: Resource) -> str:
    text = _DATE.sub(r".\1", str(container.properties["lastModifiedTime"]))
    return http_date(moment(text))


def marked(container: Resource) -> dict[str, str]:
    return {"ETag": str(container.body["etag"]), "Last-Modified": modified(container)}
