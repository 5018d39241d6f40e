"""Long-running operations: begun by a write, over when their time has come.

There is no background work. Before every request the cloud settles what is due, in order of time, so that
an operation also finishes while the cloud was stopped, and nothing depends on a scheduler.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT: Final = 1000


@dataclass(slots=True)
class Failure:
    """How an operation ends that was accepted and then fails."""

    code: str
    message: str
    status: int = 409


@dataclass(slots=True)
class Operation:
    """`verb` is the word the operation reports while it runs (`Creating`, `Updating`, `Deleting`, ...)."""

    id: str
    target: str
    type: str
    verb: str
    started: float
    due: float
    failure: Failure | None = None
    done: bool = False

    def progress(self, now: float) -> float:
        span = self.due - self.started
        return 1.0 if span <= 0 else min(1.0, (now - self.started) / span)


class Operations:
    """All operations, the finished ones too: their addresses can be polled for a long time."""

    def __init__(self) -> None:
        self._all: dict[str, Operation] = {}
        self._running: dict[str, Operation] = {}

    def begin(self, operation: Operation) -> Operation:
        self._all[operation.id.lower()] = operation
        self._running[operation.id.lower()] = operation
        if len(self._all) > _KEPT:
            self._forget_oldest()
        return operation

    def get(self, operation_id: str) -> Operation | None:
        return self._all.get(operation_id.lower())

    def on(self, target: str) -> Operation | None:
        """The operation that holds this resource now."""
        wanted = target.lower()
        return next((o for o in self._running.values() if o.target.lower() == wanted), None)

    def due(self, now: float) -> Iterator[Operation]:
        """Operations whose time has come, each marked done as it is handed out."""
        ripe = sorted((o for o in self._running.values() if o.due <= now), key=lambda o: o.due)
        for operation in ripe:
            operation.done = True
            self._running.pop(operation.id.lower(), None)
            yield operation

    def drop(self, target: str) -> None:
        """Forget what runs on a resource that was taken away."""
        gone = target.lower()
        for key in [k for k, o in self._running.items() if (o.target.lower() + "/").startswith(gone + "/")]:
            self._running.pop(key).done = True

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(operation) for operation in self._all.values()]

    def load(self, documents: list[dict[str, Any]]) -> None:
        for document in documents:
            failure = document.pop("failure")
            operation = Operation(**document, failure=Failure(**failure) if failure else None)
            self._all[operation.id.lower()] = operation
            if not operation.done:
                self._running[operation.id.lower()] = operation

    def _forget_oldest(self) -> None:
        done = [key for key, operation in self._all.items() if operation.done]
        for key in done[: len(self._all) - _KEPT]:
            del self._all[key]


def operation_id(prefix: str) -> str:
    """`registries-<guid>` and the like; a plain guid for an empty prefix."""
    guid = str(uuid.uuid4())
    return f"{prefix}-{guid}" if prefix else guid
