"""What is settled stays settled: whatever is lost or repeated, nothing is written where nothing differs."""

from collections.abc import Callable

import pytest
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster, is_ready
from support.manifests import RegistryBuilder, a_registry
from support.rows import infrastructure

from hack.world.operators import OperatorProcess

ECHO = ("patch", "mlregistries/status")
FINALIZERS = "the operator puts its finalizer back, or the object could go without it"


@pytest.fixture
def settled(cluster: Cluster, operator: OperatorProcess) -> RegistryBuilder:
    """A registry in three regions, ready, of an operator that runs."""
    assert operator.runs
    builder = a_registry().in_regions("eastus", "eastus2", "westus").with_tags(team="ml")
    cluster.apply(builder)
    cluster.ready(builder)
    cluster.wait(builder, lambda seen: "assets" in seen["status"], because="its assets are counted too")
    return builder


def applied_again(cluster: Cluster, registry: RegistryBuilder) -> None:
    cluster.apply(registry)


def replaced(cluster: Cluster, registry: RegistryBuilder) -> None:
    cluster.replace(registry)
    back = cluster.wait(registry, lambda seen: seen["metadata"].get("finalizers"), because=FINALIZERS)
    assert "annotations" not in back["metadata"]


def metadata_wiped(cluster: Cluster, registry: RegistryBuilder) -> None:
    cluster.patch(registry, {"metadata": {"annotations": None, "labels": None, "finalizers": None}})
    cluster.wait(registry, lambda seen: seen["metadata"].get("finalizers"), because=FINALIZERS)


def status_wiped(cluster: Cluster, registry: RegistryBuilder) -> None:
    wiped = cluster.patch(registry, {"status": None}, subresource="status")
    assert wiped["status"] == {"observedGeneration": -1}


@pytest.mark.promise(3)
@pytest.mark.parametrize("loss", [applied_again, replaced, metadata_wiped, status_wiped])
def test_no_loss_in_kubernetes_makes_a_write_in_azure(
    cluster: Cluster,
    cloud: MockCloud,
    settled: RegistryBuilder,
    loss: Callable[[Cluster, RegistryBuilder], None],
) -> None:
    before = cluster.get(settled)

    with cloud.silence(because=f"{loss.__name__}: nothing differs in Azure"):
        loss(cluster, settled)
        looked = cluster.look_now(settled)

    assert is_ready(looked)
    assert infrastructure(looked) == infrastructure(before)
    assert looked["status"]["containerRegistry"] == before["status"]["containerRegistry"]


@pytest.mark.promise(3)
@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_restart_writes_nothing_anywhere(
    cluster: Cluster,
    cloud: MockCloud,
    audit: AuditLog,
    operator: OperatorProcess,
    settled: RegistryBuilder,
    *,
    kill: bool,
) -> None:
    before, quiet = cluster.get(settled), audit.from_here()

    with cloud.silence(because="after a restart nothing differs"):
        operator.restart(kill=kill)
        looked = cluster.look_now(settled)

    assert [(write.verb, write.resource) for write in quiet.writes()] == [ECHO]
    handled = {"lastHandledReconcileAt": looked["status"]["lastHandledReconcileAt"]}
    assert looked["status"] == before["status"] | handled


@pytest.mark.promise(3)
def test_a_restart_without_a_status_finds_everything_again(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, settled: RegistryBuilder
) -> None:
    before = cluster.get(settled)
    operator.stop()
    cluster.patch(settled, {"status": None}, subresource="status")

    with cloud.silence(because="names are computed, not remembered"):
        operator.start()
        ready = cluster.ready(settled)

    assert infrastructure(ready) == infrastructure(before)


@pytest.mark.promise(2)
def test_a_look_at_what_is_settled_costs_three_reads_a_region_and_one_echo(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, settled: RegistryBuilder
) -> None:
    mark, quiet = cloud.last_request(), audit.from_here()

    cluster.look_now(settled)

    requests = cloud.arm_requests(mark)
    assert requests
    assert {entry["method"] for entry in requests} == {"GET"}
    assert len(requests) <= 3 * 3
    assert [(write.verb, write.resource) for write in quiet.writes()] == [ECHO]


@pytest.mark.promise(15)
def test_a_resync_of_what_is_settled_reads_little_and_writes_nothing(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, settled: RegistryBuilder
) -> None:
    cluster.annotate(settled, resync_interval="1s")
    cluster.look_now(settled)
    mark, quiet = cloud.last_request(), audit.from_here()

    def listings() -> int:
        return sum(entry["path"].endswith("/replications") for entry in cloud.arm_requests(mark))

    cluster.wait(settled, lambda _: listings() >= 3, because="a resync is due every second")

    passes = listings()
    reads = cloud.arm_requests(mark)
    assert {entry["method"] for entry in reads} == {"GET"}
    assert len(reads) <= 3 * 3 * (passes + 1)
    assert quiet.writes() == []


@pytest.mark.promise(2)
def test_another_spelling_of_azures_words_is_no_difference(
    cluster: Cluster, cloud: MockCloud, settled: RegistryBuilder
) -> None:
    """Azure compares its words without case, names regions in two ways, and has answered in either."""
    for account in cloud.accounts().values():
        told = {
            "publicNetworkAccess": "enabled",
            "provisioningState": "succeeded",
            "minimumTlsVersion": "tls1_2",
        }
        words = {"sku": {"name": account["sku"]["name"].lower()}, "kind": account["kind"].upper()}
        cloud.patch_resource(
            account["id"], {**words, "location": account["location"].upper(), "properties": told}
        )
    (images,) = cloud.registries()
    told = {"publicNetworkAccess": "ENABLED", "provisioningState": "succeeded"}
    cloud.patch_resource(
        images["id"], {"sku": {"name": "premium"}, "location": "East US", "properties": told}
    )
    before = cloud.last_request()

    seen = cluster.look_now(settled)

    assert is_ready(seen)
    assert cloud.arm_writes(before) == []
    assert "drift" not in seen["status"]
