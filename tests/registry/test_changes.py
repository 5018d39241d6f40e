"""An edit costs the calls that it needs, and no others."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready, region
from support.events import Told
from support.manifests import RegistryBuilder, a_registry

pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture
def registry(cluster: Cluster) -> RegistryBuilder:
    """A registry in two regions, ready."""
    builder = a_registry().in_regions("eastus", "westus").with_tags(team="ml", stage="dev")
    cluster.apply(builder)
    cluster.ready(builder)
    return builder


@pytest.mark.promise(1)
def test_a_region_that_is_added_makes_only_that_regions_calls(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    before = cloud.last_request()

    cluster.apply(registry.in_regions("eastus", "westus", "northeurope"))
    ready = cluster.ready(registry)

    account = region(ready, "northeurope")["storageAccount"]["id"]
    replication = cloud.replications()["northeurope"]["id"]
    assert cloud.writes_per_resource(before) == {account.lower(): 1, replication.lower(): 1}
    assert {entry["method"] for entry in cloud.arm_writes(before)} == {"PUT"}
    assert ready["status"]["readyRegions"] == "3/3"


@pytest.mark.promise(1)
def test_changed_tags_are_updates_of_what_is_there(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    before = cloud.last_request()
    resources = [*cloud.accounts().values(), *cloud.registries(), *cloud.replications().values()]
    cloud.patch_resource(resources[0]["id"], {"tags": {"theirs": "stays"}})

    cluster.apply(registry.with_tags(team="platform", owner="ada"))
    cluster.ready(registry)

    assert cloud.writes_per_resource(before) == {one["id"].lower(): 1 for one in resources}
    assert {entry["method"] for entry in cloud.arm_writes(before)} == {"PATCH"}
    for one in resources:
        tags = (cloud.resource(one["id"]) or {})["tags"]
        assert tags["team"] == "platform"
        assert tags["owner"] == "ada"
        assert "stage" not in tags, "a tag that leaves the spec leaves Azure"
    assert (cloud.resource(resources[0]["id"]) or {})["tags"]["theirs"] == "stays"


@pytest.mark.promise(1)
def test_redundancy_changes_in_place(cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder) -> None:
    before = cloud.last_request()

    cluster.apply(registry.with_storage("westus", account_type="Standard_GRS"))
    ready = cluster.ready(registry)

    account = cloud.accounts()["westus"]
    assert account["sku"]["name"] == "Standard_GRS"
    assert [(entry["method"], entry["path"]) for entry in cloud.arm_writes(before)] == [
        ("PATCH", account["id"])
    ]
    assert region(ready, "westus")["storageAccount"]["type"] == "Standard_GRS"


@pytest.mark.promise(2)
def test_an_edit_that_asks_nothing_of_azure_writes_nothing_there(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    with cloud.silence(because="a description lies in Kubernetes only"):
        edited = cluster.apply(registry.with_spec(description="The same registry, better described"))
        ready = cluster.wait(registry, is_ready, because="an edit is observed")

    assert ready["status"]["observedGeneration"] == edited["metadata"]["generation"]


@pytest.mark.promise(9)
def test_a_region_that_leaves_keeps_its_account_and_finds_it_again(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, told: Told
) -> None:
    account = cloud.accounts()["westus"]["id"]
    before = cloud.last_request()

    cluster.apply(registry.in_regions("eastus"))
    left = cluster.ready(registry)

    assert [entry["method"] for entry in cloud.arm_writes(before)] == ["DELETE"]
    assert not cloud.replications()
    assert cloud.accounts().keys() == {"eastus", "westus"}
    assert [entry["id"] for entry in left["status"]["retained"]] == [account]
    assert account in told(registry, "Retained")

    before = cloud.last_request()
    cluster.apply(registry)
    back = cluster.ready(registry)

    assert list(cloud.writes_per_resource(before)) == [cloud.replications()["westus"]["id"].lower()]
    assert "retained" not in back["status"]


@pytest.mark.promise(9)
def test_a_region_that_leaves_takes_its_account_along_only_when_asked_to(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    account, replication = cloud.accounts()["westus"]["id"], cloud.replications()["westus"]["id"]
    before = cloud.last_request()

    cluster.apply(registry.in_regions("eastus").with_spec(regionRemovalPolicy="Delete"))
    cluster.wait(
        registry,
        lambda seen: is_ready(seen) and not region(seen, "westus"),
        because="a region that is gone has no row",
    )

    deletions = [entry for entry in cloud.arm_writes(before) if entry["method"] == "DELETE"]
    assert [entry["path"] for entry in deletions] == [replication, account]
    assert cloud.accounts().keys() == {"eastus"}


@pytest.mark.promise(1)
def test_what_somebody_deletes_by_hand_is_made_again(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    account = cloud.accounts()["westus"]["id"]
    before = cloud.last_request()
    cloud.delete_resource(account)

    cluster.look_now(registry)
    cluster.ready(registry)

    assert cloud.writes_per_resource(before) == {account.lower(): 1}
    assert cloud.accounts().keys() == {"eastus", "westus"}


@pytest.mark.promise(1)
def test_what_somebody_changes_by_hand_is_put_right(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    account = cloud.accounts()["westus"]["id"]
    before = cloud.last_request()
    cloud.patch_resource(
        account, {"properties": {"allowSharedKeyAccess": True, "minimumTlsVersion": "TLS1_0"}}
    )

    cluster.look_now(registry)
    cluster.ready(registry)

    (write,) = cloud.arm_writes(before)
    assert (write["method"], write["path"]) == ("PATCH", account)
    properties = (cloud.resource(account) or {})["properties"]
    assert properties["allowSharedKeyAccess"] is False
    assert properties["minimumTlsVersion"] == "TLS1_2"


@pytest.mark.promise(7)
def test_a_retained_account_with_other_fixed_settings_is_never_made_to_fit(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    cluster.apply(registry.in_regions("eastus"))
    cluster.ready(registry)
    (kept,) = cluster.get(registry)["status"]["retained"]
    cluster.patch(
        registry, {"status": {"retained": [kept | {"hns": None, "type": None}]}}, subresource="status"
    )
    before = cloud.last_request()

    cluster.apply(registry.with_storage("westus", hns=True))
    stalled = cluster.wait(
        registry,
        lambda seen: condition(seen, "Stalled") and cloud.replications(),
        because="an account that was left behind keeps its hierarchical namespace",
    )

    assert condition(stalled, "Stalled")["reason"] == "RetainedAccountDiffers"
    assert list(cloud.writes_per_resource(before)) == [cloud.replications()["westus"]["id"].lower()]
    row = region(stalled, "westus")
    assert row["state"] == "Failed"
    assert "storageAccountHns false where the spec has true" in row["message"]
    assert kept["id"].rpartition("/")[2] in row["message"]


@pytest.mark.promise(9)
def test_a_replication_is_made_again_only_once_azure_has_forgotten_the_old_one(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    target, before = cloud.replications()["westus"]["id"], cloud.last_request()
    cloud.settings(lroSeconds=1)

    cluster.apply(registry.in_regions("eastus"))
    cluster.wait(
        registry, lambda _: not cloud.replications(), because="the replication of a region that left goes"
    )
    seen = cluster.apply(registry)
    ready = cluster.ready(registry)

    entries = [one for one in cloud.requests(before) if one["path"].lower() == target.lower()]
    asked = [f"{one['method']} {one['status']}" for one in entries]
    deleted = next(index for index, one in enumerate(asked) if one.startswith("DELETE"))
    made = next(index for index, one in enumerate(asked) if one.startswith("PUT"))
    assert asked[deleted + 1 : made].count("GET 404") >= 5
    assert "GET 404" in asked[made - 1]
    assert region(ready, "westus")["state"] == "Ready"
    assert seen["metadata"]["generation"] == ready["status"]["observedGeneration"]


@contextmanager
def asked_for_looks(cluster: Cluster, registry: RegistryBuilder) -> Iterator[None]:
    """Somebody asks for a look again and again, sooner than a pass can end."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            cluster.annotate(registry, reconcile_at=secrets.token_hex(4))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.promise(1)
def test_whoever_never_stops_asking_for_looks_is_told_all_the_same(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    cloud.settings(latencySeconds=0.1)
    with asked_for_looks(cluster, registry):
        cluster.apply(registry.in_regions("eastus", "westus", "northeurope"))

        assert cluster.ready(registry)["status"]["readyRegions"] == "3/3"
