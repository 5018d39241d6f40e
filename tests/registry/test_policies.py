"""How far the operator may go: `ObserveOnly` says what it would do, `suspend` freezes."""

import pytest
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready, region
from support.credentials import NAME
from support.manifests import a_registry

REGISTRY = a_registry().in_regions("eastus", "westus")
OBSERVING = REGISTRY.with_spec(managementPolicy="ObserveOnly")

pytestmark = pytest.mark.usefixtures("operator")


@pytest.mark.promise(8)
def test_what_only_observes_plans_and_touches_nothing(cluster: Cluster, cloud: MockCloud) -> None:
    with cloud.silence(because="ObserveOnly reads"):
        cluster.apply(OBSERVING)
        planned = cluster.wait(
            OBSERVING,
            lambda seen: condition(seen, "Ready").get("reason") == "PlanPending",
            because="nothing is there, and nothing is made",
        )

    plan = planned["status"]["plan"]
    steps = sorted(step["action"] for step in plan)
    accounts, images = ["CreateStorageAccount"] * 2, ["CreateContainerRegistry", "CreateReplication"]
    assert steps == sorted([*accounts, *images])
    assert all(step["target"].startswith("/subscriptions/") and step["reason"] for step in plan)
    assert condition(planned, "Ready")["status"] == "False"

    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)
    made = {one["id"] for one in (*cloud.accounts().values(), *cloud.registries())}
    made |= {one["id"] for one in cloud.replications().values()}
    assert {step["target"] for step in plan} == made, "the plan is what is done"


@pytest.mark.promise(8)
def test_what_only_observes_is_ready_while_nothing_differs(cluster: Cluster, cloud: MockCloud) -> None:
    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)

    with cloud.silence(because="ObserveOnly reads"):
        cluster.apply(OBSERVING)
        ready = cluster.ready(OBSERVING)
        assert condition(ready, "Ready")["reason"] == "ObserveOnly"
        assert "plan" not in ready["status"]

        account = cloud.accounts()["westus"]["id"]
        cloud.patch_resource(account, {"properties": {"allowSharedKeyAccess": True}})
        cluster.look_now(OBSERVING)
        drifted = cluster.wait(OBSERVING, lambda seen: not is_ready(seen), because="it differs now")

    (step,) = drifted["status"]["plan"]
    assert (step["action"], step["target"]) == ("UpdateStorageAccount", account)
    assert "allowSharedKeyAccess" in step["reason"]


@pytest.mark.promise(12)
def test_a_registry_that_was_born_suspended_is_told_so_and_nothing_is_asked(
    cluster: Cluster, cloud: MockCloud
) -> None:
    cluster.apply(REGISTRY.with_spec(suspend=True))
    frozen = cluster.wait(
        REGISTRY,
        lambda seen: condition(seen, "Ready").get("reason") == "Suspended",
        because="a suspended object is told so",
    )

    ready = condition(frozen, "Ready")
    assert (ready["status"], ready["observedGeneration"]) == ("Unknown", frozen["metadata"]["generation"])
    assert cloud.arm_requests() == []

    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)


@pytest.mark.promise(12)
def test_suspending_freezes_what_was_said_and_done(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog
) -> None:
    cluster.apply(REGISTRY)
    before = cluster.ready(REGISTRY)["status"]
    mark, quiet = cloud.last_request(), audit.from_here()

    suspended = REGISTRY.with_spec(suspend=True)
    cluster.apply(suspended)
    edited = cluster.apply(suspended.in_regions("eastus", "westus", "northeurope"))
    cloud.delete_resource(cloud.accounts()["westus"]["id"])
    other = a_registry("awake")
    cluster.apply(other)
    cluster.ready(other)

    seen = cluster.get(suspended)
    assert seen["status"] == before
    assert seen["status"]["observedGeneration"] < edited["metadata"]["generation"]
    assert not [entry for entry in cloud.requests(mark) if "/registrwestus" in entry["path"]]
    assert not [write for write in quiet.writes() if write.name == suspended.name]

    cluster.apply(REGISTRY.in_regions("eastus", "westus", "northeurope"))
    woken = cluster.ready(REGISTRY)
    assert woken["status"]["readyRegions"] == "3/3"
    assert region(woken, "westus")["state"] == "Ready"


@pytest.mark.promise(12)
def test_suspending_freezes_even_what_cannot_work(cluster: Cluster, cloud: MockCloud) -> None:
    cluster.apply(REGISTRY.with_spec(suspend=True).with_secret(NAME))

    frozen = cluster.wait(
        REGISTRY,
        lambda seen: condition(seen, "Ready"),
        because="a suspended object is told so",
    )
    assert condition(frozen, "Ready")["reason"] == "Suspended"
    assert cloud.requests() == []
