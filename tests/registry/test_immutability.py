"""`spec.immutability`: Azure itself keeps published blobs, and what that means for a deletion is told."""

from collections.abc import Iterator

import pytest
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready
from support.manifests import Manifest, RegistryBuilder, a_registry, an_asset

from hack.world.operators import OperatorProcess
from mockcloud import defaults

SCOPE = f"/subscriptions/{defaults.SUBSCRIPTION_ID}"
CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
NAMES = {"components", "data", "environments", "models"}
ROLES = ("Contributor", "Storage Blob Data Contributor", "Storage Blob Delegator")
REGIONS = ("eastus", "eastus2", "westus")
KEPT = a_registry().in_regions(*REGIONS).with_spec(immutability={"retentionDays": 30})

pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture(autouse=True)
def rights(cloud: MockCloud, cluster: Cluster) -> Iterator[None]:
    """The operator may write blobs; no asset of this module outlives its test."""
    mine = [{"role": role, "scope": SCOPE} for role in ROLES]
    cloud.principals([one | {"roles": mine} for one in cloud.principals()])
    yield
    cluster.empty(["MLAsset"])


def policies(cloud: MockCloud) -> dict[str, tuple[int, str]]:
    """Days and state of the retention of every container, by account and name."""
    found = {}
    for one in cloud.resources(CONTAINERS):
        said = (one["properties"].get("immutabilityPolicy") or {}).get("properties")
        if said:
            place = f"{one['id'].split('/')[8]}/{one['name']}"
            found[place] = (said["immutabilityPeriodSinceCreationInDays"], said["state"])
    return found


def container(cloud: MockCloud, location: str, name: str) -> str:
    return f"{cloud.accounts()[location]['id']}/blobServices/default/containers/{name}"


def ready(cluster: Cluster, registry: RegistryBuilder) -> Manifest:
    cluster.apply(registry)
    cluster.ready(registry)
    return cluster.wait(registry, lambda seen: "assets" in seen["status"], because="assets are counted too")


@pytest.mark.promise(15)
def test_every_asset_container_of_every_region_has_its_policy_and_each_is_written_once(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, operator: OperatorProcess
) -> None:
    seen = ready(cluster, KEPT)

    accounts = {one["name"] for one in cloud.accounts().values()}
    assert policies(cloud) == {
        f"{account}/{name}": (30, "Unlocked") for account in accounts for name in NAMES
    }
    assert condition(seen, "StorageReady")["status"] == "True"
    assert all(count == 1 for count in cloud.writes_per_resource().values()), "side by side they are refused"

    operator.restart()
    cluster.look_now(KEPT)
    mark, quiet = cloud.last_request(), audit.from_here()
    cluster.look_now(KEPT)
    requests = cloud.arm_requests(mark)
    assert {one["method"] for one in requests} == {"GET"}
    assert len(requests) <= 3 * 3 + 5 * 3, "a list for each region, and its four policies"
    assert [(write.verb, write.resource) for write in quiet.writes()] == [("patch", "mlregistries/status")]


def test_without_immutability_nothing_is_kept(cluster: Cluster, cloud: MockCloud) -> None:
    ready(cluster, a_registry())

    assert cloud.resources(CONTAINERS) == []


def test_retention_grows(cluster: Cluster, cloud: MockCloud) -> None:
    one = a_registry().with_spec(immutability={"retentionDays": 1})
    ready(cluster, one)
    policy = {"properties": {"immutabilityPolicy": {"properties": {"state": "Locked"}}}}
    cloud.patch_resource(container(cloud, "eastus", "models"), policy)

    ready(cluster, one.with_spec(immutability={"retentionDays": 7}))

    found = {place.rpartition("/")[2]: said for place, said in policies(cloud).items()}
    assert found == {"models": (7, "Locked")} | dict.fromkeys(NAMES - {"models"}, (7, "Unlocked"))


