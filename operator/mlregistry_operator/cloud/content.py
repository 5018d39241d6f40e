"""What the engine of assets asks of blob storage. All of it is idempotent, or safe to repeat after a look.

A write that finds its blob already there changes nothing and says so: what is published is never overwritten.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

from mlregistry_operator.domain.identity import Identity

_FOLDER: Final = frozenset({"hdi_isfolder", "is_directory"})


@dataclass(frozen=True, slots=True)
class BlobRef:
    """One blob of an account; `name` is as people write it, not escaped."""

    container: str
    name: str

    def __str__(self) -> str:
        return f"{self.container}/{self.name}"


class CopyPhase(Enum):
    """How far an asynchronous copy is."""

    PENDING = "pending"
    SUCCESS = "success"
    ABORTED = "aborted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ServerCopy:
    """The last copy into a blob, as the blob itself tells it. Sizes are in bytes."""

    id: str
    phase: CopyPhase
    done: int = 0
    total: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class BlobFacts:
    """What a listing or a look at one blob tells. `md5` is the stored Content-MD5, if there is one."""

    name: str
    size: int
    etag: str
    md5: bytes | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    copy: ServerCopy | None = None

    @property
    def is_folder(self) -> bool:
        """Whether its metadata calls it a directory, and it holds no bytes. Tools write both in any case."""
        told = ((key.lower(), value.strip().lower()) for key, value in self.metadata.items())
        return self.size == 0 and any(key in _FOLDER and value == "true" for key, value in told)


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block of a blob, by the id that it was staged with; `size` in bytes."""

    id: str
    size: int


@dataclass(frozen=True, slots=True)
class WrittenAs:
    """What is kept beside a blob's bytes. `md5` is stored as Content-MD5."""

    md5: bytes | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class ReadableUrl:
    """Where another account can read a blob during a copy. Both parts are secrets: they grant reading.

    `authorization` is a whole header value, None where the URL is enough by itself.
    """

    url: str = field(repr=False)
    authorization: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A range of bytes."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class SasAccess:
    """A shared access signature that a user gave, with or without the leading question mark."""

    token: str = field(repr=False)


Access = Identity | SasAccess


class BlobStore(Protocol):
    """One storage account, seen with one identity. Every method raises `CloudError` and nothing else.

    The writes that answer a bool say False where the blob is there already, and have changed nothing then.
    """

    @property
    def endpoint(self) -> str:
        """The account's blob endpoint, without a slash at the end. Fit for messages."""
        ...

    async def container_names(self) -> frozenset[str]:
        """The names of the account's containers. Asks for no right on data, as the other looks do."""
        ...

    def blobs(self, container: str, prefix: str, *, uncommitted: bool = False) -> AsyncIterator[BlobFacts]:
        """Every committed blob below a prefix, in order of name, with metadata; page by page.

        With `uncommitted` also the names under which blocks only wait for a block list.
        """
        ...

    async def facts(self, blob: BlobRef) -> BlobFacts | None:
        """One blob, None where there is none; a missing container is the failure `ContainerNotFound`."""
        ...

    async def read(self, blob: BlobRef, span: Span, etag: str | None = None) -> bytes:
        """These bytes in one request, not decoded; at most 64 MiB.

        With `etag` it fails with `ConditionNotMet` where the blob has changed.
        A shorter answer than asked for is returned as it is.
        """
        ...

    async def put(self, blob: BlobRef, data: bytes, kept: WrittenAs) -> bool:
        """A whole small blob in one request; the service checks the bytes against `kept.md5`."""
        ...

    async def staged(self, blob: BlobRef) -> tuple[StoredBlock, ...]:
        """The uncommitted blocks of a blob, none where there are none."""
        ...

    async def committed(self, blob: BlobRef) -> tuple[StoredBlock, ...]:
        """The blocks that a blob is made of, in order; none where it was written whole, or is not there."""
        ...

    async def stage(self, blob: BlobRef, block_id: str, data: bytes, md5: bytes) -> None:
        """Upload a block without committing it. Ids of one blob are all equally long."""
        ...

    async def stage_from(
        self, blob: BlobRef, block_id: str, source: ReadableUrl, span: Span, md5: bytes
    ) -> None:
        """Let the service fetch a block. It refuses other bytes than `md5` tells."""
        ...

    async def commit(self, blob: BlobRef, block_ids: Sequence[str], kept: WrittenAs) -> bool:
        """Make a blob of its staged blocks."""
        ...

    async def copy_from(self, blob: BlobRef, source: ReadableUrl, size: int, kept: WrittenAs) -> bool:
        """Let the service copy a blob of at most 256 MiB. It refuses other bytes than `kept.md5`."""
        ...

    async def put_from(self, blob: BlobRef, source: ReadableUrl, size: int, kept: WrittenAs) -> bool:
        """Let the service write a blob of at most 5000 MiB. It refuses other bytes than `kept.md5`."""
        ...

    async def start_copy(self, blob: BlobRef, source: ReadableUrl, kept: WrittenAs) -> bool:
        """Start an asynchronous copy; `facts` tells how far it is. The service checks no bytes."""
        ...

    async def abort_copy(self, blob: BlobRef, copy_id: str) -> None:
        """Stop an asynchronous copy; one that has ended is left as it is."""
        ...

    async def delete(self, blob: BlobRef, etag: str | None = None) -> None:
        """Delete a blob, of that ETag where one is given; a missing one is no failure."""
        ...

    async def ensure_container(self, container: str) -> None:
        """Make the container where it is missing."""
        ...

    async def readable(self, blob: BlobRef) -> ReadableUrl:
        """A URL with which another account can read this blob for at least an hour from now."""
        ...


class BlobStores(Protocol):
    """Opens accounts; keeps what can be shared between them."""

    async def open(self, access: Access, endpoint: str) -> BlobStore:
        """The account at that blob endpoint. Raises `CloudError` where the identity is incomplete."""
        ...

    async def close(self) -> None: ...
