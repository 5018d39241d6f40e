"""Storage accounts in memory: a twin of the port `BlobStore`, for tests that stop an engine between calls.

It keeps the service's rules that the engine leans on: uncommitted blocks, `If-None-Match: *`, checks of MD5,
ids of one length, a source that is read at the moment of the copy. `steps` sees every call before and after
it acts, and may raise.
"""

import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from mlregistry_operator.cloud.content import (
    Access,
    BlobFacts,
    BlobRef,
    CopyPhase,
    ReadableUrl,
    ServerCopy,
    Span,
    StoredBlock,
    WrittenAs,
)
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.blob_meanings import blob_meaning
from mlregistry_operator.domain.failures import Failure


def refusal(code: str, blob: object = "", status: int = 400, wait: float | None = None) -> CloudError:
    """What the adapter raises where the service answers with that code."""
    meaning = blob_meaning(code, status, by_sas=False)
    failure = Failure(
        ArmId(str(blob)),
        meaning.reason,
        meaning.severity,
        f"Could not do it to {blob}",
        code,
        meaning.remedy,
        wait,
    )
    return CloudError(failure)


@dataclass
class Stored:
    data: bytes
    etag: str
    kept: WrittenAs
    blocks: tuple[StoredBlock, ...] = ()
    copy: ServerCopy | None = None


@dataclass
class Call:
    """One call of the port."""

    account: str
    verb: str
    blob: BlobRef
    size: int = 0


Step = Callable[[Call, str], None]
"""Sees a call "before" and "after" it acts; what it raises, the caller gets."""


@dataclass
class MemoryAccounts:
    """All accounts. `damage` changes what a copy reads; `pending` async copies end by `finish_copies`."""

    accounts: dict[str, "MemoryAccount"] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    damage: Callable[[BlobRef, bytes], bytes] = lambda _, data: data
    refused: frozenset[str] = frozenset()
    etags: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def account(self, name: str) -> "MemoryAccount":
        return self.accounts.setdefault(name, MemoryAccount(f"memory://{name}", self))

    async def open(self, access: Access, endpoint: str) -> "MemoryAccount":
        """By its own address, or by one that Azure would give it."""
        return self.account(endpoint.removeprefix("memory://").removeprefix("https://").partition(".")[0])

    async def close(self) -> None:
        return None

    def source(self, url: ReadableUrl) -> tuple[BlobRef, Stored]:
        account, container, name = url.url.removeprefix("memory://").split("/", 2)
        blob = BlobRef(container, name)
        found = self.account(account).stored.get(blob)
        if found is None:
            raise refusal("CannotVerifyCopySource", blob, 404)
        return blob, found

    def verbs(self, *verbs: str) -> list[Call]:
        return [call for call in self.calls if call.verb in verbs]


