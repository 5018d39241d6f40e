"""`/_mock/blobs/...`: blobs as they lie, planted and taken away by hand. No rule of the service is asked."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from mockcloud.arm.storage.rules import TYPE
from mockcloud.arm.storage.services import CONTAINER_NAME, CONTAINER_TYPE, make_container
from mockcloud.data.blob import digests
from mockcloud.data.blob.accounts import Account, containers_of
from mockcloud.data.blob.blobs import Blob, new_etag
from mockcloud.data.blob.commits import make_parents
from mockcloud.data.blob.content import Content
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.patterns import patterned
from mockcloud.data.blob.reading import span
from mockcloud.data.blob.requests import Address, metadata_in
from mockcloud.http import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockcloud.data.blob.blobs import Contents
    from mockcloud.http import Call
    from mockcloud.store import Resource
    from mockcloud.world import World

    Plant = Callable[[World, str, dict[str, Any]], Resource]

_PREFIX: Final = "/_mock/blobs"
_GROUP: Final = "mock-blobs"


class MissingError(Exception):
    """There is nothing at this address."""


class UnusableError(Exception):
    """What was asked for makes no blob."""


async def serve(world: World, call: Call, plant: Plant) -> Answer | web.StreamResponse:
    """One request; `plant` makes a resource of the control plane by its id."""
    raw_path = call.request.raw_path.partition("?")[0]
    address = Address.parse(raw_path.removeprefix(_PREFIX))
    try:
        return await _served(world, call, address, plant)
    except MissingError as missing:
        return _refused(404, "NotFound", str(missing))
    except UnusableError as unusable:
        return _refused(400, "Invalid", str(unusable))
    except BlobError as error:
        return _refused(error.status, error.code, error.message)


async def _served(world: World, call: Call, address: Address, plant: Plant) -> Answer | web.StreamResponse:
    if call.method == "GET" and not address.blob:
        return Answer(
            200, {"blobs": await _listed(world, _account(world, address.account), address.container)}
        )
    if not address.blob:
        raise UnusableError("A blob is named <account>/<container>/<path>.")
    if call.method == "PUT":
        return await _put(world, call, address, plant)
    contents = _contents(world, address)
    if call.method == "DELETE":
        if not contents.remove(address.blob):
            raise MissingError(f"There is no blob {address.container}/{address.blob}.")
        return Answer(204)
    blob = contents.get(address.blob, world.now())
    if call.method != "GET":
        return _refused(405, "Unknown", "Blobs take GET, PUT and DELETE.")
    if blob is None:
        raise MissingError(f"There is no blob {address.container}/{address.blob}.")
    return await _sent(call, blob)


async def _listed(world: World, account: Account, container: str) -> list[dict[str, Any]]:
    """Every file of the account, with the MD5 of its bytes (hexadecimal), and what only waits for a block
    list with none.
    """
    found = []
    for resource in containers_of(world, account):
        if container and resource.name != container:
            continue
        contents = world.blobs.of(resource)
        for name in sorted({*contents.blobs, *contents.uncommitted}):
            blob = contents.get(name, world.now())
            if blob is not None and blob.directory:
                continue
            found.append(
                {
                    "container": resource.name,
                    "name": name,
                    "size": blob.content.size if blob else 0,
                    "md5": (await digests.md5_of(blob.content)).hex() if blob else None,
                    "committed": blob is not None,
                    "uncommittedBlocks": len(contents.uncommitted.get(name, {})),
                }
            )
    return found


async def _put(world: World, call: Call, address: Address, plant: Plant) -> Answer:
    size, seed = call.query.get("size"), call.query.get("seed", f"{address.container}/{address.blob}")
    body = await _body(call)
    if size is None:
        digest = hashlib.md5(body, usedforsecurity=False).digest()
        content, settings = Content.of(body), {"Content-MD5": base64.b64encode(digest).decode()}
        digests.remember("md5", content, digest)
    else:
        if not size.isdecimal():
            raise UnusableError(f"size is a number of bytes, not {size}.")
        content, settings = patterned(seed, int(size)), {}
        world.blobs.learn(seed)
    if kind := call.header("Content-Type"):
        settings["Content-Type"] = kind
    container = _planted(world, address, call, plant)
    contents, now = world.blobs.of(container), world.now()
    before = contents.blobs.get(address.blob)
    if _account(world, address.account).hns:
        make_parents(contents, address.blob, now)
    contents.put(
        Blob(
            name=address.blob,
            content=content,
            etag=new_etag(),
            created=before.created if before else now,
            modified=now,
            settings=settings,
            metadata=metadata_in(call),
        )
    )
    return Answer(201, {"container": address.container, "name": address.blob, "size": content.size})


async def _body(call: Call) -> bytes:
    chunks = []
    async for chunk in call.request.content.iter_any():
        call.bytes_in += len(chunk)
        chunks.append(chunk)
    return b"".join(chunks)


def _planted(world: World, address: Address, call: Call, plant: Plant) -> Resource:
    """The container, made where it is missing, in an account that is made where it is missing: in the group
    `mock-blobs` of the first subscription, in the region that `location` says.
    """
    if not CONTAINER_NAME.match(address.container):
        raise UnusableError(f"{address.container} is not the name of a container.")
    try:
        account = _account(world, address.account)
    except MissingError:
        subscription = next(iter(world.subscriptions.values()))
        group = call.query.get("group", _GROUP)
        where = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{TYPE}/{address.account}"
        body = {
            "location": call.query.get("location", "eastus"),
            "properties": {"isHnsEnabled": True} if call.query.get("hns") == "true" else {},
        }
        account = Account(plant(world, where, body), address.account, secondary=False)
    container_id = account.container_id(address.container)
    existing = world.store.get(container_id)
    if existing is not None:
        return existing
    return world.store.put(make_container(account.id, address.container, world.now()))


def _account(world: World, name: str) -> Account:
    found = next((a for a in world.store.of_type(TYPE) if a.name == name), None)
    if found is None:
        raise MissingError(f"There is no storage account {name}.")
    return Account(found, name, secondary=False)


def _contents(world: World, address: Address) -> Contents:
    account = _account(world, address.account)
    container = world.store.get(account.container_id(address.container))
    if container is None or container.type != CONTAINER_TYPE:
        raise MissingError(f"There is no container {address.container} in {account.name}.")
    return world.blobs.of(container)


async def _sent(call: Call, blob: Blob) -> web.StreamResponse:
    asked = span(call.header("Range"), blob.content.size)
    part = blob.content.part(*asked) if asked else blob.content
    response = web.StreamResponse(status=206 if asked else 200, headers={"ETag": blob.etag})
    response.content_type = "application/octet-stream"
    response.content_length = part.size
    await response.prepare(call.request)
    try:
        for chunk in part.chunks():
            await response.write(chunk)
    except ConnectionError:
        pass  # whoever asked has gone
    return response


def _refused(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})
