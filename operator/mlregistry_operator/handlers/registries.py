"""MLRegistry at kopf's door."""

from functools import partial

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.handlers.kinds import Door
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.deletion import delete_registry
from mlregistry_operator.reconcile.loops import Errand, Passes
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.recount import recount_due, recount_registry
from mlregistry_operator.reconcile.registry import reconcile_registry
from mlregistry_operator.reconcile.world import World


def registry_door(world: World, content: Content) -> Door[Memory]:
    """The passes of a registry, each object with a memory of its own, and its assets counted by the fleet."""
    fleet, recount = content.fleet, Errand(recount_due, recount_registry)
    passes = Passes(
        REGISTRIES,
        partial(reconcile_registry, content=content),
        partial(delete_registry, content=content),
        recount,
    )

    def remember(key: ObjectKey) -> Memory:
        memory = Memory(world.timing.patience, counting=fleet.counts(key))
        fleet.registry_loop(key, memory)
        return memory

    def lost(key: ObjectKey) -> None:
        world.identities.forget(key)
        fleet.lost_registry(key)

    return Door(passes, remember, fleet.saw_registry, lost)
