"""One region fails: the others are ready, the row says what and why, and it heals without a hand."""

from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from support.clouds import ACCOUNTS, REPLICATIONS, MockCloud
from support.clusters import Cluster, condition, region
from support.events import Told
from support.manifests import Manifest, RegistryBuilder, a_registry
from support.rows import row_of

pytestmark = pytest.mark.usefixtures("operator")

REGISTRY = a_registry().in_regions("eastus", "eastus2", "westus")
ACCOUNT = "/storageAccounts/{name}westus[^/]*$"
REPLICATION = "/registries/{name}eastus[^/]*/replications/westus$"


@dataclass(frozen=True, slots=True)
class Case:
    """What Azure answers to the creation in one region, and what a user reads of it."""

    fault: dict[str, Any]
    code: str
    remedy: str
    because: str

    def fault_of(self, name: str) -> dict[str, Any]:
        """The fault for the registry of that name alone."""
        return self.fault | {"pathRegex": self.fault["pathRegex"].replace("{name}", name)}


def refused(path: str, status: int, code: str) -> dict[str, Any]:
    return {"method": "PUT", "pathRegex": path, "status": status, "errorCode": code, "times": None}


def ends_badly(path: str, code: str) -> dict[str, Any]:
    error = {"code": code, "message": "The operation did not come to its end."}
    return {"method": "PUT", "pathRegex": path, "lroError": error, "times": None}


CASES = [
    Case(
        refused(ACCOUNT, 409, "StorageAccountOperationInProgress"),
        "StorageAccountOperationInProgress",
        "tried again",
        because="a conflict that passes by itself is told and tried again",
    ),
    Case(
        refused(ACCOUNT, 403, "AuthorizationFailed"),
        "AuthorizationFailed",
        "Grant the identity Contributor",
        because="a missing right is for a person to give",
    ),
    Case(
        refused(ACCOUNT, 500, "InternalServerError"),
        "InternalServerError",
        "tried again",
        because="an outage passes by itself",
    ),
    Case(
        refused(ACCOUNT, 400, "SkuNotAvailable"),
        "SkuNotAvailable",
        "another storageAccountType",
        because="what Azure does not offer today it may offer tomorrow",
    ),
    Case(
        refused(ACCOUNT, 409, "MaxStorageAccountsCountPerSubscriptionExceeded"),
        "MaxStorageAccountsCountPerSubscriptionExceeded",
        "more quota",
        because="a quota is for a person to raise",
    ),
    Case(
        refused(ACCOUNT, 409, "SomethingNewInAzure"),
        "SomethingNewInAzure",
        "documentation",
        because="an unknown code is passed on, and tried again slowly",
    ),
    Case(
        ends_badly(ACCOUNT, "InternalServerError"),
        "InternalServerError",
        "tried again",
        because="a request that was accepted may still fail",
    ),
    Case(
        refused(REPLICATION, 403, "AuthorizationFailed"),
        "AuthorizationFailed",
        "Grant the identity Contributor",
        because="a region is an account and a replication",
    ),
    Case(
        ends_badly(REPLICATION, "InternalServerError"),
        "InternalServerError",
        "again",
        because="a failed replication has to go before it can be made again",
    ),
]


@pytest.mark.promise(13)
def test_a_region_that_fails_holds_up_no_other_and_heals_by_itself(
    cluster: Cluster, cloud: MockCloud, told: Told
) -> None:
    """Every case is a registry of its own, all side by side; no other registry is held up either."""
    cloud.settings(lroSeconds=0.3)
    registries = {f"case{number}": case for number, case in enumerate(CASES)}
    for name, case in registries.items():
        cloud.fault(**case.fault_of(name))
    manifests = [REGISTRY.named(name).manifest() for name in registries]
    cluster.apply(yaml.safe_dump_all(manifests))

    for name, case in registries.items():
        assert_told(cluster, REGISTRY.named(name), case, told)
    cloud.clear_faults()

    for name in registries:
        healed = cluster.ready(REGISTRY.named(name))
        assert healed["status"]["readyRegions"] == "3/3"
        assert "message" not in region(healed, "westus")
    made = cloud.resources(ACCOUNTS), cloud.registries(), cloud.resources(REPLICATIONS)
    homes = len(registries)  # a replicated registry lists its own region too
    assert [len(found) for found in made] == [3 * len(CASES), len(CASES), 2 * len(CASES) + homes]


