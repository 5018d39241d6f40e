"""One file from one region to another, server side, in whichever way the service offers for its size."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import (
    BlobFacts,
    BlobRef,
    BlobStore,
    CopyPhase,
    ReadableUrl,
    Span,
    WrittenAs,
)
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.blocks import Block, copy_blocks, missing_blocks
from mlregistry_operator.domain.assets.checksums import FileChecksums
from mlregistry_operator.domain.assets.copies import Method, choose_method
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.assets.manifests import FileEntry
from mlregistry_operator.domain.blob_meanings import UNSUPPORTED
from mlregistry_operator.reconcile.content.blocks import unless_staged
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.checksums import Origin, prove
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.lanes import each
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.versions import kept_with

_DAMAGE: Final = frozenset({"Md5Mismatch", "Crc64Mismatch"})


@dataclass(frozen=True, slots=True)
class Route:
    """Where a version's files go, and what the copying may use. `registry` tells registries apart."""

    place: Place
    destination: BlobStore
    capacity: Capacity
    registry: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file on its way. `expected` is what the service holds the bytes to."""

    route: Route
    origin: Origin
    file: FileEntry
    expected: FileChecksums

    @property
    def blob(self) -> BlobRef:
        """Where it goes."""
        return BlobRef(self.route.place.container, self.route.place.file(self.file.path))

    async def _readable(self) -> ReadableUrl:
        place = self.origin.place
        return await self.origin.store.readable(BlobRef(place.container, place.file(self.file.path)))

    @property
    def kept(self) -> WrittenAs:
        return kept_with(self.file, self.expected.whole)

    async def run(self) -> None:
        """Copy the file. Nothing that is there is overwritten; what is staged is not copied again.

        Raises:
            CloudError: in particular where the bytes are not those that were published.
        """
        refused = self.route.capacity.refused.setdefault(self.route.destination.endpoint, set())
        while True:
            method = choose_method(self.file.size, refused, self.route.capacity.copies)
            try:
                await self._by(method)
            except CloudError as error:
                if method is None or error.failure.code not in UNSUPPORTED:
                    raise self._told(error) from error
                refused.add(method)
            else:
                self.route.progress.reach(self.file.path, self.file.size)
                return

    async def _by(self, method: Method | None) -> None:
        if self.file.size == 0:
            await self._insist(lambda: self.route.destination.commit(self.blob, (), self.kept), 0)
            return
        match method:
            case Method.COPY_FROM_URL:
                await self._at_once(self.route.destination.copy_from)
            case Method.PUT_FROM_URL:
                await self._at_once(self.route.destination.put_from)
            case Method.BLOCKS_FROM_URL:
                await self._by_blocks()
            case None:
                await self._slowly()

    async def _at_once(self, copy: Callable[..., Awaitable[bool]]) -> None:
        async def call() -> bool:
            return await copy(self.blob, await self._readable(), self.file.size, self.kept)

        await self._insist(call, self.file.size)

    async def _by_blocks(self) -> None:
        size = self.expected.block_size or self.file.size
        blocks = copy_blocks(self.file.size, self.file.digest, size)
        staged = await self.route.capacity.insist(lambda: self.route.destination.staged(self.blob))
        missing = missing_blocks(blocks, ((block.id, block.size) for block in staged))
        there = self.file.size - sum(block.size for block in missing)
        self.route.progress.reach(self.file.path, there)

        async def copy(block: Block) -> None:
            nonlocal there
            stage = unless_staged(
                self.route.destination, self.blob, (block.id, block.size), partial(self._stage, block)
            )
            await self._insist(stage, block.size)
            there += block.size
            self.route.progress.reach(self.file.path, there)

        await each(missing, self.route.capacity.pieces, copy)
        ids = [block.id for block in blocks]
        await self._insist(lambda: self.route.destination.commit(self.blob, ids, self.kept), 0)

    async def _stage(self, block: Block) -> None:
        source = await self._readable()
        span = Span(block.offset, block.size)
        await self.route.destination.stage_from(self.blob, block.id, source, span, self._md5_of(block))

    def _md5_of(self, block: Block) -> bytes:
        md5 = self.expected.blocks[block.index] if self.expected.blocks else self.expected.whole
        if md5 is None:
            raise failed(
                Reason.CONTENT_DAMAGED,
                f"There is no checksum for {self.file.path!r}",
                "The checksums are made anew by themselves.",
            )
        return md5

    async def _slowly(self) -> None:
        """The last resort: a copy that the service makes in its own time, and that we read to check."""
        unproved = kept_with(self.file, self.expected.whole, unproved=True)

        async def start() -> bool:
            source = await self._readable()
            return await self.route.destination.start_copy(self.blob, source, unproved)

        async with self.route.capacity.lanes.slot(self.route.registry, self.file.size):
            await self.route.capacity.insist(start)
            await self._until_copied()
        await self._prove()

    async def finish(self, found: BlobFacts) -> None:
        """Go on with a copy that was started and not yet checked. Raises `CloudError`."""
        if found.copy is not None and found.copy.phase is CopyPhase.PENDING:
            await self._until_copied()
        await self._prove()
        self.route.progress.reach(self.file.path, self.file.size)

    async def _until_copied(self) -> None:
        while True:
            found = await self.route.capacity.insist(lambda: self.route.destination.facts(self.blob))
            copy = found.copy if found is not None else None
            if copy is None or copy.phase is CopyPhase.SUCCESS:
                return
            if copy.phase is not CopyPhase.PENDING:
                await self.route.destination.delete(self.blob)
                raise failed(
                    Reason.AZURE_UNAVAILABLE,
                    f"The copy of {self.file.path!r} ended as {copy.phase.value}: {copy.text}",
                    "It is started again by itself.",
                )
            self.route.progress.reach(self.file.path, copy.done)
            await asyncio.sleep(self.route.capacity.poll)

    async def _prove(self) -> None:
        try:
            copied = Origin(self.route.destination, self.route.place)
            await prove(self.file, copied, self.route.capacity)
        except CloudError as error:
            if error.failure.reason is Reason.CONTENT_DAMAGED:
                await self.route.destination.delete(self.blob)
            raise

    async def _insist(self, call: Callable[[], Awaitable[object]], size: int) -> None:
        async def in_slot() -> object:
            async with self.route.capacity.lanes.slot(self.route.registry, size):
                return await call()

        await self.route.capacity.insist(in_slot)

    def _told(self, error: CloudError) -> CloudError:
        """The service's refusal of other bytes, with the file and the digests."""
        if error.failure.code not in _DAMAGE:
            return error
        way = f"from {self.origin.store.endpoint} to {self.route.destination.endpoint}"
        message = (
            f"The copy of {self.file.path!r} {way}"
            f" came with other bytes than {self.file.digest}: {error.failure.message}"
        )
        return CloudError(replace(error.failure, message=message))
