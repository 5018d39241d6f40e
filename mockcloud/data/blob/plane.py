"""The blob service's door: which operation a request means, may its caller, and what it answers."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob import access, containers, copying, delegation, listing, reading, writing
from mockcloud.data.blob.access import caller_of
from mockcloud.data.blob.errors import SENTENCES, BlobError, document
from mockcloud.data.blob.requests import Address, Request, stamped
from mockcloud.http import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from mockcloud.data.blob.access import Need
    from mockcloud.http import Call
    from mockcloud.world import World

    Handler = Callable[[Request], Awaitable[Answer | web.StreamResponse]]

_ACCOUNT: Final = re.compile(r"^/[a-z0-9]{3,24}(-secondary)?(/|$)")
_REGISTRY: Final = re.compile(r"^/[^/]+/(v2|oauth2|acr)(/|$)")
_UNCHANGING: Final = {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class Operation:
    """What is done, and what it takes."""

    handler: Handler
    need: Need


# (method, what the address names, restype, comp); for PUT of a blob also which kind of copy.
_OPERATIONS: Final[dict[tuple[str, ...], Operation]] = {
    ("GET", "service", "", "list"): Operation(listing.list_containers, access.LIST_CONTAINERS),
    ("POST", "service", "service", "userdelegationkey"): Operation(
        delegation.get_delegation_key, access.DELEGATE
    ),
    ("PUT", "container", "container", ""): Operation(containers.create_container, access.MAKE_CONTAINER),
    ("DELETE", "container", "container", ""): Operation(containers.delete_container, access.DELETE_CONTAINER),
    ("GET", "container", "container", ""): Operation(containers.get_container, access.READ_CONTAINER),
    ("GET", "container", "container", "metadata"): Operation(containers.get_container, access.READ_CONTAINER),
    ("PUT", "container", "container", "metadata"): Operation(containers.set_metadata, access.MAKE_CONTAINER),
    ("GET", "container", "container", "list"): Operation(listing.list_blobs, access.LIST),
    ("PUT", "blob", "", ""): Operation(writing.put_blob, access.WRITE),
    ("PUT", "blob", "", "", "put"): Operation(copying.put_blob_from_url, access.WRITE),
    ("PUT", "blob", "", "", "sync"): Operation(copying.copy_from_url, access.WRITE),
    ("PUT", "blob", "", "", "async"): Operation(copying.copy_blob, access.WRITE),
    ("PUT", "blob", "", "block"): Operation(writing.put_block, access.WRITE),
    ("PUT", "blob", "", "block", "put"): Operation(copying.put_block_from_url, access.WRITE),
    ("PUT", "blob", "", "blocklist"): Operation(writing.put_block_list, access.WRITE),
    ("GET", "blob", "", "blocklist"): Operation(writing.get_block_list, access.READ),
    ("PUT", "blob", "", "copy"): Operation(copying.abort_copy, access.CHANGE),
    ("PUT", "blob", "", "metadata"): Operation(writing.set_metadata, access.CHANGE),
    ("GET", "blob", "", "metadata"): Operation(writing.get_metadata, access.READ),
    ("PUT", "blob", "", "properties"): Operation(writing.set_properties, access.CHANGE),
    ("PUT", "blob", "", "tier"): Operation(writing.set_tier, access.CHANGE),
    ("GET", "blob", "", ""): Operation(reading.get_blob, access.READ),
    ("HEAD", "blob", "", ""): Operation(reading.head_blob, access.READ),
    ("DELETE", "blob", "", ""): Operation(writing.delete_blob, access.DELETE),
}
_HEAD_AS_GET: Final = {"container"}


class BlobPlane:
    """Everything under `/<account>/`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def claims(self, path: str) -> bool:
        return _ACCOUNT.match(path) is not None and _REGISTRY.match(path) is None

    async def serve(self, call: Call) -> Answer | web.StreamResponse:
        latency = self._world.settings.latency_seconds
        if latency:
            await asyncio.sleep(latency)
        request_id = str(uuid.uuid4())
        try:
            answer = await self._answered(call, request_id)
            await _drained(call)
        except BlobError as error:
            answer = _refused(call, error, request_id)
            await _drained(call)
        except ConnectionError:  # the caller has gone in the middle of a body
            answer = _refused(call, BlobError("IncompleteBody"), request_id)
        if isinstance(answer, Answer):
            answer.headers = stamped(call, request_id, answer.headers)
        elif not answer.prepared:
            answer.headers.update(stamped(call, request_id, {}))
        return answer

    def refuse(self, call: Call, status: int, code: str, message: str | None) -> Answer:
        sentence = SENTENCES.get(code, (status, "The request failed."))[1]
        request_id = str(uuid.uuid4())
        if call.fault is not None and call.fault.status is None and code in SENTENCES:
            status = SENTENCES[code][0]
        answer = _refused(call, BlobError(code, message or sentence, status=status), request_id)
        answer.headers = stamped(call, request_id, answer.headers)
        return answer

    async def _answered(self, call: Call, request_id: str) -> Answer | web.StreamResponse:
        address = Address.parse(call.request.raw_path.partition("?")[0])
        request = Request.parse(self._world, call, address, request_id)
        operation = _operation(call, address)
        request.caller = caller_of(self._world, call, request.account, address)
        call.principal_id = request.caller.principal_id
        request.caller.check(operation.need, request.account, address)
        if request.account.secondary and call.method not in _UNCHANGING:
            raise BlobError("WriteOperationNotSupportedOnSecondary")
        return await operation.handler(request)


async def _drained(call: Call) -> None:
    """Take in what nobody wanted to read, so that the caller hears the answer."""
    with contextlib.suppress(ConnectionError):
        async for chunk in call.request.content.iter_any():
            call.bytes_in += len(chunk)


def _operation(call: Call, address: Address) -> Operation:
    restype, comp = call.query.get("restype", "").lower(), call.query.get("comp", "").lower()
    if restype == "account" and comp == "properties":
        return Operation(delegation.get_account, access.READ_ACCOUNT)
    method = "GET" if call.method == "HEAD" and address.level in _HEAD_AS_GET else call.method
    key: tuple[str, ...] = (method, address.level, restype, comp)
    if method == "PUT" and address.level == "blob" and call.header("x-ms-copy-source"):
        key = (*key, _kind_of_copy(call, comp))
    operation = _OPERATIONS.get(key)
    if operation is not None:
        return operation
    if comp or restype:
        raise BlobError("NotImplemented", f"The mock cloud serves no {' '.join(filter(None, key))}.")
    raise BlobError("UnsupportedHttpVerb")


def _kind_of_copy(call: Call, comp: str) -> str:
    if comp or call.header("x-ms-blob-type"):
        return "put"
    return "sync" if (call.header("x-ms-requires-sync") or "").lower() == "true" else "async"


def _refused(call: Call, error: BlobError, request_id: str) -> Answer:
    headers = {**error.headers, "x-ms-error-code": error.code}
    if call.method == "HEAD":  # without a length, a client has to take the connection's end for the answer's
        return Answer(error.status, headers={**headers, "Content-Length": "0"})
    if error.status == 304:  # noqa: PLR2004  (it has no body)
        return Answer(error.status, headers=headers)
    return Answer(error.status, document(error, request_id), headers, writing.XML)
