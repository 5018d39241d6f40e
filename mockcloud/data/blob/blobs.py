"""Blobs as the service keeps them: committed ones, and blocks that wait for a block list.

The containers themselves are resources of the control plane; what lies in them is kept here, under a mark
that the container carries. A container that is deleted and made again has another mark, and nothing in it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob.content import Content
from mockcloud.data.blob.patterns import recognised, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockcloud.store import Resource

_MARK: Final = "contents"


@dataclass(frozen=True, slots=True)
class Block:
    """`id` is base64 text, as the caller gave it."""

    id: str
    content: Content


@dataclass(frozen=True, slots=True)
class Copy:
    """An asynchronous copy: what it is, and when it is over (epoch seconds)."""

    id: str
    source: str
    total: int
    started: float
    due: float
    status: str = "pending"
    description: str = ""
    content: Content | None = None

    def progress(self, now: float) -> int:
        if self.status != "pending":
            return self.total if self.status == "success" else 0
        share = (now - self.started) / (self.due - self.started) if self.due > self.started else 1.0
        return int(self.total * min(max(share, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class Blob:
    """One committed blob. A change is another `Blob` with another etag. Times are epoch seconds."""

    name: str
    content: Content
    etag: str
    created: float
    modified: float
    settings: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    tier: str | None = None
    copy: Copy | None = None
    directory: bool = False


def new_etag() -> str:
    return f'"0x8D{uuid.uuid4().hex[:13].upper()}"'


class Contents:
    """What lies in one container."""

    def __init__(self) -> None:
        self.blobs: dict[str, Blob] = {}
        self.uncommitted: dict[str, dict[str, Block]] = {}
        self.dirty = True
        self._names: list[str] | None = None

    def get(self, name: str, now: float) -> Blob | None:
        """The blob as it is now: a copy that is due has happened."""
        blob = self.blobs.get(name)
        if blob is None or blob.copy is None or blob.copy.status != "pending" or now < blob.copy.due:
            return blob
        copied = blob.copy.content
        done = replace(blob.copy, status="success", content=None)
        finished = replace(
            blob, content=copied or blob.content, copy=done, modified=blob.copy.due, etag=new_etag()
        )
        self.blobs[name] = finished
        self.dirty = True
        return finished

    def put(self, blob: Blob) -> Blob:
        """Commit: what was uncommitted under the name is gone."""
        if blob.name not in self.blobs:
            self._names = None
        self.blobs[blob.name] = blob
        self.uncommitted.pop(blob.name, None)
        self.dirty = True
        return blob

    def remove(self, name: str) -> bool:
        self.uncommitted.pop(name, None)
        present = self.blobs.pop(name, None) is not None
        self._names = None
        self.dirty = True
        return present

    def stage(self, name: str, block: Block) -> None:
        self.uncommitted.setdefault(name, {})[block.id] = block
        self.dirty = True

    def names(self) -> list[str]:
        """Of the committed blobs, in the service's order."""
        if self._names is None:
            self._names = sorted(self.blobs)
        return self._names


class BlobStore:
    """The contents of every container of the cloud."""

    def __init__(self) -> None:
        self.contents: dict[str, Contents] = {}
        self._seeds: dict[bytes, str] = {}

    def learn(self, seed: str) -> None:
        """Know the bytes of this pattern when somebody sends them."""
        self._seeds[tag(seed)] = seed

    def content(self, data: bytes) -> Content:
        """Bytes that came in; a reference where they are a pattern's."""
        return (self._seeds and recognised(data, self._seeds)) or Content.of(data)

    def of(self, container: Resource) -> Contents:
        mark = container.hidden.setdefault(_MARK, uuid.uuid4().hex)
        return self.contents.setdefault(str(mark), Contents())

    def sweep(self, containers: Iterable[Resource]) -> set[str]:
        """Let go of what lies in containers that are no more; the marks of what stays."""
        alive = {str(container.hidden.get(_MARK)) for container in containers}
        for mark in [mark for mark in self.contents if mark not in alive]:
            del self.contents[mark]
        return alive
