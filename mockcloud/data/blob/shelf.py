"""The blobs of a cloud in a folder: one index for each container, one file for each run of bytes.

Bytes never change, so that a file is written once, and an index names the files that it needs. What no index
names any more is swept away when the folder is read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mockcloud.data.blob.blobs import Blob, Block, Contents, Copy
from mockcloud.data.blob.content import Content, Piece, Source, Stored
from mockcloud.data.blob.patterns import PREFIX, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockcloud.data.blob.blobs import BlobStore


class Shelf:
    """Reads and writes the folder; a container that has not changed since is not written again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._bytes = folder, folder / "bytes"
        self._written: set[str] = set()

    def read(self, store: BlobStore) -> None:
        """Fill the store with what lies here."""
        if not self._folder.is_dir():
            return
        sources: dict[str, Source] = {}
        for index in sorted(self._folder.glob("*.json")):
            contents = self._contents(json.loads(index.read_text()), sources)
            contents.dirty = False
            store.contents[index.stem] = contents
        self._written = {name for name in sources if not name.startswith(PREFIX)}
        for name in sources.keys() - self._written:
            store.learn(name.removeprefix(PREFIX))
        for file in self._bytes.iterdir():
            if file.name not in self._written:
                file.unlink()

    def write(self, store: BlobStore, alive: set[str]) -> None:
        """Write what changed; forget the containers that are not among those alive."""
        self._bytes.mkdir(parents=True, exist_ok=True)
        for mark, contents in store.contents.items():
            if contents.dirty and mark in alive:
                contents.dirty = False
                for source in _sources(contents):
                    self._keep(source)
                fresh = self._folder / f"{mark}.new"
                fresh.write_text(json.dumps(_index(contents)))
                fresh.replace(self._folder / f"{mark}.json")
        for index in self._folder.glob("*.json"):
            if index.stem not in alive:
                index.unlink()

    def _keep(self, source: Source) -> None:
        if not isinstance(source, Stored) or source.identity in self._written:
            return
        self._written.add(source.identity)
        fresh = self._folder / f"{source.identity}.new"
        fresh.write_bytes(source.data)
        fresh.replace(self._bytes / source.identity)

    def _contents(self, index: dict[str, Any], sources: dict[str, Source]) -> Contents:
        contents = Contents()
        for said in index["blobs"]:
            blocks = tuple(Block(b["id"], self._content(b["content"], sources)) for b in said.pop("blocks"))
            copy = said.pop("copy")
            if copy is not None:
                target = copy.pop("content")
                known = None if target is None else self._content(target, sources)
                copy = Copy(**copy, content=known)
            content = self._content(said.pop("content"), sources)
            blob = Blob(**said, content=content, blocks=blocks, copy=copy)
            contents.blobs[blob.name] = blob
        for name, blocks in index["uncommitted"].items():
            waiting = [Block(b["id"], self._content(b["content"], sources)) for b in blocks]
            contents.uncommitted[name] = {block.id: block for block in waiting}
        return contents

    def _content(self, pieces: list[tuple[str, int, int]], sources: dict[str, Source]) -> Content:
        return Content(Piece(self._source(name, sources), start, length) for name, start, length in pieces)

    def _source(self, name: str, sources: dict[str, Source]) -> Source:
        if name not in sources:
            pattern = name.startswith(PREFIX)
            sources[name] = (
                Pattern(name.removeprefix(PREFIX))
                if pattern
                else Stored((self._bytes / name).read_bytes(), name)
            )
        return sources[name]


def _index(contents: Contents) -> dict[str, Any]:
    return {
        "blobs": [_blob(blob) for blob in contents.blobs.values()],
        "uncommitted": {
            name: [_block(block) for block in waiting.values()]
            for name, waiting in contents.uncommitted.items()
        },
    }


def _blob(blob: Blob) -> dict[str, Any]:
    copy = blob.copy
    return {
        **{name: getattr(blob, name) for name in _PLAIN},
        "content": blob.content.key,
        "blocks": [_block(block) for block in blob.blocks],
        "copy": copy and {**_copy(copy), "content": copy.content and copy.content.key},
    }


_PLAIN: Final = ("name", "etag", "created", "modified", "settings", "metadata", "tier", "directory")
_COPY: Final = ("id", "source", "total", "started", "due", "status", "description")


def _copy(copy: Copy) -> dict[str, Any]:
    return {name: getattr(copy, name) for name in _COPY}


def _block(block: Block) -> dict[str, Any]:
    return {"id": block.id, "content": block.content.key}


def _sources(contents: Contents) -> Iterator[Source]:
    for blob in contents.blobs.values():
        parts = [blob.content, *(block.content for block in blob.blocks)]
        if blob.copy is not None and blob.copy.content is not None:
            parts.append(blob.copy.content)
        for part in parts:
            yield from (piece.source for piece in part.pieces)
    for waiting in contents.uncommitted.values():
        for block in waiting.values():
            yield from (piece.source for piece in block.content.pieces)
