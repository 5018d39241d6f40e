"""One file's way through memory, once: read ahead, hashed in order, sent as it comes, within the budget.

A block that was staged before, by an attempt that ended, is known by its id and is not sent again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from mlregistry_operator.cloud.content import BlobRef, BlobStore, Span
from mlregistry_operator.domain.assets.blocks import upload_block_id
from mlregistry_operator.domain.assets.checksums import FileChecksums
from mlregistry_operator.domain.assets.copies import HashPlan, hash_plan
from mlregistry_operator.domain.assets.uploads import plan_upload
from mlregistry_operator.reconcile.content.blocks import unless_staged
from mlregistry_operator.reconcile.content.budget import Share
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.hashing import FileHash
from mlregistry_operator.reconcile.content.lanes import first_failure
from mlregistry_operator.telemetry.copies import has_read

Read = Callable[[Span], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Upload:
    """Where the blocks of a file go, and what is staged there already, as id and size."""

    store: BlobStore
    blob: BlobRef
    staged: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a file was found to be. `block_ids` are its staged blocks in order, if it was sent."""

    size: int
    digest: str
    md5: bytes | None
    checksums: FileChecksums
    block_ids: tuple[str, ...]


@dataclass(slots=True)
class Intake:
    """One file of `size` bytes; `read` gives exactly the bytes that it is asked for.

    With `upload` the bytes go there, else they are only hashed. `whole` asks for the MD5 of all bytes.
    """

    size: int
    read: Read
    capacity: Capacity
    upload: Upload | None = None
    whole: bool = False
    _ids: dict[int, str] = field(default_factory=dict)

    async def run(self) -> TakenIn:
        """Take the file in.

        Raises:
            CloudError: the first piece that failed; what is staged stays, and serves the next attempt.
            TooLargeError: the file does not fit into the limits.
        """
        hashes = FileHash(self._hash_plan(), whole=self.whole)
        plan = plan_upload(self.size, self.capacity.upload)
        ahead = asyncio.Semaphore(plan.lanes)
        turn = asyncio.Event()
        turn.set()
        try:
            async with asyncio.TaskGroup() as group:
                for index, (offset, length) in enumerate(plan.ranges):
                    await ahead.acquire()
                    # What is read lies twice in memory for a moment: in parts, and as one.
                    share = await self.capacity.budget.take(2 * length)
                    following = asyncio.Event()
                    piece = _Piece(index, Span(offset, length), share, turn, following)
                    task = group.create_task(self._pass(piece, hashes))
                    task.add_done_callback(_ended(share, ahead))
                    turn = following
        except BaseExceptionGroup as failures:
            raise first_failure(failures) from None
        ids = tuple(self._ids[index] for index in range(len(self._ids)))
        return TakenIn(self.size, hashes.digest, hashes.md5, hashes.checksums, ids)

    def _hash_plan(self) -> HashPlan:
        return hash_plan(self.size, self.capacity.copies)

    async def _pass(self, piece: "_Piece", hashes: FileHash) -> None:
        data = await self.capacity.insist(lambda: self.read(piece.span))
        has_read(len(data))
        piece.share.keep(len(data))
        await piece.turn.wait()
        passed = await hashes.add(data)
        piece.following.set()
        if self.upload is None:
            return
        block_id = upload_block_id(piece.index, passed.running)
        self._ids[piece.index] = block_id
        if (block_id, len(data)) not in self.upload.staged:
            store, blob = self.upload.store, self.upload.blob
            stage = partial(store.stage, blob, block_id, data, passed.md5)
            await self.capacity.insist(unless_staged(store, blob, (block_id, len(data)), stage))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the file; it is hashed after `turn`, and sets `following` for the next."""

    index: int
    span: Span
    share: Share
    turn: asyncio.Event
    following: asyncio.Event


def _ended(share: Share, ahead: asyncio.Semaphore) -> Callable[[object], None]:
    """Give back what a piece holds, also where its task never ran."""

    def end(_: object) -> None:
        share.keep(0)
        ahead.release()

    return end
