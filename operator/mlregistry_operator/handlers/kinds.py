"""One kind at kopf's door: one daemon an object is its loop, events wake it, a deletion takes it down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import kopf

from mlregistry_operator.api.group import GROUP, VERSION
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.kube.ports import Body
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.loops import Passes, keep_reconciled, take_down
from mlregistry_operator.reconcile.memory import LoopMemory
from mlregistry_operator.reconcile.world import World
from mlregistry_operator.telemetry.objects import OBJECTS

_CANCELLATION_SECONDS = 10.0
M = TypeVar("M", bound=LoopMemory)


@dataclass(frozen=True, slots=True)
class Door(Generic[M]):
    """What stands behind one kind. `remember` makes the memory of an object's loop.

    `saw` and `lost` hear of every object that the watch shows, and of every one that is gone; `saw` raises
    `CloudError` where an object cannot be read.
    """

    passes: Passes[M]
    remember: Callable[[ObjectKey], M]
    saw: Callable[[ObjectKey, Body], None]
    lost: Callable[[ObjectKey], None]


def register(registry: kopf.OperatorRegistry, door: Door[M], world: World) -> None:
    """Put the handlers of a kind into kopf's registry."""
    resource = (GROUP, VERSION, door.passes.kind.plural)

    @kopf.index(*resource, id=f"see-{door.passes.kind.plural}", registry=registry)
    async def see(namespace: str | None, name: str | None, body: kopf.Body, **_: Any) -> None:
        """Before all else: kopf holds other handlers back until each object that there is has been here once.

        So nothing is counted, and no reference called missing, while the first listing is still coming in.
        """
        _look_at(door, _key(namespace, name), dict(body))

    @kopf.on.event(*resource, id="wake", registry=registry)
    async def wake(
        type: str | None,  # noqa: A002 - kopf's name for it
        namespace: str | None,
        name: str | None,
        body: kopf.Body,
        memo: kopf.Memo,
        **_: Any,
    ) -> None:
        key = _key(namespace, name)
        memory = _memory(door, memo, key, body)
        if type == "DELETED":
            OBJECTS.lost(door.passes.kind.kind, key)
            world.loops.forget(door.passes.kind.kind, key)
            door.lost(key)
            memory.wake.set()
            return
        memory.is_shown(change_of(dict(body)))

    @kopf.daemon(*resource, id="reconcile", registry=registry, cancellation_timeout=_CANCELLATION_SECONDS)
    async def reconcile(
        namespace: str | None,
        name: str | None,
        body: kopf.Body,
        memo: kopf.Memo,
        stopped: kopf.DaemonStopped,
        **_: Any,
    ) -> None:
        key = _key(namespace, name)
        await keep_reconciled(door.passes, key, _memory(door, memo, key, body), world, stopped)

    @kopf.on.delete(*resource, id="delete", registry=registry)
    async def delete(
        namespace: str | None, name: str | None, body: kopf.Body, memo: kopf.Memo, **_: Any
    ) -> None:
        key = _key(namespace, name)
        await take_down(door.passes, key, _memory(door, memo, key, body), world)


def _look_at(door: Door[M], key: ObjectKey, body: Body) -> None:
    """What cannot be read is said once, and keeps no other object from being seen."""
    kind = door.passes.kind.kind
    try:
        OBJECTS.saw(kind, key, body)
        door.saw(key, body)
    except CloudError as error:
        OBJECTS.read(kind, key, error.failure.sentence)
    except Exception as error:  # noqa: BLE001 - its own passes tell it in its conditions
        OBJECTS.read(kind, key, f"a defect of the operator ({type(error).__name__})", error)
    else:
        OBJECTS.read(kind, key, None)


def _key(namespace: str | None, name: str | None) -> ObjectKey:
    return ObjectKey(namespace or "", name or "")


def _memory(door: Door[M], memo: kopf.Memo, key: ObjectKey, body: kopf.Body) -> M:
    """One memory for each object and process, shared by its handlers."""
    if "memory" not in memo:
        memo["memory"] = door.remember(key)
        memo["memory"].uid = body["metadata"]["uid"]
    memory: M = memo["memory"]
    return memory
