"""When Azure asks to wait, the whole process waits as long, and not much longer."""

from collections.abc import Iterator

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, condition, is_ready, region
from support.events import told_by_events
from support.manifests import RESOURCE_GROUP, RegistryBuilder, a_registry
from support.rows import infrastructure
from support.watches import History

from hack.world.clouds import Cloud
from hack.world.operators import OperatorProcess
from mockcloud import defaults
from mockcloud.client import Body
from mockcloud.server import MockCloudThread

PROMPT_SECONDS = 2.0
BURST_SECONDS = 0.3
ALONE_SECONDS = 0.45  # half a second, less what a request may lose on its way
REFILL = 25
HERE = defaults.SUBSCRIPTION_ID
ELSEWHERE = "99999999-9999-4999-8999-999999999999"


@pytest.fixture(scope="module")
def module_cloud() -> Iterator[MockCloud]:
    """One with two subscriptions."""
    with MockCloudThread(subscriptions=(HERE, ELSEWHERE)) as thread:
        yield MockCloud(Cloud(thread.url, thread.ca_file))


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


def let_operator_in(cloud: MockCloud) -> None:
    """Into the other subscription, with a group of its own."""
    cloud.put_resource(f"/subscriptions/{ELSEWHERE}/resourceGroups/{RESOURCE_GROUP}", {"location": "eastus"})
    scope = {"role": "Contributor", "scope": f"/subscriptions/{ELSEWHERE}"}
    everybody = [
        {**one, "roles": [*one["roles"], scope]}
        if one["principalId"] == defaults.OPERATOR_PRINCIPAL_ID
        else one
        for one in cloud.principals()
    ]
    cloud.principals(everybody)


def refused_once(cloud: MockCloud, method: str, path: str, code: str, seconds: int) -> None:
    """The next such request is refused, with a time to wait."""
    wait = {"Retry-After": str(seconds)}
    cloud.fault(method=method, pathRegex=path, status=429, errorCode=code, headers=wait)


def wait_for_refusal(cluster: Cluster, cloud: MockCloud, thing: RegistryBuilder) -> None:
    cluster.wait(thing, lambda _: cloud.faults()[0]["hits"], because="the request is made")


@pytest.mark.promise(14)
def test_a_providers_limit_holds_every_registry_back_from_that_provider(
    cluster: Cluster, cloud: MockCloud, history: History
) -> None:
    refused_once(cloud, "PUT", "/storageAccounts/", "TooManyRequests", 6)
    first, second = a_registry("first"), a_registry("second")

    cluster.apply(first)
    wait_for_refusal(cluster, cloud, first)
    cluster.apply(second)
    cluster.ready(first)
    cluster.ready(second)

    told = [condition(one, "StorageReady") for one in history.versions(first)]
    throttled = [one for one in told if "TooManyRequests" in one.get("message", "")]
    assert throttled, "who waits is told for what"
    assert {one["reason"] for one in throttled} == {"Throttled"}
    writes = cloud.arm_writes()
    assert_obeyed([call for call in writes if "/storageAccounts/" in call["path"]], 6, burst=0)
    refused = next(call["time"] for call in writes if call["status"] == 429)
    others = [call["time"] - refused for call in writes if call["path"].count("/registries/")]
    assert len(others) == 2
    assert max(others) < 6, "the other provider has set no limit"


@pytest.mark.promise(14)
def test_a_providers_limit_in_one_region_holds_no_other_region_back(
    cluster: Cluster, cloud: MockCloud
) -> None:
    refused_once(cloud, "PUT", "/storageAccounts/firstwestus", "TooManyRequests", 6)
    first, second = a_registry("first").in_regions("eastus", "westus"), a_registry("second")

    cluster.apply(first)
    wait_for_refusal(cluster, cloud, first)
    cluster.apply(second)
    cluster.ready(second)
    assert region(cluster.get(first), "westus")["state"] != "Ready", "it waits while others go on"
    cluster.ready(first)

    writes = [call for call in cloud.arm_writes() if "/storageAccounts/" in call["path"]]
    in_west = [call for call in writes if "westus" in call["path"]]
    assert_obeyed(in_west, 6, burst=0)
    assert writes.index(in_west[-1]) == len(writes) - 1, "the accounts of eastus did not wait for westus"


