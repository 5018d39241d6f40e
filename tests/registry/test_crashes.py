"""A crash at any moment, and an answer that never comes: nothing is made twice, nothing is lost."""

import random
import time
from urllib.parse import urlsplit

import pytest
from support.clouds import GROUP, MockCloud
from support.clusters import Cluster
from support.manifests import a_registry

from hack.world.operators import OperatorProcess

REGISTRY = a_registry().in_regions("eastus", "eastus2", "westus")
RESOURCES = {"accounts": 3, "registries": 1, "replications": 2}
ROUNDS, CRASHES = 2, 10
PATIENCE_SECONDS = 60.0


def made(cloud: MockCloud) -> dict[str, int]:
    return {
        "accounts": len(cloud.accounts()),
        "registries": len(cloud.registries()),
        "replications": len(cloud.replications()),
    }


@pytest.mark.promise(4)
@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_a_registry_converges_however_often_the_operator_is_killed(
    cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess, moments: random.Random, number: int
) -> None:
    cloud.settings(lroSeconds=5, latencySeconds=0.2)
    registry = REGISTRY.named(f"crashed-{number}")
    cluster.apply(registry)

    for _ in range(CRASHES):
        idle_operator.start(wait=False)
        time.sleep(moments.uniform(0.5, 2.2))  # half a second is gone before the first request
        idle_operator.kill()
    idle_operator.start()
    cluster.ready(registry, seconds=PATIENCE_SECONDS)

    assert made(cloud) == RESOURCES
    writes = cloud.writes_per_resource()
    assert set(writes.values()) == {1}, f"a look shows what a request has begun: {writes}"
    assert len(writes) == sum(RESOURCES.values())


@pytest.mark.promise(4)
@pytest.mark.parametrize("seconds", [0, 2], ids=["at once", "after a while"])
def test_a_create_whose_answer_is_lost_is_not_repeated(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, seconds: float
) -> None:
    assert operator.runs
    cloud.delete_resource(GROUP)
    cloud.settings(lroSeconds=seconds)
    cloud.fault(method="PUT", reset="after", times=None)
    registry = REGISTRY.in_azure(createResourceGroup=True)

    cluster.apply(registry)
    cluster.ready(registry, seconds=PATIENCE_SECONDS)

    assert made(cloud) == RESOURCES
    writes = cloud.writes_per_resource()
    assert set(writes.values()) == {1}, writes
    assert len(writes) == sum(RESOURCES.values()) + 1  # the group


@pytest.mark.promise(4)
def test_a_request_that_never_arrived_is_sent_again(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    assert operator.runs
    for path, times in (("/storageAccounts/", 3), ("/registries/[^/]+$", 1), ("/replications/", 2)):
        cloud.fault(method="PUT", pathRegex=path, reset="before", times=times)

    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)

    assert made(cloud) == RESOURCES
    assert sum(fault["hits"] for fault in cloud.faults()) == sum(RESOURCES.values())
    answered = [entry for entry in cloud.arm_writes() if entry["status"]]
    assert len(answered) == sum(RESOURCES.values())


@pytest.mark.promise(4)
def test_updates_and_deletions_whose_answers_are_lost_are_not_repeated(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    assert operator.runs
    registry = REGISTRY.deleted_with_its_data()
    cluster.apply(registry)
    cluster.ready(registry)
    cloud.fault(method="PATCH", reset="after", times=None)
    cloud.fault(method="DELETE", reset="after", times=None)
    before = cloud.last_request()

    cluster.apply(registry.with_tags(team="ml"))
    cluster.ready(registry)
    assert set(cloud.writes_per_resource(before).values()) == {1}

    before = cloud.last_request()
    cluster.delete(registry)
    cluster.gone(registry, because="a look shows that it is gone")
    assert set(cloud.writes_per_resource(before).values()) == {1}
    assert made(cloud) == {"accounts": 0, "registries": 0, "replications": 0}


@pytest.mark.promise(3)
def test_two_operators_in_turn_take_up_the_same_operations(
    cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess
) -> None:
    """A status that survives tells the next process where to look, so that it need not guess."""
    cloud.settings(lroSeconds=3)
    idle_operator.start()
    cluster.apply(REGISTRY)
    begun = cluster.wait(
        REGISTRY, lambda seen: len(seen["status"].get("operations", [])) == 4, because="all begin at once"
    )
    noted = {urlsplit(operation["url"]).path for operation in begun["status"]["operations"]}

    idle_operator.kill()
    before = cloud.last_request()
    idle_operator.start()
    cluster.ready(REGISTRY)

    asked = {entry["path"] for entry in cloud.requests(before)}
    assert noted <= asked
    assert set(cloud.writes_per_resource().values()) == {1}
