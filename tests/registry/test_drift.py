"""What somebody else changes in Azure is seen, put right, and told field by field."""

import pytest
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster, is_ready
from support.events import Told
from support.manifests import Manifest, a_registry

from hack.world.operators import OperatorProcess

REGISTRY = a_registry().in_regions("eastus", "westus").with_tags(team="ml")


def drift(seen: Manifest) -> dict[str, Manifest]:
    """What status tells, by field."""
    return {entry["field"]: entry for entry in seen["status"].get("drift", [])}


@pytest.fixture
def settled(cluster: Cluster, operator: OperatorProcess) -> Manifest:
    assert operator.runs
    cluster.apply(REGISTRY)
    ready = cluster.ready(REGISTRY)
    assert "drift" not in ready["status"], "what is made is no drift"
    return ready


def corrected(seen: Manifest) -> bool:
    found = drift(seen).values()
    return bool(found) and all(entry["corrected"] for entry in found) and is_ready(seen)


@pytest.mark.promise(2)
@pytest.mark.usefixtures("settled")
def test_a_resync_finds_what_was_changed_corrects_it_and_says_which_fields(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, operator: OperatorProcess, told: Told
) -> None:
    account = cloud.accounts()["westus"]
    cloud.patch_resource(
        account["id"],
        {
            "properties": {"allowBlobPublicAccess": True, "largeFileSharesState": "Enabled"},
            "tags": {"team": None, "theirs": "stays"},
        },
    )
    mark = cloud.last_request()

    cluster.annotate(REGISTRY, resync_interval="1s")
    seen = cluster.wait(REGISTRY, corrected, because="a resync is due every second")

    assert {field: entry["observed"] for field, entry in drift(seen).items()} == {
        "allowBlobPublicAccess": "true",
        "tags[team]": "absent",
    }
    assert {entry["target"] for entry in drift(seen).values()} == {account["id"]}
    assert [entry["method"] for entry in cloud.arm_writes(mark)] == ["PATCH"]
    mended = cloud.resource(account["id"]) or {}
    assert mended["properties"]["allowBlobPublicAccess"] is False
    assert mended["tags"]["team"] == "ml"
    assert mended["tags"]["theirs"] == "stays"
    assert told(REGISTRY, "Drifted").count("\n") == 0, "one event for one look"
    assert "allowBlobPublicAccess is true and should be false" in told(REGISTRY, "Drifted")
    metrics = operator.metrics()
    assert 'mlregistry_drift_total{field="allowBlobPublicAccess",resource="storageAccounts"} 1.0' in metrics
    assert 'mlregistry_drift_total{field="tags",resource="storageAccounts"} 1.0' in metrics

    quiet, looked = audit.from_here(), cloud.last_request()
    cluster.wait(REGISTRY, lambda _: len(cloud.arm_requests(looked)) > 8, because="it is looked at again")
    assert cloud.arm_writes(looked) == []
    assert quiet.writes() == []


@pytest.mark.promise(3)
@pytest.mark.usefixtures("settled")
def test_what_was_deleted_while_the_operator_was_down_is_made_again_and_told(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    operator.stop()
    account, replication = cloud.accounts()["westus"]["id"], cloud.replications()["westus"]["id"]
    cloud.delete_resource(account)
    cloud.delete_resource(replication)
    operator.start()

    seen = cluster.wait(REGISTRY, corrected, because="status says that it was there")

    entries = seen["status"]["drift"]
    assert {entry["target"] for entry in entries} == {account, replication}
    assert {(entry["field"], entry["observed"]) for entry in entries} == {("exists", "false")}
    assert set(cloud.accounts()) == {"eastus", "westus"}
    assert set(cloud.replications()) == {"westus"}


@pytest.mark.promise(8)
@pytest.mark.usefixtures("settled")
def test_what_only_observes_tells_drift_and_touches_nothing(cluster: Cluster, cloud: MockCloud) -> None:
    observing = REGISTRY.with_spec(managementPolicy="ObserveOnly")
    cluster.apply(observing)
    cluster.wait(observing, is_ready, because="nothing differs")

    with cloud.silence(because="ObserveOnly reads"):
        account = cloud.accounts()["eastus"]["id"]
        cloud.patch_resource(account, {"properties": {"minimumTlsVersion": "TLS1_0"}})
        seen = cluster.look_now(observing)

    entry = drift(seen)["minimumTlsVersion"]
    assert (entry["desired"], entry["observed"], entry["corrected"]) == ("TLS1_2", "TLS1_0", False)
    assert [step["target"] for step in seen["status"]["plan"]] == [account]


@pytest.mark.usefixtures("settled")
def test_an_edit_is_no_drift(cluster: Cluster) -> None:
    edited = REGISTRY.with_tags(team="other").in_regions("eastus", "westus", "northeurope")
    cluster.apply(edited)

    assert "drift" not in cluster.ready(edited)["status"]
