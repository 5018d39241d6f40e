"""The small pass over a registry that counts its assets: it asks the API server, and nobody else."""

import asyncio

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.kube.ports import REGISTRIES, ClusterError
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.registry_objects import head_of, write_registry
from mlregistry_operator.reconcile.world import Outcome, World


async def recount_due(memory: Memory, world: World) -> None:
    """Return when a count was asked for and may be written; several askers get one count."""
    counting = memory.counting
    await counting.asked.wait()
    await asyncio.sleep(counting.wait(world.clock.monotonic()))


async def recount_registry(key: ObjectKey, memory: Memory, world: World) -> Outcome:
    """Write the counts where they have changed. What was never looked at, is suspended or goes is left alone.

    Raises:
        ClusterError: the API server could not be asked, or the object has changed meanwhile.
    """
    memory.counting.asked.clear()
    try:
        await _recount(key, memory, world)
    except ClusterError:
        memory.counting.ask()
        raise
    return Outcome(0.0)


async def _recount(key: ObjectKey, memory: Memory, world: World) -> None:
    body = memory.own(await world.cluster.read(REGISTRIES, key))
    if body is None or body["metadata"].get("deletionTimestamp") is not None:
        return
    _, before = head_of(body)
    if before.observed_generation < 0 or body.get("spec", {}).get("suspend"):
        return
    after = memory.counting.recounted(before, before, world.clock.monotonic())
    await write_registry(world.cluster, body, before, after)