@pytest.mark.promise(2)
def test_a_policy_that_was_changed_by_hand_is_put_right_and_told(cluster: Cluster, cloud: MockCloud) -> None:
    ready(cluster, KEPT)
    gone, shorter = container(cloud, "westus", "models"), container(cloud, "eastus", "data")
    cloud.patch_resource(gone, {"properties": {"immutabilityPolicy": None}})
    days = {"immutabilityPolicy": {"properties": {"immutabilityPeriodSinceCreationInDays": 2}}}
    cloud.patch_resource(shorter, {"properties": days})

    cluster.look_now(KEPT)
    seen = cluster.wait(
        KEPT,
        lambda seen: (
            is_ready(seen)
            and seen["status"].get("drift")
            and {*policies(cloud).values()} == {(30, "Unlocked")}
        ),
        because="what is declared is put right",
    )

    told = {
        one["target"]: (one["field"], one["observed"], one["corrected"]) for one in seen["status"]["drift"]
    }
    assert told == {
        f"{gone}/immutabilityPolicies/default": ("immutability.retentionDays", "absent", True),
        f"{shorter}/immutabilityPolicies/default": ("immutability.retentionDays", "2", True),
    }


@pytest.mark.promise(8)
def test_what_only_observes_plans_the_retention_and_touches_nothing(
    cluster: Cluster, cloud: MockCloud
) -> None:
    one = a_registry()
    ready(cluster, one)

    with cloud.silence(because="ObserveOnly reads"):
        observing = one.with_spec(managementPolicy="ObserveOnly", immutability={"retentionDays": 1})
        cluster.apply(observing)
        planned = cluster.wait(observing, lambda seen: seen["status"].get("plan"), because="it is planned")

    steps = sorted(step["action"] for step in planned["status"]["plan"])
    assert steps == ["CreateContainer"] * 4 + ["UpdateRetentionPolicy"] * 4


@pytest.mark.promise(11)
@pytest.mark.promise(13)
def test_a_version_is_published_under_retention_and_its_deletion_waits_and_says_so(
    cluster: Cluster, cloud: MockCloud
) -> None:
    ready(cluster, KEPT)
    asset = an_asset().with_spec(deletionPolicy="Delete")
    cluster.apply(asset)
    published = cluster.ready(asset)
    assert published["status"]["readyRegions"] == "3/3"
    before = {place: cloud.blobs(one["name"]) for place, one in cloud.accounts().items()}

    cluster.delete(asset)
    waiting = cluster.wait(
        asset,
        lambda seen: condition(seen, "Ready").get("reason") == "RetentionActive",
        because="Azure keeps the blobs",
    )

    message = condition(waiting, "Ready")["message"]
    assert "BlobImmutableDueToPolicy" in message
    assert "spec.immutability.retentionDays" in message
    assert 'mlregistry.io/force-detach: "true"' in message
    for place, one in cloud.accounts().items():
        now = {blob["name"] for blob in cloud.blobs(one["name"])}
        assert now >= {blob["name"] for blob in before[place]}, "nothing of the version is lost"

    cluster.annotate(asset, force_detach="true")
    cluster.gone(asset, because="the way out")


@pytest.mark.promise(10)
@pytest.mark.promise(13)
def test_a_registry_under_retention_goes_once_nothing_in_it_is_kept(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry().with_spec(immutability={"retentionDays": 30}).deleted_with_its_data()
    ready(cluster, registry)
    account = cloud.accounts()["eastus"]["name"]
    cloud.put_blob(account, "models", "taxi/1/files/a", b"kept")

    cluster.annotate(registry, confirm_delete="registry")
    cluster.delete(registry)
    waiting = cluster.wait(
        registry,
        lambda seen: condition(seen, "Ready").get("reason") == "RetentionActive",
        because="Azure keeps the account",
    )
    message = condition(waiting, "Ready")["message"]
    assert "AccountProtectedFromDeletion" in message
    assert account in message
    assert 'mlregistry.io/force-detach: "true"' in message
    assert condition(waiting, "Stalled")

    cloud.delete_resource(container(cloud, "eastus", "models"))
    cluster.gone(registry, because="nothing is kept any more, and it goes on by itself")
    assert cloud.accounts() == {}


@pytest.mark.promise(10)
def test_a_registry_under_retention_without_blobs_is_deleted(cluster: Cluster, cloud: MockCloud) -> None:
    registry = KEPT.deleted_with_its_data()
    ready(cluster, registry)

    cluster.delete(registry)

    cluster.gone(registry, because="empty containers keep nothing")
    assert cloud.accounts() == {}
