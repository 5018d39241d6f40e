"""One cloud and one operator for each module, as new for each test."""

import os
import random
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from support.clouds import GROUP, MockCloud
from support.clusters import Cluster
from support.events import Told, told_by_events
from support.watches import History, KindWatch

from hack.controlplane.plane import ControlPlane
from hack.controlplane.processes import Deadline
from hack.world.clouds import Cloud
from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint
from mockcloud import defaults
from mockcloud.server import MockCloudThread

CLEAR_SECONDS = 10.0
QUIET_SECONDS = 0.05
SUBSCRIPTION = f"/subscriptions/{defaults.SUBSCRIPTION_ID}"
PEOPLE = [
    {
        "principalId": defaults.OWNER_PRINCIPAL_ID,
        "clientId": defaults.OWNER_CLIENT_ID,
        "clientSecret": defaults.OWNER_CLIENT_SECRET,
        "roles": [{"role": "Owner", "scope": SUBSCRIPTION}],
    },
    {
        "principalId": defaults.OPERATOR_PRINCIPAL_ID,
        "clientId": defaults.OPERATOR_CLIENT_ID,
        "clientSecret": defaults.OPERATOR_CLIENT_SECRET,
        "roles": [{"role": "Contributor", "scope": SUBSCRIPTION}],
    },
]
IMPATIENT = {
    "MLREGISTRY_RECONCILE__RETRY_MIN_SECONDS": "0.5",
    "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "1",
    "MLREGISTRY_RECONCILE__SLOW_RETRY_SECONDS": "1",
    "MLREGISTRY_RECONCILE__POLL_SECONDS": "0.5",
}


@pytest.fixture(autouse=True)
def history(cluster: Cluster, registry_watch: KindWatch) -> Iterator[History]:
    """What the test's registries were, version by version."""
    yield History(registry_watch, len(registry_watch))
    clear_away(cluster, registry_watch)


@pytest.fixture(scope="module")
def module_cloud() -> Iterator[MockCloud]:
    with MockCloudThread() as thread:
        yield MockCloud(Cloud(thread.url, thread.ca_file))


@pytest.fixture
def cloud(module_cloud: MockCloud) -> MockCloud:
    """An Azure with one empty group, whose operations take no time unless the test says otherwise."""
    renew(module_cloud)
    return module_cloud


@pytest.fixture(scope="module")
def module_operator(
    installed: ControlPlane,
    module_cloud: MockCloud,
    webhook: WebhookEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OperatorProcess]:
    """It tries again so soon that a test can wait for it; its log tells no secret."""
    folder = tmp_path_factory.mktemp("operator")
    operator = OperatorProcess(folder, installed, module_cloud.cloud, webhook, settings=IMPATIENT)
    yield operator
    operator.stop()
    log = operator.log.read_text("utf-8") if operator.log.exists() else ""
    for secret in (defaults.OPERATOR_CLIENT_SECRET, defaults.OWNER_CLIENT_SECRET, "Bearer ey"):
        assert secret not in log


@pytest.fixture
def idle_operator(
    request: pytest.FixtureRequest, module_operator: OperatorProcess, cloud: MockCloud, history: History
) -> Iterator[OperatorProcess]:
    """An operator that the test starts, perhaps with `settings` of its own, or `operator` starts for it."""
    assert cloud.requests() == [], "the test before has left something that still asks"
    if "operator" not in request.fixturenames:
        module_operator.stop()
    yield module_operator
    if module_operator.settings != IMPATIENT:
        module_operator.stop()
        module_operator.settings = dict(IMPATIENT)


@pytest.fixture
def moments(record_property: Callable[[str, object], None]) -> random.Random:
    """Chance that can be repeated: a failed test shows its seed, and `TEST_SEED` gives it back."""
    seed = int(os.environ.get("TEST_SEED") or random.randrange(2**32))  # noqa: S311 - guards nothing
    record_property("seed", seed)
    print(f"TEST_SEED={seed} repeats the moments of this test")  # noqa: T201 - shown when it fails
    return random.Random(seed)  # noqa: S311 - as above


@pytest.fixture
def told(cluster: Cluster, history: History) -> Told:
    return partial(told_by_events, cluster, history)


def clear_away(cluster: Cluster, watch: KindWatch) -> None:
    """Take every registry away, although an operator may be putting finalizers back."""
    deadline = Deadline(CLEAR_SECONDS)
    while watch.present():
        assert not deadline.passed, "registries of this test do not go away"
        cluster.empty(["MLRegistry"])


def renew(cloud: MockCloud) -> None:
    """Make the cloud what it was at first, once nobody asks it anything any more."""
    deadline = Deadline(CLEAR_SECONDS)
    while cloud.requests():
        assert not deadline.passed, "somebody still asks the cloud"
        cloud.clear_requests()
        time.sleep(QUIET_SECONDS)
    cloud.clear_faults()
    cloud.settings(**dict.fromkeys(cloud.settings()))
    cloud.settings(lroSeconds=0)
    cloud.region("westus", available=True)
    cloud.principals(PEOPLE)
    for group in cloud.resources("Microsoft.Resources/resourceGroups"):
        cloud.delete_resource(group["id"])
    cloud.put_resource(GROUP, {"location": "eastus"})
