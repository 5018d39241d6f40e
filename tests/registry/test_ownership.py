"""Whose a resource is: a stranger's is left alone, a name that is taken is passed over, ours is found."""

import pytest
from support.clouds import ACCOUNTS, GROUP, REGISTRIES, MockCloud
from support.clusters import Cluster, condition, region
from support.events import Told
from support.manifests import RESOURCE_GROUP, RegistryBuilder, a_registry
from support.rows import infrastructure

from hack.world.operators import OperatorProcess
from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.naming import container_registry_names, storage_account_names
from mockcloud import defaults

REGISTRY = a_registry().in_regions("eastus", "westus")
OUR_GROUP = ResourceGroup(defaults.SUBSCRIPTION_ID, RESOURCE_GROUP)
ACCOUNT_NAMES = storage_account_names(OUR_GROUP, REGISTRY.name, "westus")
REGISTRY_NAMES = container_registry_names(OUR_GROUP, REGISTRY.name, "eastus")
SOMEWHERE_ELSE = "/subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/theirs/providers"


def held_back(cluster: Cluster, registry: RegistryBuilder, reason: str) -> str:
    """Wait until the registry is stalled for that reason; what it says."""
    stalled = cluster.wait(
        registry,
        lambda seen: condition(seen, "Stalled").get("reason") == reason,
        because=f"{reason} needs a person",
    )
    message: str = condition(stalled, "Stalled")["message"]
    return message


@pytest.mark.promise(8)
@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    ("theirs", "kind", "location"),
    [
        pytest.param(ACCOUNT_NAMES[0], ACCOUNTS, "westus", id="account"),
        pytest.param(REGISTRY_NAMES[0], REGISTRIES, "eastus", id="registry"),
    ],
)
def test_a_strangers_resource_is_left_alone_until_it_is_adopted(
    cluster: Cluster, cloud: MockCloud, theirs: str, kind: str, location: str
) -> None:
    target = f"{GROUP}/providers/{kind}/{theirs}"
    planted = cloud.put_resource(target, {"location": location, "tags": {"theirs": "stays"}})

    cluster.apply(REGISTRY)
    message = held_back(cluster, REGISTRY, "NotOwned")

    assert target in message
    assert "mlregistry.io/adopt" in message
    assert cloud.resource(target) == planted
    assert target.lower() not in cloud.writes_per_resource()
    assert region(cluster.get(REGISTRY), location)["state"] == "Failed"

    before = cloud.last_request()
    cluster.annotate(REGISTRY, adopt=target)
    ready = cluster.ready(REGISTRY)

    on_it = [entry["method"] for entry in cloud.arm_writes(before) if entry["path"] == target]
    assert on_it == ["PATCH"]
    tags = (cloud.resource(target) or {})["tags"]
    assert tags["theirs"] == "stays"
    assert tags["mlregistry-registry"] == REGISTRY.name
    assert ready["status"]["readyRegions"] == "2/2"
    part = "StorageReady" if kind == ACCOUNTS else "ContainerRegistryReady"
    assert target in condition(ready, part)["message"]

    cluster.annotate(REGISTRY, adopt=None)
    with cloud.silence(because="the tag says now whose it is"):
        cluster.look_now(REGISTRY)
        cluster.ready(REGISTRY)


