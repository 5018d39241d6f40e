"""MLRegistry at kopf's door: one daemon an object is its loop, events wake it, a deletion takes it down."""

from typing import Any

import kopf

from mlregistry_operator.api.group import GROUP, REGISTRY_PLURAL, VERSION
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.reconcile.loops import keep_reconciled, take_down
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.registry import change_of
from mlregistry_operator.reconcile.world import World

_CANCELLATION_SECONDS = 10.0


def register(registry: kopf.OperatorRegistry, world: World) -> None:
    """Put the handlers of MLRegistry into kopf's registry."""
    resource = (GROUP, VERSION, REGISTRY_PLURAL)

    @kopf.on.event(*resource, id="wake", registry=registry)
    async def wake(body: kopf.Body, memo: kopf.Memo, **_: Any) -> None:
        change = change_of(dict(body))
        if memo.get("change") != change:
            memo["change"] = change
            _memory(memo, world).wake.set()

    @kopf.daemon(*resource, id="reconcile", registry=registry, cancellation_timeout=_CANCELLATION_SECONDS)
    async def reconcile(
        namespace: str | None, name: str | None, memo: kopf.Memo, stopped: kopf.DaemonStopped, **_: Any
    ) -> None:
        await keep_reconciled(_key(namespace, name), _memory(memo, world), world, stopped)

    @kopf.on.delete(*resource, id="delete", registry=registry)
    async def delete(namespace: str | None, name: str | None, memo: kopf.Memo, **_: Any) -> None:
        await take_down(_key(namespace, name), _memory(memo, world), world)


def _key(namespace: str | None, name: str | None) -> ObjectKey:
    return ObjectKey(namespace or "", name or "")


def _memory(memo: kopf.Memo, world: World) -> Memory:
    """One memory for each object and process, shared by its handlers."""
    if "memory" not in memo:
        memo["memory"] = Memory(world.timing.patience)
    memory: Memory = memo["memory"]
    return memory
