"""MLAsset at kopf's door."""

from functools import partial

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.handlers.kinds import Door
from mlregistry_operator.kube.ports import ASSETS
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.deletion import delete_asset
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.reconciling import reconcile_asset
from mlregistry_operator.reconcile.loops import Passes
from mlregistry_operator.reconcile.world import World


def asset_door(world: World, content: Content) -> Door[AssetMemory]:
    """The passes of an asset, each object with a memory of its own, which the fleet can wake."""
    passes = Passes(ASSETS, partial(reconcile_asset, content=content), partial(delete_asset, content=content))

    def remember(key: ObjectKey) -> AssetMemory:
        memory = AssetMemory(world.timing.patience)
        content.fleet.asset_loop(key, memory)
        return memory

    return Door(passes, remember, content.fleet.saw_asset, content.fleet.lost_asset)
