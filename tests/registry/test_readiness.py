"""Ready is true for the generation that is declared now, and every reader of conditions agrees."""

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, RefusedError, condition, is_ready, region
from support.kstatus import Status, kstatus
from support.manifests import Manifest, RegistryBuilder, a_registry
from support.watches import History

from hack.world.operators import OperatorProcess

REGISTRY = a_registry().in_regions("eastus", "westus")


def waits_in_vain(cluster: Cluster, registry: RegistryBuilder) -> bool:
    """Whether `kubectl wait` is still waiting after a moment."""
    try:
        cluster.kubectl("wait", "--for=condition=Ready", f"mlregistry/{registry.name}", "--timeout=0.3s")
    except RefusedError as error:
        return "timed out" in str(error)
    return False


@pytest.mark.promise(12)
def test_an_object_that_nobody_has_looked_at_is_in_progress(cluster: Cluster) -> None:
    stored = cluster.apply(REGISTRY)

    assert stored["status"] == {"observedGeneration": -1}
    assert kstatus(stored) is Status.IN_PROGRESS
    assert waits_in_vain(cluster, REGISTRY)


@pytest.mark.promise(12)
def test_wait_returns_only_when_the_present_generation_is_ready(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, history: History
) -> None:
    assert operator.runs
    cloud.settings(lroSeconds=2)
    cluster.apply(REGISTRY)
    assert waits_in_vain(cluster, REGISTRY)
    first = cluster.ready(REGISTRY)
    assert is_ready(first)
    assert first["status"]["readyRegions"] == "2/2"

    edited = cluster.apply(REGISTRY.in_regions("eastus", "westus", "northeurope"))
    second = cluster.ready(REGISTRY)

    assert second["metadata"]["generation"] == edited["metadata"]["generation"] == 2
    assert is_ready(second)
    assert second["status"]["readyRegions"] == "3/3"
    assert cloud.accounts()["northeurope"]["properties"]["provisioningState"] == "Succeeded"
    for generation in (1, 2):
        at_work = [one for one in history.versions(REGISTRY) if is_at_work_on(one, generation)]
        assert at_work, f"generation {generation} took two seconds, and nothing was said of it"


def is_at_work_on(version: Manifest, generation: int) -> bool:
    ready, reconciling = condition(version, "Ready"), condition(version, "Reconciling")
    return (
        ready.get("status") == "Unknown"
        and ready["observedGeneration"] == generation
        and reconciling.get("status") == "True"
        and version["status"]["observedGeneration"] == generation
    )


@pytest.mark.promise(12)
def test_an_edit_is_taken_up_while_operations_run(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    assert operator.runs
    cloud.settings(lroSeconds=3)
    cluster.apply(REGISTRY)
    cluster.wait(REGISTRY, lambda seen: seen["status"].get("operations"), because="creation begins at once")

    cluster.apply(REGISTRY.in_regions("eastus", "westus", "northeurope"))
    seen = cluster.wait(
        REGISTRY,
        lambda seen: region(seen, "northeurope").get("state") == "Creating",
        because="nobody waits for an operation",
        seconds=2,
    )

    assert not is_ready(seen)
    assert seen["status"]["observedGeneration"] == 2
    assert {row["state"] for row in seen["status"]["regions"]} == {"Creating"}
    cluster.ready(REGISTRY)
    assert set(cloud.writes_per_resource().values()) == {1}


@pytest.mark.promise(12)
def test_rows_tell_which_regions_are_ready_while_others_are_made(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, history: History
) -> None:
    assert operator.runs
    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)
    cloud.settings(lroSeconds=1.5)

    cluster.apply(REGISTRY.in_regions("eastus", "westus", "northeurope"))
    cluster.ready(REGISTRY)

    states = [
        tuple(row["state"] for row in one["status"]["regions"])
        for one in history.versions(REGISTRY)
        if one["status"]["observedGeneration"] == 2
    ]
    assert ("Ready", "Ready", "Creating") in states
    assert {(first, second) for first, second, _ in states} == {("Ready", "Ready")}
    assert states[-1] == ("Ready", "Ready", "Ready")


@pytest.mark.promise(12)
def test_kstatus_reads_every_state_as_it_is(
    cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess, history: History
) -> None:
    """Source: the states that a health check must tell apart; each is reached by its real cause."""
    cluster.apply(REGISTRY)

    cloud.fault(method="PUT", pathRegex="/storageAccounts/", status=503, times=None)
    cloud.settings(lroSeconds=1)
    idle_operator.start()
    retrying = cluster.wait(
        REGISTRY,
        lambda seen: condition(seen, "Ready").get("status") == "False" and condition(seen, "Reconciling"),
        because="what fails and passes by itself is still being worked on",
    )
    assert kstatus(retrying) is Status.IN_PROGRESS

    cloud.clear_faults()
    ready = cluster.ready(REGISTRY)
    assert kstatus(ready) is Status.CURRENT

    idle_operator.stop()
    edited = cluster.apply(REGISTRY.with_storage("westus", hns=None, account_type="Standard_GRS"))
    assert condition(edited, "Ready")["status"] == "True"
    assert kstatus(edited) is Status.IN_PROGRESS
    assert waits_in_vain(cluster, REGISTRY)

    cloud.settings(locks=[{"scope": cloud.accounts()["westus"]["id"], "level": "ReadOnly"}])
    idle_operator.start()
    stalled = cluster.wait(REGISTRY, lambda seen: condition(seen, "Stalled"), because="a lock needs a person")
    assert kstatus(stalled) is Status.FAILED

    idle_operator.stop()
    cluster.delete(REGISTRY)
    assert kstatus(cluster.get(REGISTRY)) is Status.TERMINATING

    seen = [version.get("status", {}) for version in history.versions(REGISTRY)]
    assert all("observedGeneration" in status for status in seen), "without it kstatus says Current"


@pytest.mark.promise(2)
def test_a_failure_that_stays_the_same_is_written_once(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, history: History
) -> None:
    assert operator.runs
    fault = {"method": "PUT", "pathRegex": "/storageAccounts/", "status": 500, "times": None}
    cloud.fault(**fault, errorCode="InternalServerError")
    cluster.apply(a_registry())
    cluster.wait(
        a_registry(),
        lambda _: cloud.faults()[0]["hits"] >= 4,
        because="a failure that passes by itself is tried again",
    )

    failures = {
        condition(one, "Ready")["message"]
        for one in history.versions(a_registry())
        if condition(one, "Ready").get("status") == "False"
    }
    assert len(failures) == 1, "times and ids in Azure's answers are no news"
