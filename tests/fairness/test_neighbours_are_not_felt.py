"""What one tenant has waiting, or waits for, is felt by that tenant alone.

What is compared is who comes first. Seconds are those that a fault lasts: much longer than anybody may wait.
"""

from dataclasses import dataclass

import pytest
from support.assets import a_data_set, a_document, ready
from support.clouds import MockCloud
from support.clusters import Cluster, is_ready
from support.manifests import AssetBuilder, RegistryBuilder, a_registry
from support.shelves import Shelves
from support.soon import soon

pytestmark = pytest.mark.promise(17)

MIB = 2**20
MANY = 60
PATIENCE_SECONDS = 25.0  # the slow ones take a minute and more
Registries = tuple[RegistryBuilder, RegistryBuilder]


@dataclass(frozen=True, slots=True)
class Slow:
    """So many assets with four files each, of one source whose reads meet the fault."""

    name: str
    fault: dict[str, float]
    assets: int
    size: int


@pytest.mark.parametrize(
    "slow",
    [
        Slow("byte-by-byte", {"dripSeconds": 3}, 3, 4 * MIB),
        Slow("after-a-minute", {"delaySeconds": 60}, 3, 4 * MIB),
        Slow("many-small-ones", {"delaySeconds": 60}, 30, 100),
    ],
    ids=lambda slow: slow.name,
)
def test_slow_sources_delay_nobody_else(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, registries: Registries, slow: Slow
) -> None:
    """Neither another namespace of the same registry, nor another registry of the same namespace."""
    (shared, quiet), name = registries, slow.name
    slow_team, team = cluster.namespace("slow"), cluster.namespace("team")
    cloud.fault(method="GET", pathRegex=f"/{name}-slow/part", times=None, **slow.fault)
    for part in range(4):
        shelves.plant_pattern(f"{name}-slow", f"part-{part}", slow.size)
    shelves.plant_pattern(f"{name}-quick", "weights.bin", 6 * MIB)
    mark = cloud.last_request()
    waiting = [
        _to(a_data_set(f"{name}-{number}", shelves.url(f"{name}-slow")), shared, slow_team)
        for number in range(slow.assets)
    ]
    for asset in waiting:
        cluster.apply(asset)
    # Three are enough to take all that a tenant may have; the others wait for these.
    soon(lambda: _are_listed(cloud, mark, 3), because="the sources are looked at")

    large, small = a_data_set(f"{name}-large", shelves.url(f"{name}-quick")), a_document(f"{name}-small")
    wanted = [
        *(_to(one, shared, team) for one in (small, large)),
        *(_to(one, quiet, slow_team) for one in (small, large)),
    ]
    for asset in wanted:
        cluster.apply(asset)
    for asset in wanted:
        ready(cluster, asset, seconds=PATIENCE_SECONDS)

    assert not [asset.name for asset in waiting if is_ready(cluster.get(asset))], "they are slow to the end"
    for asset in waiting:
        cluster.delete(asset)


def test_a_namespaces_many_assets_are_its_own_wait(
    cluster: Cluster, cloud: MockCloud, registries: Registries
) -> None:
    """A new registry and a small asset of another namespace come before most of what waited already."""
    shared, _ = registries
    many_team, team = cluster.namespace("many"), cluster.namespace("team")
    many = [_to(a_document(f"many-{number}"), shared, many_team) for number in range(MANY)]
    for asset in many:
        cluster.apply(asset)
    for asset in many:
        ready(cluster, asset, seconds=120)
    cloud.fault(method="GET", pathRegex="prefix=many-", times=None, delaySeconds=1.5)

    for asset in many:
        cluster.annotate(asset, reconcile_at="again")
    registry = a_registry("newcomer").in_namespace(team)
    document = _to(a_document("newcomer"), shared, team)
    cluster.apply(registry)
    cluster.apply(document)
    ready(cluster, document, seconds=60)
    ready(cluster, registry, seconds=60)

    looked_at = [
        one
        for one in cluster.all("MLAsset", many_team)
        if one["status"].get("lastHandledReconcileAt") == "again"
    ]
    assert len(looked_at) < MANY / 2, "each of them takes seconds, and the others did not wait for them"


def _to(asset: AssetBuilder, registry: RegistryBuilder, namespace: str) -> AssetBuilder:
    return asset.in_namespace(namespace).of_registry(registry.name, registry.namespace)


def _are_listed(cloud: MockCloud, since: int, assets: int) -> bool:
    """Whether so many sources were looked at; what is read next stays away."""
    asked = cloud.requests(since)
    return sum("-slow" in one["path"] and "comp=list" in one["query"] for one in asked) >= assets
