"""A registry in memory with one version of an asset in it, published in every region by an object."""

from typing import Any, cast

from support.manifests import AssetBuilder, a_registry, an_asset
from support.memory_blobs import MemoryAccount
from support.worlds import GROUP, PATIENCE, Twins

from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import place_of
from mlregistry_operator.domain.naming import storage_account_names
from mlregistry_operator.reconcile.assets.claiming import record_of
from mlregistry_operator.reconcile.assets.deletion import delete_asset
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.sources import InlineSource
from mlregistry_operator.reconcile.world import Outcome

PRIMARY, *OTHERS = REGIONS = ("eastus", "westus", "northeurope")
ASSET = an_asset().with_spec(deletionPolicy="Delete")
BYTES = b"a: b\n"


class AssetTwins:
    """`begin` settles the registry and publishes; then the object's deletion can be looked at."""

    def __init__(self) -> None:
        self.twins = Twins(a_registry().in_regions(*REGIONS))

    async def begin(self, asset: AssetBuilder = ASSET) -> None:
        await self.twins.settle()
        self.key = self.twins.cluster.apply(asset.manifest())
        self.id = AssetId("registry", self.asset.spec.type, "taxi-fare", "1")
        self.place = place_of(self.id.key)
        owner = record_of(self.asset).metadata()
        for location in REGIONS:
            wanted = Publication(self.id, InlineSource("data.yaml", BYTES), None, owner, alone=True)
            made = await publish(wanted, self.account(location), self.twins.content.capacity)
        self.twins.cluster.objects[self.key]["status"] = {"digest": made.digest}
        self.digest = made.digest
        self.twins.blobs.calls.clear()

    @property
    def asset(self) -> MLAsset:
        return read_asset(self.twins.cluster.objects[self.key])

    def account(self, location: str) -> MemoryAccount:
        return self.twins.blobs.account(storage_account_names(GROUP, "registry", location)[0])

    def names(self, location: str) -> set[str]:
        return set(self.account(location).names(self.place.container))

    async def look(self) -> Outcome:
        return await delete_asset(self.key, AssetMemory(PATIENCE), self.twins.world, self.twins.content)

    async def delete(self) -> Outcome:
        self.twins.cluster.delete(self.key)
        return await self.look()

    def changes(self) -> list[tuple[str, str]]:
        """Who was changed, and how, in order."""
        names = {self.account(one).endpoint.removeprefix("memory://"): one for one in REGIONS}
        changing = self.twins.blobs.verbs("delete", "put")
        return [(names[call.account], f"{call.verb} {call.blob.name}") for call in changing]

    @property
    def ready(self) -> dict[str, Any]:
        found = self.twins.cluster.objects[self.key]["status"]["conditions"]
        return next(cast("dict[str, Any]", one) for one in found if one["type"] == "Ready")

    def is_whole(self, location: str) -> bool:
        return {self.place.manifest, self.place.file("data.yaml")} <= self.names(location)