@pytest.mark.promise(8)
def test_two_objects_that_claim_one_registry_do_not_fight(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    first = a_registry("first").with_spec(registryName="Shared").with_tags(whose="first")
    second = a_registry("second").with_spec(registryName="shared").with_tags(whose="second")
    cluster.apply(first)
    cluster.ready(first)

    with cloud.silence(because="what the first has made is not the second's"):
        operator.stop()  # or admission would have refused it
        cluster.apply(second)
        operator.start()
        message = held_back(cluster, second, "NameConflict")
        cluster.look_now(first)
    assert "MLRegistry default/first has this name" in message

    cluster.ready(first)
    assert {account["tags"]["whose"] for account in cloud.accounts().values()} == {"first"}


@pytest.mark.promise(4)
def test_a_name_that_is_taken_elsewhere_is_passed_over_and_the_next_is_found_again(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    cloud.put_resource(f"{SOMEWHERE_ELSE}/{ACCOUNTS}/{ACCOUNT_NAMES[0]}", {"location": "westus"})
    cloud.put_resource(f"{SOMEWHERE_ELSE}/{ACCOUNTS}/{ACCOUNT_NAMES[1]}", {"location": "westus"})
    cloud.put_resource(f"{SOMEWHERE_ELSE}/{REGISTRIES}/{REGISTRY_NAMES[0]}", {"location": "eastus"})

    cluster.apply(REGISTRY)
    ready = cluster.ready(REGISTRY)

    assert region(ready, "westus")["storageAccount"]["name"] == ACCOUNT_NAMES[2]
    assert ready["status"]["containerRegistry"]["name"] == REGISTRY_NAMES[1]
    assert cloud.resource(f"{GROUP}/providers/{ACCOUNTS}/{ACCOUNT_NAMES[2]}") is not None

    with cloud.silence(because="a lost status walks the sequence again and finds the tags"):
        operator.stop()
        cluster.patch(REGISTRY, {"status": None}, subresource="status")
        operator.start()
        again = cluster.ready(REGISTRY)
    assert infrastructure(again) == infrastructure(ready)
    assert again["status"]["containerRegistry"] == ready["status"]["containerRegistry"]

    before = cloud.last_request()
    cluster.look_now(REGISTRY)
    assert len(cloud.arm_requests(before)) <= 4, "the name that was found is a hint: no other is asked for"


@pytest.mark.promise(13)
@pytest.mark.usefixtures("operator")
def test_when_every_name_is_taken_a_person_is_asked_for_another(cluster: Cluster, cloud: MockCloud) -> None:
    for name in ACCOUNT_NAMES:
        cloud.put_resource(f"{SOMEWHERE_ELSE}/{ACCOUNTS}/{name}", {"location": "westus"})

    cluster.apply(REGISTRY)
    message = held_back(cluster, REGISTRY, "NameConflict")

    assert ACCOUNT_NAMES[-1] in message
    assert "registryName" in message
    assert region(cluster.get(REGISTRY), "eastus")["state"] == "Ready"
    cloud.delete_resource(f"{SOMEWHERE_ELSE}/{ACCOUNTS}/{ACCOUNT_NAMES[-1]}")
    cluster.ready(REGISTRY)


@pytest.mark.promise(8)
@pytest.mark.usefixtures("operator")
def test_what_a_lost_cluster_left_is_taken_over_without_making_anything_anew(
    cluster: Cluster, cloud: MockCloud, told: Told
) -> None:
    """Another namespace stands for another cluster: the tag names both."""
    before = REGISTRY.with_spec(registryName="Survivor")
    cluster.apply(before)
    cluster.ready(before)
    cluster.delete(before)
    cluster.gone(before, because="Retain leaves everything")
    ids = [one["id"] for one in cloud.resources() if "Microsoft.Resources" not in one["type"]]
    made = {one["id"]: one for one in cloud.resources() if one["id"] in ids}
    after = a_registry("rebuilt").in_regions("eastus", "westus").with_spec(registryName="Survivor")
    cluster.apply(after)
    message = held_back(cluster, after, "NotOwned")
    start = cloud.last_request()

    cluster.annotate(after, adopt=",".join(ids))
    ready = cluster.ready(after)

    assert "mlregistry.io/adopt" in message
    assert {entry["method"] for entry in cloud.arm_writes(start)} == {"PATCH"}
    for target, one in made.items():
        now = cloud.resource(target) or {}
        born = [each.get("systemData", {}).get("createdAt") for each in (now, one)]
        assert born[0] == born[1], "nothing was made anew"
        assert (
            now["tags"].get("mlregistry-owner", "").endswith("/rebuilt") or "/replications/eastus" in target
        )
    assert f"/{before.name}" in told(after, "Adopted")
    assert ready["status"]["readyRegions"] == "2/2"
