"""The cloud's state in a folder: one JSON file, replaced as a whole and never half written, and the blobs
beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import TYPE_CHECKING, Final

from mockcloud.arm.storage.services import CONTAINER_TYPE
from mockcloud.data.blob.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from mockcloud.world import World

_PAUSE: Final = 0.1
# Writing takes at most this share of the time, however large the cloud has become.
_SHARE: Final = 0.1


class Keeper:
    """Writes soon after a change: many changes in a moment are one write, and `close` writes the last."""

    def __init__(self, world: World, file: Path) -> None:
        self._world, self._file = world, file
        self._shelf = Shelf(file.parent / "blobs")
        self._pending: asyncio.TimerHandle | None = None
        self._took = 0.0

    def load(self) -> None:
        if self._file.exists():
            self._world.restore(json.loads(self._file.read_text()))
            self._shelf.read(self._world.blobs)

    def changed(self) -> None:
        """Call from the event loop."""
        if self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(
                max(_PAUSE, self._took / _SHARE), self._write
            )

    def close(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._write()

    def _write(self) -> None:
        self._pending = None
        began = time.monotonic()
        # Before the state, so that a container that is there has its blobs.
        blobs = self._world.blobs
        self._shelf.write(blobs, blobs.sweep(self._world.store.of_type(CONTAINER_TYPE)))
        fresh = self._file.with_suffix(".new")
        fresh.touch(mode=0o600)
        with fresh.open("w") as stream:
            json.dump(self._world.snapshot(), stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._file)
        self._took = time.monotonic() - began
