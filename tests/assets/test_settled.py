"""What is settled stays settled: looks without end, and no write to Azure, to a blob or to Kubernetes."""

import time
from collections import Counter

import pytest
from support.assets import REGIONS, a_document, ready
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster
from support.manifests import AssetBuilder, RegistryBuilder
from support.shelves import Shelves

from hack.controlplane.processes import Deadline
from hack.world.operators import OperatorProcess

MANY = 100
LOOKS = 2
READS = 2  # of one region for one look: a list, and the commit mark
RESYNC = "5s"


@pytest.fixture(scope="module")
def settled(module_cluster: Cluster, registry: RegistryBuilder) -> list[AssetBuilder]:
    return [a_document(f"settled-{number}").annotated(resync_interval=RESYNC) for number in range(MANY)]


def looks(cloud: MockCloud, account: str, mark: int) -> Counter[str]:
    """How often each version was looked at in one account, by its folder."""
    return Counter(entry["query"] for entry in cloud.requests(mark) if entry["path"] == f"/{account}/data")


@pytest.mark.promise(2)
@pytest.mark.promise(15)
def test_a_hundred_settled_assets_are_looked_at_again_and_again_and_nothing_is_written(
    cluster: Cluster,
    shelves: Shelves,
    audit: AuditLog,
    operator: OperatorProcess,
    settled: list[AssetBuilder],
) -> None:
    cloud = shelves.cloud
    for asset in settled:
        cluster.create(asset.manifest())
    for asset in settled:
        ready(cluster, asset)
    wait_for_counts(cluster)
    account = shelves.accounts("registry")["westus"]
    wait_for_looks(
        cloud, account, cloud.last_request(), 1
    )  # events of what was written last are told by then
    mark, quiet = cloud.last_request(), audit.from_here()

    wait_for_looks(cloud, account, mark, LOOKS)

    requests = cloud.requests(mark)
    assert quiet.writes() == []
    assert {entry["method"] for entry in requests} == {"GET"}
    assert cloud.arm_requests(mark) == [], "an asset asks nothing of Resource Manager"
    most = sum(looks(cloud, account, mark).values()) + MANY
    assert len(requests) <= most * len(REGIONS) * READS
    assert operator.runs


def wait_for_looks(cloud: MockCloud, account: str, mark: int, count: int) -> None:
    """Wait until every version was looked at so often."""
    deadline = Deadline(60)
    while len(found := looks(cloud, account, mark)) < MANY or min(found.values()) < count:
        assert not deadline.passed, "a resync is due every few seconds"
        time.sleep(0.1)


def wait_for_counts(cluster: Cluster) -> None:
    """The registry has told how many assets it has, and where: it has no more to write."""
    registry = {"kind": "MLRegistry", "metadata": {"name": "registry", "namespace": "default"}}
    cluster.wait(
        registry,
        lambda seen: {row.get("assets") for row in seen["status"]["regions"]} == {f"{MANY}/{MANY}"},
        because="the registry counts its assets",
    )
