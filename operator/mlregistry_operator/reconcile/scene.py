"""What a registry stands on: its owner, what it asks of Azure, and by whose right."""

from dataclasses import dataclass

from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.cloud.ports import Cloud
from mlregistry_operator.domain.desired import desired_resources, owner_of
from mlregistry_operator.domain.identity import Identity
from mlregistry_operator.domain.ownership import Owner
from mlregistry_operator.domain.resources import Desired
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.world import World


@dataclass(frozen=True, slots=True)
class Scene:
    """A registry with everything that a pass needs to act on it."""

    registry: MLRegistry
    owner: Owner
    desired: Desired
    identity: Identity
    cloud: Cloud


async def set_scene(registry: MLRegistry, world: World) -> Scene:
    """Find the registry's identity, open its subscription.

    Raises:
        CloudError: there is no usable identity.
    """
    owner = owner_of(registry, await world.cluster.cluster_id())
    going = registry.metadata.deletion_timestamp is not None
    identity = await identity_of(registry, world, for_deletion=going)
    cloud = await world.clouds.open(identity, registry.spec.azure.subscription_id)
    return Scene(registry, owner, desired_resources(registry, owner, world.staging_days), identity, cloud)
