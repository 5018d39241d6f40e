"""MLRegistry at kopf's door."""

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.handlers.kinds import Door
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile.deletion import delete_registry
from mlregistry_operator.reconcile.fleet import Fleet
from mlregistry_operator.reconcile.loops import Errand, Passes
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.recount import recount_due, recount_registry
from mlregistry_operator.reconcile.registry import reconcile_registry
from mlregistry_operator.reconcile.world import World
from mlregistry_operator.telemetry.metrics import forget_registry


def registry_door(world: World, fleet: Fleet) -> Door[Memory]:
    """The passes of a registry, each object with a memory of its own, and its assets counted by the fleet."""
    recount = Errand(recount_due, recount_registry)
    passes = Passes(REGISTRIES, reconcile_registry, delete_registry, recount)

    def remember(key: ObjectKey) -> Memory:
        return Memory(world.timing.patience, counting=fleet.counts(key))

    def lost(key: ObjectKey) -> None:
        fleet.lost_registry(key)
        forget_registry(key)

    return Door(passes, remember, fleet.saw_registry, lost)
