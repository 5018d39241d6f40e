"""Work that does not get further for too long is Stalled, and is tried on all the same."""

import pytest
from support.audits import AuditLog
from support.clouds import ACCOUNTS, MockCloud
from support.clusters import Cluster, condition
from support.manifests import a_registry

from hack.world.operators import OperatorProcess

REGISTRY = a_registry().in_regions("eastus", "westus")


@pytest.mark.promise(12)
def test_a_region_that_cannot_be_made_stalls_the_registry_after_the_deadline_until_it_can(
    cluster: Cluster, cloud: MockCloud, audit: AuditLog, idle_operator: OperatorProcess
) -> None:
    idle_operator.settings["MLREGISTRY_RECONCILE__PROGRESS_DEADLINE_SECONDS"] = "3"
    idle_operator.start()
    refused = f"{ACCOUNTS}/registrwestus"
    cloud.fault(method="PUT", pathRegex=refused, status=503, errorCode="ServiceUnavailable", times=10_000)

    cluster.apply(REGISTRY)
    trying = cluster.wait(
        REGISTRY, lambda seen: condition(seen, "Reconciling"), because="at first it is tried again"
    )
    assert condition(trying, "Stalled") == {}

    stalled = cluster.wait(
        REGISTRY,
        lambda seen: condition(seen, "Stalled").get("reason") == "ProgressDeadlineExceeded",
        because="nothing has got further for three seconds",
    )
    assert condition(stalled, "Reconciling") == {}
    assert condition(stalled, "Ready")["reason"] == "ProgressDeadlineExceeded"
    assert "ServiceUnavailable" in condition(stalled, "Stalled")["message"]

    idle_operator.restart(kill=True)
    mark, quiet = cloud.last_request(), audit.from_here()
    cluster.wait(
        REGISTRY,
        lambda _: sum(entry["method"] == "PUT" for entry in cloud.arm_writes(mark)) >= 3,
        because="it is tried on, also by another process",
    )
    again = cluster.get(REGISTRY)
    since = "lastProgressTime"
    assert again["status"][since] == stalled["status"][since], "the time is the status's, not the process's"
    assert len(quiet.writes()) <= 1, "at most what the first look of another process tells"

    cloud.clear_faults()
    ready = cluster.ready(REGISTRY)
    assert condition(ready, "Stalled") == {}
    assert since not in ready["status"]
