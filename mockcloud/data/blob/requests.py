"""One request to the blob service, taken apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from mockcloud.data.blob import structured
from mockcloud.data.blob.accounts import account_at, container_of, contents_of
from mockcloud.data.blob.errors import BlobError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from mockcloud.data.blob.access import Caller
    from mockcloud.data.blob.accounts import Account
    from mockcloud.data.blob.blobs import Blob, Contents
    from mockcloud.data.blob.content import Content
    from mockcloud.http import Call
    from mockcloud.store import Resource
    from mockcloud.world import World

_META: Final = "x-ms-meta-"
_VERSION: Final = "2026-10-06"
_MOST_METADATA: Final = 8192


@dataclass(frozen=True, slots=True)
class Address:
    """Account segment, container and blob as they are named, with escapes resolved. Blob "" is none."""

    account: str
    container: str
    blob: str

    @classmethod
    def parse(cls, raw_path: str) -> Address:
        """Out of the path as it came over the wire, where `//` and `%2F` still differ from `/`."""
        account, _, rest = raw_path.lstrip("/").partition("/")
        container, _, blob = rest.partition("/")
        return cls(unquote(account), unquote(container), unquote(blob))

    @property
    def level(self) -> str:
        if self.blob:
            return "blob"
        return "container" if self.container else "service"


@dataclass(slots=True)
class Request:
    """What an operation works on. `caller` is filled in once it is known."""

    world: World
    call: Call
    address: Address
    account: Account
    request_id: str
    caller: Caller | None = None
    md5: bytes | None = None

    @classmethod
    def parse(cls, world: World, call: Call, address: Address, request_id: str) -> Request:
        return cls(world, call, address, account_at(world, address.account), request_id)

    @property
    def query(self) -> Mapping[str, str]:
        return self.call.query

    @property
    def container(self) -> Resource:
        return container_of(self.world, self.account, self.address.container)

    @property
    def contents(self) -> Contents:
        return contents_of(self.world, self.account, self.address.container)

    def header(self, name: str) -> str | None:
        return self.call.header(name)

    def required(self, name: str) -> str:
        value = self.header(name)
        if not value:
            raise BlobError("MissingRequiredHeader", detail=name)
        return value

    def stamped(self, headers: dict[str, str]) -> dict[str, str]:
        return stamped(self.call, self.request_id, headers)

    def existing(self) -> Blob | None:
        return self.contents.get(self.address.blob, self.world.now())

    def blob(self) -> Blob:
        """The blob that is asked for.

        Raises:
            BlobError: no such container or blob.
        """
        blob = self.existing()
        if blob is None:
            raise BlobError("BlobNotFound")
        return blob

    def metadata(self) -> dict[str, str]:
        return metadata_in(self.call)

    async def arriving(self) -> AsyncIterator[bytes]:
        """The body as it comes in, counted."""
        async for chunk in self.call.request.content.iter_any():
            self.call.bytes_in += len(chunk)
            yield chunk

    async def body(self, most: int, *, adds_up: bool = True) -> Content:
        """The whole body, with its MD5 in `md5` where that is wanted.

        Raises:
            BlobError: it is longer than `most` bytes.
        """
        declared = self.call.request.content_length
        if declared is not None and declared > most:
            raise BlobError("RequestBodyTooLarge")
        chunks, size, running = [], 0, hashlib.md5(usedforsecurity=False)
        async for chunk in self.arriving():
            size += len(chunk)
            if size > most:
                raise BlobError("RequestBodyTooLarge")
            if adds_up:
                running.update(chunk)
            chunks.append(chunk)
        data = b"".join(chunks)
        if structured.asked(self.header(structured.HEADER)):
            data = structured.decoded(data)
            running = hashlib.md5(data, usedforsecurity=False)
        self.md5 = running.digest() if adds_up else None
        return self.world.blobs.content(data)


def metadata_in(call: Call) -> dict[str, str]:
    """What `x-ms-meta-*` say; names keep their case.

    Raises:
        BlobError: it is more than 8 KiB.
    """
    headers = call.request.headers.items()
    said = {name[len(_META) :]: value for name, value in headers if name.lower().startswith(_META)}
    if sum(len(name) + len(value) for name, value in said.items()) > _MOST_METADATA:
        raise BlobError("MetadataTooLarge")
    return said


def stamped(call: Call, request_id: str, headers: dict[str, str]) -> dict[str, str]:
    """These headers with those that every answer has."""
    own = {
        "Server": "Windows-Azure-Blob/1.0 (mockcloud)",
        "x-ms-request-id": request_id,
        "x-ms-version": call.header("x-ms-version") or _VERSION,
    }
    for name in ("x-ms-client-request-id", structured.HEADER):
        if said := call.header(name):
            own[name] = said
    return {**own, **headers}