def assert_told(cluster: Cluster, registry: RegistryBuilder, case: Case, told: Told) -> None:
    failed = cluster.wait(
        registry,
        lambda seen: tells(seen, case) and seen["status"]["readyRegions"] == "2/3",
        because=case.because,
    )
    assert [region(failed, other)["state"] for other in ("eastus", "eastus2")] == ["Ready", "Ready"]
    assert case.remedy in region(failed, "westus")["message"], case.because
    ready = condition(failed, "Ready")
    assert ready["status"] == "False"
    assert case.code in ready["message"]
    assert "westus" in ready["message"]
    assert "westus" in told(registry, "RegionFailed"), case.because


def tells(seen: Manifest, case: Case) -> bool:
    row = region(seen, "westus")
    return row.get("state") == "Failed" and case.code in row.get("message", "")


@pytest.mark.promise(13)
def test_a_primary_that_fails_is_told_and_the_replicas_accounts_are_made(
    cluster: Cluster, cloud: MockCloud
) -> None:
    cloud.fault(**refused("/registries/[^/]+$", 403, "AuthorizationFailed"))
    cluster.apply(REGISTRY)

    failed = cluster.wait(
        REGISTRY,
        lambda seen: region(seen, "eastus").get("state") == "Failed" and len(cloud.accounts()) == 3,
        because="accounts do not wait for the container registry",
    )
    assert "AuthorizationFailed" in region(failed, "eastus")["message"]
    waiting = cluster.wait(
        REGISTRY,
        lambda seen: "container registry" in region(seen, "westus").get("message", ""),
        because="a replication waits for its registry and says so",
    )
    assert condition(waiting, "Ready")["status"] == "False"

    cloud.clear_faults()
    cluster.ready(REGISTRY)


@pytest.mark.promise(13)
def test_a_policy_that_denies_is_named_and_obeyed(cluster: Cluster, cloud: MockCloud) -> None:
    cloud.settings(
        policyDenials=[{"pathRegex": "/storageAccounts/registrwestus", "name": "no-storage-in-westus"}]
    )
    cluster.apply(REGISTRY)

    stalled = cluster.wait(
        REGISTRY, lambda seen: condition(seen, "Stalled"), because="a policy needs a person"
    )
    assert condition(stalled, "Stalled")["reason"] == "PolicyDenied"
    row = region(stalled, "westus")
    assert "RequestDisallowedByPolicy" in row["message"]
    assert "no-storage-in-westus" in row["message"]

    cloud.settings(policyDenials=[])
    cluster.ready(REGISTRY)


@pytest.mark.promise(12)
def test_an_outage_of_a_ready_region_degrades_that_region_alone(cluster: Cluster, cloud: MockCloud) -> None:
    cluster.apply(REGISTRY)
    before = cluster.ready(REGISTRY)
    cloud.region("westus", available=False)

    cluster.look_now(REGISTRY)
    degraded = cluster.wait(
        REGISTRY,
        lambda seen: region(seen, "westus")["state"] == "Degraded",
        because="a region that was ready and cannot be reached is degraded",
    )
    assert [region(degraded, other)["state"] for other in ("eastus", "eastus2")] == ["Ready", "Ready"]
    assert condition(degraded, "Ready")["status"] == "False"
    assert "ServiceUnavailable" in region(degraded, "westus")["message"]
    kept = region(before, "westus")["storageAccount"]
    assert region(degraded, "westus")["storageAccount"] == kept, "what is known of it is not forgotten"

    with cloud.silence(because="nothing was lost in the outage"):
        cloud.region("westus", available=True)
        healed = cluster.ready(REGISTRY)
    assert row_of(healed, "westus") == row_of(before, "westus")
