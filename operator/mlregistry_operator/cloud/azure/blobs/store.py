"""One storage account, as the port that the engine of assets knows."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any, Final, Protocol, TypeVar

from azure.core import MatchConditions
from azure.storage.blob import BlobBlock
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from mlregistry_operator.cloud.azure.blobs import translate
from mlregistry_operator.cloud.azure.blobs.errors import blob_errors
from mlregistry_operator.cloud.azure.paging import listed, pages_of
from mlregistry_operator.cloud.azure.turns import Turns
from mlregistry_operator.cloud.content import BlobFacts, BlobRef, ReadableUrl, Span, StoredBlock, WrittenAs
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.fairness.limits import limited

_MISSING_BLOB: Final = frozenset({"BlobNotFound", "ResourceNotFound", "HTTP 404"})
_MISSING: Final = _MISSING_BLOB | {"ContainerNotFound"}
_EXISTS: Final = frozenset({"BlobAlreadyExists", "TargetConditionNotMet", "ConditionNotMet"})
_CONTAINER_EXISTS: Final = frozenset({"ContainerAlreadyExists"})
_NOTHING_TO_ABORT: Final = frozenset({"NoPendingCopyOperation", "CopyIdMismatch"})
_ONE_REQUEST: Final = 1024 * 1024  # larger bodies are streamed, so that the loop is never held up
_SLOWEST: Final = 8 * 1024 * 1024  # bytes a second that a copy between accounts is given
_PAGE: Final = 1000  # rows of a list; each is some KiB of objects once the SDK has read it
_T = TypeVar("_T")


class Reading(Protocol):
    """Lets another account read."""

    async def readable(self, url: str, blob: BlobRef) -> ReadableUrl: ...


class AzureBlobStore:
    """Implements `BlobStore`."""

    def __init__(
        self,
        service: BlobServiceClient,
        endpoint: str,
        reading: Reading,
        read_seconds: float,
        turns: Turns,
    ) -> None:
        self._service, self._endpoint, self._reading = service, endpoint, reading
        self._read_seconds, self._turns = read_seconds, turns
        self._by_sas = service.credential is None

    @property
    def endpoint(self) -> str:
        return self._endpoint

    async def container_names(self) -> frozenset[str]:
        async with self._calling("containers", "list the"):
            return frozenset([str(one.name) async for one in listed(self._service.list_containers())])

    async def blobs(
        self, container: str, prefix: str, *, uncommitted: bool = False
    ) -> AsyncIterator[BlobFacts]:
        told = ["metadata", "copy", *(["uncommittedblobs"] if uncommitted else [])]
        found = self._service.get_container_client(container).list_blobs(
            name_starts_with=prefix or None, include=told, results_per_page=_PAGE
        )
        pages = pages_of(found)
        place = f"{container}/{prefix}"
        while True:
            # An answer that comes byte by byte would go on for ever: the client only counts silence.
            async with self._calling(place, "list", within=self._read_seconds):
                try:
                    page = [translate.facts(one) for one in await anext(pages)]
                except StopAsyncIteration:
                    return
            for one in page:
                yield one

    async def facts(self, blob: BlobRef) -> BlobFacts | None:
        client = self._client(blob)
        found = await self._tolerate(_MISSING_BLOB, blob, "look at", client.get_blob_properties)
        return None if found is None else translate.facts(found)

    async def read(self, blob: BlobRef, span: Span, etag: str | None = None) -> bytes:
        if span.length == 0:
            return b""
        condition = _if_match(etag) if etag else {}
        async with self._calling(str(blob), "read"):
            stream = await self._client(blob).download_blob(
                span.offset, span.length, max_concurrency=1, decompress=False, **condition
            )
            # One chunk is the whole range, without another copy of it.
            chunks: AsyncIterator[bytes] = stream.chunks()
            return await anext(chunks, b"")

    async def put(self, blob: BlobRef, data: bytes, kept: WrittenAs) -> bool:
        if len(data) > _ONE_REQUEST:
            return await self._put_large(blob, data, kept)
        checked = {"Content-MD5": _base64(kept.md5)} if kept.md5 else {}
        return await self._create(
            blob,
            "write",
            lambda: self._client(blob).upload_blob(
                data,
                overwrite=False,
                headers=checked,
                metadata=dict(kept.metadata),
                content_settings=translate.content_settings(kept),
            ),
        )

    async def _put_large(self, blob: BlobRef, data: bytes, kept: WrittenAs) -> bool:
        block_id = f"whole-{(kept.md5 or b'').hex():0<32}"
        async with self._calling(str(blob), "write"):
            await self._client(blob).stage_block(block_id, BytesIO(data), len(data), headers={})
        return await self.commit(blob, [block_id], kept)

    async def staged(self, blob: BlobRef) -> tuple[StoredBlock, ...]:
        return await self._blocks(blob, "uncommitted")

    async def committed(self, blob: BlobRef) -> tuple[StoredBlock, ...]:
        return await self._blocks(blob, "committed")

    async def _blocks(self, blob: BlobRef, which: str) -> tuple[StoredBlock, ...]:
        found = await self._tolerate(
            _MISSING, blob, "list the blocks of", lambda: self._client(blob).get_block_list(which)
        )
        committed, uncommitted = found if found is not None else ([], [])
        return translate.blocks(uncommitted if which == "uncommitted" else committed)

    async def stage(self, blob: BlobRef, block_id: str, data: bytes, md5: bytes) -> None:
        async with self._calling(str(blob), "upload to"):
            await self._client(blob).stage_block(
                block_id, BytesIO(data), len(data), headers={"Content-MD5": _base64(md5)}
            )

    async def stage_from(
        self, blob: BlobRef, block_id: str, source: ReadableUrl, span: Span, md5: bytes
    ) -> None:
        async with self._calling(str(blob), "copy to"):
            await self._client(blob).stage_block_from_url(
                block_id,
                source.url,
                source_offset=span.offset,
                source_length=span.length,
                source_content_md5=bytearray(md5),
                read_timeout=self._patience(span.length),
                **_authorized(source),
            )

    async def commit(self, blob: BlobRef, block_ids: Sequence[str], kept: WrittenAs) -> bool:
        listed = [BlobBlock(one) for one in block_ids]
        return await self._create(
            blob,
            "commit",
            lambda: self._client(blob).commit_block_list(
                listed,
                content_settings=translate.content_settings(kept),
                metadata=dict(kept.metadata),
                match_condition=MatchConditions.IfMissing,
            ),
        )

    async def copy_from(self, blob: BlobRef, source: ReadableUrl, size: int, kept: WrittenAs) -> bool:
        checked = {"x-ms-source-content-md5": _base64(kept.md5)} if kept.md5 else {}
        return await self._create(
            blob,
            "copy to",
            lambda: self._client(blob).start_copy_from_url(
                source.url,
                metadata=dict(kept.metadata),
                requires_sync=True,
                headers=checked,
                match_condition=MatchConditions.IfMissing,
                read_timeout=self._patience(size),
                **_authorized(source),
            ),
        )

    async def put_from(self, blob: BlobRef, source: ReadableUrl, size: int, kept: WrittenAs) -> bool:
        checked: dict[str, Any] = {"source_content_md5": bytearray(kept.md5)} if kept.md5 else {}
        return await self._create(
            blob,
            "copy to",
            lambda: self._client(blob).upload_blob_from_url(
                source.url,
                metadata=dict(kept.metadata),
                overwrite=False,
                read_timeout=self._patience(size),
                **checked,
                **_authorized(source),
            ),
        )

    async def start_copy(self, blob: BlobRef, source: ReadableUrl, kept: WrittenAs) -> bool:
        return await self._create(
            blob,
            "start a copy to",
            lambda: self._client(blob).start_copy_from_url(
                source.url, metadata=dict(kept.metadata), match_condition=MatchConditions.IfMissing
            ),
        )

    async def abort_copy(self, blob: BlobRef, copy_id: str) -> None:
        client = self._client(blob)
        await self._tolerate(
            _NOTHING_TO_ABORT | _MISSING, blob, "stop the copy to", lambda: client.abort_copy(copy_id)
        )

    async def delete(self, blob: BlobRef, etag: str | None = None) -> None:
        condition = _if_match(etag) if etag else {}
        await self._tolerate(_MISSING, blob, "delete", lambda: self._client(blob).delete_blob(**condition))

    async def ensure_container(self, container: str) -> None:
        make = self._service.get_container_client(container).create_container
        try:
            async with self._calling(container, "make container"):
                await make()
        except CloudError as error:
            if error.failure.code not in _CONTAINER_EXISTS:
                raise

    async def readable(self, blob: BlobRef) -> ReadableUrl:
        return await self._reading.readable(self._client(blob).url.partition("?")[0], blob)

    def _client(self, blob: BlobRef) -> BlobClient:
        return self._service.get_blob_client(blob.container, blob.name)

    def _patience(self, size: int) -> float:
        """Seconds that an answer may take while the service itself moves so many bytes."""
        return self._read_seconds + size / _SLOWEST

    @asynccontextmanager
    async def _calling(self, place: str, doing: str, *, within: float | None = None) -> AsyncIterator[None]:
        """A call in its turn; `within` is how many seconds it may take from there."""
        target, what = ArmId(f"{self._endpoint}/{place}"), f"{doing} {place} in {self._endpoint}"
        with blob_errors(target, what, by_sas=self._by_sas):
            async with self._turns.turn(self._endpoint), limited(within):
                yield

    async def _create(self, blob: BlobRef, doing: str, call: Callable[[], Awaitable[Any]]) -> bool:
        try:
            async with self._calling(str(blob), doing):
                await call()
        except CloudError as error:
            if error.failure.code in _EXISTS:
                return False
            raise
        return True

    async def _tolerate(
        self, codes: frozenset[str], blob: BlobRef, doing: str, call: Callable[[], Awaitable[_T]]
    ) -> _T | None:
        try:
            async with self._calling(str(blob), doing):
                return await call()
        except CloudError as error:
            if error.failure.code in codes:
                return None
            raise


def _if_match(etag: str) -> dict[str, Any]:
    return {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}


def _authorized(source: ReadableUrl) -> dict[str, Any]:
    return {"source_authorization": source.authorization} if source.authorization else {}


def _base64(md5: bytes) -> str:
    return base64.b64encode(md5).decode("ascii")