@pytest.mark.promise(14)
def test_a_subscriptions_limit_is_no_limit_of_another_subscription(
    cluster: Cluster, cloud: MockCloud
) -> None:
    let_operator_in(cloud)
    refused_once(cloud, "PUT", f"^/subscriptions/{HERE}/", "SubscriptionRequestsThrottled", 6)
    here, there = a_registry("here"), a_registry("there").in_azure(subscriptionId=ELSEWHERE)

    cluster.apply(here)
    wait_for_refusal(cluster, cloud, here)
    cluster.apply(there)
    cluster.ready(there)
    assert not is_ready(cluster.get(here)), "it waits while others go on"
    cluster.ready(here)

    writes = cloud.arm_writes()
    assert_obeyed([call for call in writes if HERE in call["path"]], 6)
    assert not [call for call in writes if ELSEWHERE in call["path"] and call["status"] == 429]


@pytest.mark.promise(14)
def test_many_that_wait_for_the_same_scope_come_back_one_after_another(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registries = [a_registry(f"one-of-{number}") for number in range(12)]
    for one in registries:
        cluster.create(one.manifest())
    for one in registries:
        cluster.ready(one)
    mark = cloud.last_request()
    refused_once(cloud, "GET", "", "SubscriptionRequestsThrottled", 5)

    cluster.annotate(registries[0], reconcile_at="now")
    wait_for_refusal(cluster, cloud, registries[0])
    for one in registries[1:]:
        cluster.annotate(one, reconcile_at="now")
    for one in registries:
        cluster.wait(
            one,
            lambda seen: seen["status"].get("lastHandledReconcileAt") == "now" and is_ready(seen),
            because="each is looked at when its time has come",
        )

    calls = cloud.arm_requests(mark)
    assert_obeyed(calls, 5)
    refused = max(call["time"] for call in calls if call["status"] == 429)
    after = sorted(call["time"] - refused for call in calls if call["time"] > refused + BURST_SECONDS)
    assert after[1] - after[0] > ALONE_SECONDS, "the first call shows whether Azure means it"
    at_once = [time for time in after if time < after[0] + 1]
    assert len(at_once) <= REFILL, "the others come as fast as Azure refills"
    assert [call["status"] for call in calls].count(429) <= 3, "nobody runs into another refusal"


@pytest.mark.promise(14)
def test_a_subscriptions_limit_is_obeyed_for_the_verbs_it_speaks_of(
    cluster: Cluster, cloud: MockCloud
) -> None:
    registry = a_registry().in_regions("eastus", "eastus2", "westus", "westus2", "centralus")
    cloud.settings(rateLimit={"writes": 3}, retryAfterSeconds=2)

    cluster.apply(registry)
    cluster.ready(registry)

    writes = cloud.arm_writes()
    assert_obeyed(writes, 2)
    refusals = [call["time"] for call in writes if call["status"] == 429]
    assert max(refusals) < min(refusals) + 2, "what remains is told, and nobody runs into the wall again"
    reads = {call["status"] for call in cloud.arm_requests() if call["method"] == "GET"}
    assert reads <= {200, 202, 404}, "reads have a limit of their own"


@pytest.mark.promise(12)
@pytest.mark.promise(14)
def test_a_registry_that_may_not_be_looked_at_stays_as_it_was_seen_last(
    cluster: Cluster, cloud: MockCloud, history: History
) -> None:
    registry = a_registry().in_regions("eastus", "westus")
    cluster.apply(registry)
    cluster.ready(registry)
    before = len(history.versions(registry))
    refused_once(cloud, "GET", "", "SubscriptionRequestsThrottled", 5)

    cluster.annotate(registry, reconcile_at="now")
    held = cluster.wait(
        registry,
        lambda seen: "asked not to be looked at before" in condition(seen, "Ready")["message"],
        because="it says until when nothing is looked at",
    )
    assert held["status"].get("lastHandledReconcileAt") != "now", "there was no look yet"
    cluster.wait(
        registry,
        lambda seen: seen["status"].get("lastHandledReconcileAt") == "now",
        because="it is looked at when its time has come",
    )

    told = history.versions(registry)[before:]
    assert {condition(one, "Ready")["status"] for one in told} == {"True"}
    assert {row["state"] for one in told for row in one["status"]["regions"]} == {"Ready"}
    assert "asked not to be looked at" not in condition(told[-1], "Ready")["message"]
    for reason in ("RegionDegraded", "ProgressingWithRetry"):
        assert told_by_events(cluster, history, registry, reason) == ""


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