class MemoryAccount:
    """Implements `BlobStore`."""

    def __init__(self, endpoint: str, cloud: MemoryAccounts) -> None:
        self.endpoint = endpoint
        self.cloud = cloud
        self.containers: set[str] = set()
        self.stored: dict[BlobRef, Stored] = {}
        self.uncommitted: dict[BlobRef, dict[str, bytes]] = {}
        self.copying: dict[BlobRef, bytes] = {}

    def plant(self, container: str, name: str, data: bytes, kept: WrittenAs | None = None) -> BlobRef:
        """Put a blob there as somebody else would, over what was there."""
        self.containers.add(container)
        blob = BlobRef(container, name)
        self.stored[blob] = Stored(data, f"e{next(self.cloud.etags)}", kept or WrittenAs())
        return blob

    def ref(self, container: str, name: str) -> BlobRef:
        return BlobRef(container, name)

    def names(self, container: str) -> list[str]:
        return sorted(blob.name for blob in self.stored if blob.container == container)

    async def container_names(self) -> frozenset[str]:
        return frozenset(self.containers)

    async def blobs(
        self, container: str, prefix: str, *, uncommitted: bool = False
    ) -> AsyncIterator[BlobFacts]:
        with _Stepping(self, "list", BlobRef(container, prefix)):
            self._need(container)
            found = [self._facts(blob) for blob in self.stored if _below(blob, container, prefix)]
            waiting = [blob for blob in self.uncommitted if _below(blob, container, prefix)]
        if uncommitted:
            found += [BlobFacts(blob.name, 0, "") for blob in waiting if blob not in self.stored]
        for facts in sorted(found, key=lambda one: one.name):
            yield facts

    async def facts(self, blob: BlobRef) -> BlobFacts | None:
        with _Stepping(self, "facts", blob):
            self._need(blob.container)
            return self._facts(blob) if blob in self.stored else None

    async def read(self, blob: BlobRef, span: Span, etag: str | None = None) -> bytes:
        with _Stepping(self, "read", blob, span.length):
            self._need(blob.container)
            found = self.stored.get(blob)
            if found is None:
                raise refusal("BlobNotFound", blob, 404)
            if etag is not None and found.etag != etag:
                raise refusal("ConditionNotMet", blob, 412)
            return found.data[span.offset : span.offset + span.length]

    async def put(self, blob: BlobRef, data: bytes, kept: WrittenAs) -> bool:
        with _Stepping(self, "put", blob, len(data)):
            _check(data, kept.md5, blob)
            return self._create(blob, data, kept)

    async def staged(self, blob: BlobRef) -> tuple[StoredBlock, ...]:
        with _Stepping(self, "staged", blob):
            blocks = self.uncommitted.get(blob, {})
            return tuple(StoredBlock(block_id, len(data)) for block_id, data in blocks.items())

    async def committed(self, blob: BlobRef) -> tuple[StoredBlock, ...]:
        with _Stepping(self, "committed", blob):
            return self.stored[blob].blocks if blob in self.stored else ()

    async def stage(self, blob: BlobRef, block_id: str, data: bytes, md5: bytes) -> None:
        with _Stepping(self, "stage", blob, len(data)):
            _check(data, md5, blob)
            self._stage(blob, block_id, data)

    async def stage_from(
        self, blob: BlobRef, block_id: str, source: ReadableUrl, span: Span, md5: bytes
    ) -> None:
        with _Stepping(self, "stage_from", blob, span.length):
            self._offers("stage_from")
            origin, found = self.cloud.source(source)
            data = self.cloud.damage(origin, found.data[span.offset : span.offset + span.length])
            _check(data, md5, blob)
            self._stage(blob, block_id, data)

    async def commit(self, blob: BlobRef, block_ids: Sequence[str], kept: WrittenAs) -> bool:
        with _Stepping(self, "commit", blob):
            self._need(blob.container)
            if blob in self.stored:
                return False
            staged = self.uncommitted.get(blob, {})
            if any(block_id not in staged for block_id in block_ids):
                raise refusal("InvalidBlockList", blob)
            data = b"".join(staged[block_id] for block_id in block_ids)
            made = self._create(blob, data, kept)
            self.stored[blob].blocks = tuple(StoredBlock(one, len(staged[one])) for one in block_ids)
            return made

    async def copy_from(self, blob: BlobRef, source: ReadableUrl, size: int, kept: WrittenAs) -> bool:
        with _Stepping(self, "copy_from", blob, size):
            self._offers("copy_from")
            return self._copied(blob, source, kept)

    async def put_from(self, blob: BlobRef, source: ReadableUrl, size: int, kept: WrittenAs) -> bool:
        with _Stepping(self, "put_from", blob, size):
            self._offers("put_from")
            return self._copied(blob, source, kept)

    def _copied(self, blob: BlobRef, source: ReadableUrl, kept: WrittenAs) -> bool:
        if blob in self.stored:
            return False
        origin, found = self.cloud.source(source)
        data = self.cloud.damage(origin, found.data)
        _check(data, kept.md5, blob)
        return self._create(blob, data, WrittenAs(found.kept.md5, kept.metadata, found.kept.content_type))

    async def start_copy(self, blob: BlobRef, source: ReadableUrl, kept: WrittenAs) -> bool:
        with _Stepping(self, "start_copy", blob):
            self._offers("start_copy")
            origin, found = self.cloud.source(source)
            if blob in self.stored:
                return False
            self._create(blob, b"", WrittenAs(found.kept.md5, kept.metadata))
            self.copying[blob] = self.cloud.damage(origin, found.data)
            size = len(found.data)
            self.stored[blob].copy = ServerCopy(f"c{next(self.cloud.etags)}", CopyPhase.PENDING, 0, size)
            return True

    def finish_copies(self) -> None:
        for blob, data in self.copying.items():
            stored = self.stored[blob]
            done = ServerCopy(stored.copy.id if stored.copy else "", CopyPhase.SUCCESS, len(data), len(data))
            self.stored[blob] = Stored(data, f"e{next(self.cloud.etags)}", stored.kept, copy=done)
        self.copying.clear()

    async def abort_copy(self, blob: BlobRef, copy_id: str) -> None:
        with _Stepping(self, "abort_copy", blob):
            if self.copying.pop(blob, None) is not None:
                self.stored[blob].copy = ServerCopy(copy_id, CopyPhase.ABORTED)

    async def delete(self, blob: BlobRef, etag: str | None = None) -> None:
        with _Stepping(self, "delete", blob):
            found = self.stored.get(blob)
            if found is not None and etag is not None and found.etag != etag:
                raise refusal("ConditionNotMet", blob, 412)
            self.stored.pop(blob, None)
            self.copying.pop(blob, None)

    async def ensure_container(self, container: str) -> None:
        with _Stepping(self, "ensure_container", BlobRef(container, "")):
            self.containers.add(container)

    async def readable(self, blob: BlobRef) -> ReadableUrl:
        return ReadableUrl(f"{self.endpoint}/{blob.container}/{blob.name}")

    def _offers(self, verb: str) -> None:
        if verb in self.cloud.refused:
            raise refusal("NotImplemented", verb, 501)

    def _need(self, container: str) -> None:
        if container not in self.containers:
            raise refusal("ContainerNotFound", container, 404)

    def _stage(self, blob: BlobRef, block_id: str, data: bytes) -> None:
        self._need(blob.container)
        staged = self.uncommitted.setdefault(blob, {})
        if any(len(known) != len(block_id) for known in staged):
            raise refusal("InvalidBlobOrBlock", blob)
        staged[block_id] = data

    def _create(self, blob: BlobRef, data: bytes, kept: WrittenAs) -> bool:
        self._need(blob.container)
        if blob in self.stored:
            return False
        self.stored[blob] = Stored(data, f"e{next(self.cloud.etags)}", kept)
        self.uncommitted.pop(blob, None)
        return True

    def _facts(self, blob: BlobRef) -> BlobFacts:
        stored = self.stored[blob]
        return BlobFacts(
            blob.name, len(stored.data), stored.etag, stored.kept.md5, stored.kept.metadata, stored.copy
        )


class _Stepping:
    """Lets the steps see a call before and after it acts."""

    def __init__(self, account: MemoryAccount, verb: str, blob: BlobRef, size: int = 0) -> None:
        self._steps = account.cloud.steps
        self._call = Call(account.endpoint.removeprefix("memory://"), verb, blob, size)
        account.cloud.calls.append(self._call)

    def __enter__(self) -> None:
        for step in self._steps:
            step(self._call, "before")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            for step in self._steps:
                step(self._call, "after")


def _below(blob: BlobRef, container: str, prefix: str) -> bool:
    return blob.container == container and blob.name.startswith(prefix)


def _check(data: bytes, md5: bytes | None, blob: BlobRef) -> None:
    if md5 is not None and hashlib.md5(data, usedforsecurity=False).digest() != md5:
        raise refusal("Md5Mismatch", blob)
