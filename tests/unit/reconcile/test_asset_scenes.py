"""What an asset stands on: a registry that is open to it, and content that another version proves to have."""

from collections.abc import Awaitable

import pytest
from support.asset_twins import ASSET, OTHERS, PRIMARY, AssetTwins
from support.manifests import AssetBuilder, a_registry, an_asset
from support.worlds import Twins

from mlregistry_operator.api.asset import AssetSource
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobRef
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.fairness.tenants import Tenant, current_tenant
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.assets.promotions import check_digests, committed_ancestor
from mlregistry_operator.reconcile.assets.scene import set_asset_scene, usable_registry

HOME, OTHER = "default", "team-a"
SELECTED = {"from": "Selector", "selector": {"matchLabels": {"kubernetes.io/metadata.name": OTHER}}}
REFERENCE = {
    "registryRef": {"name": "registry", "namespace": HOME},
    "assetName": "taxi-fare",
    "version": "1",
}
PROMOTED = an_asset("promoted", "promoted").with_spec(source={"asset": REFERENCE})


async def refused(attempt: Awaitable[object]) -> Failure:
    with pytest.raises(CloudError) as caught:
        await attempt
    return caught.value.failure


def read(twins: Twins, builder: AssetBuilder) -> MLAsset:
    return read_asset(twins.cluster.objects[twins.cluster.apply(builder.manifest())])


def source_of(asset: MLAsset) -> AssetSource:
    assert asset.spec.source.asset is not None
    return asset.spec.source.asset


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("allowed", "namespace", "is_open"),
    [
        (None, HOME, True),
        (None, OTHER, False),
        ({"from": "Same"}, OTHER, False),
        ({"from": "All"}, OTHER, True),
        (SELECTED, OTHER, True),
        (SELECTED, "team-b", False),
        (SELECTED, HOME, True),
        ({"from": "Selector"}, OTHER, False),
    ],
)
async def test_a_registry_is_used_by_the_namespaces_that_it_is_open_to_and_by_no_other(
    allowed: dict[str, object] | None, namespace: str, *, is_open: bool
) -> None:
    twins = Twins(a_registry().with_spec(allowedNamespaces=allowed))
    await twins.settle()
    asset = read(twins, ASSET.in_namespace(namespace).of_registry("registry", HOME))

    if is_open:
        scene = await set_asset_scene(asset, twins.world, twins.blobs)
        assert scene.registry.key == ObjectKey(HOME, "registry")
        return
    for attempt in (
        usable_registry(asset.registry_key, namespace, twins.world),
        set_asset_scene(asset, twins.world, twins.blobs),
    ):
        failure = await refused(attempt)
        assert (failure.reason, failure.severity) == (Reason.NAMESPACE_NOT_ALLOWED, Severity.SLOW_RETRY)
        assert namespace in failure.sentence


@pytest.mark.promise(17)
async def test_from_here_on_the_work_is_the_namespaces_for_that_registry() -> None:
    twins = Twins(a_registry().with_spec(allowedNamespaces={"from": "All"}))
    await twins.settle()
    asset = read(twins, ASSET.in_namespace(OTHER).of_registry("registry", HOME))

    await set_asset_scene(asset, twins.world, twins.blobs)

    assert current_tenant() == Tenant(OTHER, f"{HOME}/registry")


@pytest.mark.promise(16)
async def test_nothing_is_promoted_from_a_registry_that_is_closed_to_the_namespace() -> None:
    world = AssetTwins()
    await world.begin()
    asset = read(world.twins, PROMOTED.in_namespace(OTHER).of_registry("elsewhere", OTHER))
    wanted = committed_ancestor(asset, source_of(asset), world.twins.world, world.twins.content, near=PRIMARY)

    failure = await refused(wanted)

    assert failure.reason is Reason.NAMESPACE_NOT_ALLOWED
    assert world.twins.blobs.calls == [], "not a byte was read"


@pytest.mark.promise(11)
async def test_a_promotion_begins_with_regions_that_have_all_of_it_the_nearest_first() -> None:
    world = AssetTwins()
    await world.begin()
    asset = read(world.twins, PROMOTED)

    async def found(near: str) -> list[str]:
        wanted = committed_ancestor(
            asset, source_of(asset), world.twins.world, world.twins.content, near=near
        )
        _, version, origins = await wanted
        assert version.digest == world.digest
        return [one.store.endpoint for one in origins]

    def endpoints(*locations: str) -> list[str]:
        return [world.account(one).endpoint for one in locations]

    assert await found("westus") == endpoints("westus", "eastus", "northeurope")
    for location in (PRIMARY, *OTHERS):
        file = BlobRef(world.place.container, world.place.file("data.yaml"))
        del world.account(location).stored[file]
        left = [one for one in ("westus", "eastus", "northeurope") if world.is_whole(one)]
        if left:
            assert await found("westus") == endpoints(*left)

    failure = await refused(
        committed_ancestor(asset, source_of(asset), world.twins.world, world.twins.content, near="")
    )
    assert "taxi-fare" in failure.sentence


@pytest.mark.promise(11)
@pytest.mark.parametrize("field", ["spec.source.asset.digest", "spec.digest"])
def test_a_promotion_that_pins_other_bytes_is_stalled_and_names_the_pin(field: str) -> None:
    pinned, other = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
    spec = {
        "spec.digest": {"source": {"asset": REFERENCE}, "digest": pinned},
        "spec.source.asset.digest": {"source": {"asset": {**REFERENCE, "digest": pinned}}},
    }[field]
    asset = read(Twins(a_registry()), PROMOTED.with_spec(**spec))

    check_digests(asset, source_of(asset), pinned)
    with pytest.raises(CloudError) as caught:
        check_digests(asset, source_of(asset), other)

    failure = caught.value.failure
    assert (failure.reason, failure.severity) == (Reason.DIGEST_MISMATCH, Severity.STALLED)
    for told in (field, pinned, other):
        assert told in failure.sentence
