"""When Azure asks to wait, the whole process waits as long, and not much longer."""

from collections.abc import Iterator

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import a_registry
from support.rows import infrastructure

from hack.world.operators import OperatorProcess
from mockcloud.client import Body

PROMPT_SECONDS = 2.0
BURST_SECONDS = 0.3


@pytest.fixture(autouse=True)
def forgetful(operator: OperatorProcess) -> Iterator[None]:
    """What an operator was asked to wait for is not for the next test."""
    assert operator.runs
    yield
    operator.stop()


def assert_obeyed(calls: list[Body], seconds: float, *, burst: float = BURST_SECONDS) -> None:
    """Nothing of these calls came before its time after a 429, and the next one came soon after it.

    `burst` allows for what was on its way when the answer came.
    """
    refusals = [call["time"] for call in calls if call["status"] == 429]
    assert refusals
    for refused in refusals:
        early = [call for call in calls if refused + burst < call["time"] < refused + seconds - 0.05]
        assert not early, f"after {early[0]['time'] - refused:.2f} s of {seconds:.0f} s"
    end = max(refusals) + seconds
    following = min(call["time"] for call in calls if call["time"] > max(refusals) + burst)
    assert following <= end + PROMPT_SECONDS, f"{following - end:.2f} s late"


@pytest.mark.promise(14)
def test_a_providers_limit_holds_every_registry_back_from_that_provider(
    cluster: Cluster, cloud: MockCloud
) -> None:
    wait = {"Retry-After": "3"}
    cloud.fault(
        method="PUT", pathRegex="/storageAccounts/", status=429, errorCode="TooManyRequests", headers=wait
    )
    first, second = a_registry("first"), a_registry("second")

    cluster.apply(first)
    throttled = cluster.wait(
        first,
        lambda seen: "TooManyRequests" in condition(seen, "StorageReady").get("message", ""),
        because="who waits is told for what",
    )
    assert condition(throttled, "Reconciling")["reason"] == "ProgressingWithRetry"
    assert condition(throttled, "StorageReady")["reason"] == "Throttled"
    cluster.apply(second)
    cluster.ready(first)
    cluster.ready(second)

    writes = cloud.arm_writes()
    assert_obeyed([call for call in writes if "/storageAccounts/" in call["path"]], 3, burst=0)
    refused = next(call["time"] for call in writes if call["status"] == 429)
    others = [call["time"] - refused for call in writes if call["path"].count("/registries/")]
    assert len(others) == 2
    assert max(others) < 3, "the other provider has set no limit"


@pytest.mark.promise(14)
def test_a_subscriptions_limit_is_obeyed_for_the_verbs_it_speaks_of(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry().in_regions("eastus", "eastus2", "westus", "westus2", "centralus")
    cloud.settings(rateLimit={"writes": 3}, retryAfterSeconds=2)

    cluster.apply(registry)
    cluster.ready(registry)

    assert_obeyed(cloud.arm_writes(), 2)
    reads = {call["status"] for call in cloud.arm_requests() if call["method"] == "GET"}
    assert reads <= {200, 202, 404}, "reads have a limit of their own"


@pytest.mark.promise(14)
def test_reads_that_are_throttled_hold_every_registry_back_and_change_nothing(
    cluster: Cluster, cloud: MockCloud
) -> None:
    first, second = a_registry("first").in_regions("eastus", "westus"), a_registry("second")
    cluster.apply(first)
    cluster.apply(second)
    before = cluster.ready(first)
    cluster.ready(second)
    mark = cloud.last_request()
    wait = {"Retry-After": "2"}
    cloud.fault(method="GET", status=429, errorCode="SubscriptionRequestsThrottled", headers=wait)

    with cloud.silence(because="who cannot look does not act"):
        cluster.annotate(first, reconcile_at="now")
        cluster.wait(first, lambda _: cloud.faults()[0]["hits"], because="it looks at once")
        cluster.look_now(second)
        cluster.ready(second)
        ready = cluster.ready(first)

    assert infrastructure(ready) == infrastructure(before)
    calls = cloud.arm_requests(mark)
    assert_obeyed(calls, 2)
    others = [call for call in calls if call["status"] == 429 or "/second" in call["path"]]
    assert_obeyed(others, 2, burst=0)
