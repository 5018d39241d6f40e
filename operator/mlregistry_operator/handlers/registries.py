"""MLRegistry at kopf's door."""

from mlregistry_operator.handlers.kinds import Door
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile.deletion import delete_registry
from mlregistry_operator.reconcile.fleet import Fleet
from mlregistry_operator.reconcile.loops import Passes
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.registry import reconcile_registry
from mlregistry_operator.reconcile.world import World


def registry_door(world: World, fleet: Fleet) -> Door[Memory]:
    """The passes of a registry, each object with a memory of its own."""
    passes = Passes(REGISTRIES, reconcile_registry, delete_registry)
    return Door(passes, lambda _: Memory(world.timing.patience), fleet.saw_registry, fleet.lost_registry)
