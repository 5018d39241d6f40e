"""What an asset stands on: its registry, and a store for every region of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.relations import NAMESPACE_CLOSED, REGISTRY_MISSING
from mlregistry_operator.cloud.content import BlobStore, BlobStores
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import Place, place_of
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.fairness.tenants import Tenant, work_for
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.registry_objects import read_registry
from mlregistry_operator.reconcile.world import World


@dataclass(frozen=True, slots=True)
class AssetScene:
    """An asset with everything that a pass needs to act on it.

    `stores` has the regions that are there, those on their way out included: they may have the only copy.
    """

    asset: MLAsset
    registry: MLRegistry
    id: AssetId
    place: Place
    stores: Mapping[str, BlobStore]

    @property
    def going(self) -> bool:
        """Whether the asset is being deleted."""
        return _goes(self.asset)

    @property
    def primary(self) -> str:
        return self.registry.spec.location

    @property
    def regions(self) -> tuple[str, ...]:
        """Every declared region, in the registry's order."""
        return tuple(region.location for region in self.registry.spec.replication_locations)

    @property
    def leaving(self) -> tuple[str, ...]:
        """Regions that are there and not declared any more."""
        return tuple(location for location in self.stores if location not in self.regions)


async def set_asset_scene(asset: MLAsset, world: World, open_stores: BlobStores) -> AssetScene:
    """Find the registry, ask whether it is open to this namespace, open its accounts.

    From here on the task works for this namespace and registry.

    Raises:
        CloudError: the registry is missing, closed to this namespace, or has no primary account yet.
        ClusterError: the API server could not be asked.
    """
    work_for(Tenant(asset.metadata.namespace, str(asset.registry_key)))
    registry = await usable_registry(asset.registry_key, asset.metadata.namespace, world)
    stores = await open_regions(registry, world, open_stores, for_deletion=_goes(asset))
    if registry.spec.location not in stores:
        raise CloudError(_not_ready(registry))
    spec = asset.spec
    asset_id = AssetId(registry.effective_name, spec.type, spec.asset_name, spec.version)
    return AssetScene(asset, registry, asset_id, place_of(asset_id.key), stores)


async def open_regions(
    registry: MLRegistry, world: World, open_stores: BlobStores, *, for_deletion: bool = False
) -> dict[str, BlobStore]:
    """The accounts that are there, by region, those of leaving regions too, as the status has them.

    `for_deletion` as in `identity_of`. Raises as `set_asset_scene`.
    """
    identity = await identity_of(registry, world, for_deletion=for_deletion)
    return {
        row.location: await open_stores.open(identity, row.storage_account.blob_endpoint)
        for row in registry.status.regions
        if row.storage_account is not None and row.storage_account.blob_endpoint
    }


async def usable_registry(key: ObjectKey, namespace: str, world: World) -> MLRegistry:
    """The registry of that name, if it is open to assets of the namespace. Raises as `set_asset_scene`."""
    body = await world.cluster.read(REGISTRIES, key)
    if body is None:
        raise CloudError(_missing(key))
    registry = read_registry(body)
    labels = await world.cluster.namespace_labels(namespace) or {}
    if not registry.spec.allowed_namespaces.allows(namespace, dict(labels), home=key.namespace):
        raise CloudError(_closed(key, namespace))
    return registry


def _goes(asset: MLAsset) -> bool:
    return asset.metadata.deletion_timestamp is not None


def _missing(key: ObjectKey) -> Failure:
    cause, remedy = REGISTRY_MISSING.cause_and_remedy(str(key))
    goes_on = f"{remedy} It goes on by itself then."
    return Failure(ArmId(""), Reason.DEPENDENCY_NOT_FOUND, Severity.RETRY, cause, remedy=goes_on)


def _closed(key: ObjectKey, namespace: str) -> Failure:
    cause, remedy = NAMESPACE_CLOSED.cause_and_remedy(str(key), namespace)
    return Failure(ArmId(""), Reason.NAMESPACE_NOT_ALLOWED, Severity.SLOW_RETRY, cause, remedy=remedy)


def _not_ready(registry: MLRegistry) -> Failure:
    return Failure(
        ArmId(""),
        Reason.DEPENDENCY_NOT_READY,
        Severity.RETRY,
        f"MLRegistry {registry.key} has no storage account in its primary region yet",
        remedy="It goes on by itself as soon as that is there.",
    )
