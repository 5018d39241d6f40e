"""One cloud, one operator and one registry in three regions a module; every test has assets of its own."""

import contextlib
import time
from collections.abc import Iterator

import pytest
from support.assets import REGIONS
from support.clouds import MockCloud
from support.clusters import Cluster, RefusedError
from support.manifests import RegistryBuilder, a_registry
from support.shelves import Shelves
from support.watches import History, KindWatch

from hack.controlplane.plane import ControlPlane
from hack.controlplane.processes import Deadline
from hack.world.clouds import Cloud
from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint
from mockcloud import defaults
from mockcloud.server import MockCloudThread

CLEAR_SECONDS = 15.0
CALM = {"lroSeconds": 0}
IMPATIENT = {
    "MLREGISTRY_RECONCILE__RETRY_MIN_SECONDS": "0.3",
    "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "1",
    "MLREGISTRY_RECONCILE__SLOW_RETRY_SECONDS": "1",
    # A block has eight seconds, and a small file too, where a user gives them half a minute.
    "MLREGISTRY_CONTENT__MIN_SOURCE_BYTES_PER_SECOND": str(512 * 1024),
    "MLREGISTRY_CONTENT__SOURCE_PATIENCE_SECONDS": "8",
}


@pytest.fixture(scope="module")
def module_cluster(installed: ControlPlane) -> Iterator[Cluster]:
    cluster = Cluster(installed)
    yield cluster
    cluster.empty()
    cluster.close()


@pytest.fixture(scope="module")
def module_cloud() -> Iterator[MockCloud]:
    with MockCloudThread(settings=CALM) as thread:
        yield MockCloud(Cloud(thread.url, thread.ca_file))


@pytest.fixture(scope="module")
def module_operator(
    module_cluster: Cluster,
    module_cloud: MockCloud,
    webhook: WebhookEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OperatorProcess]:
    """It tries again so soon that a test can wait for it; its log tells no secret."""
    folder = tmp_path_factory.mktemp("operator")
    plane, cloud = module_cluster.plane, module_cloud.cloud
    operator = OperatorProcess(folder, plane, cloud, webhook, settings=IMPATIENT)
    operator.start()
    yield operator
    operator.stop()
    log = operator.log.read_text("utf-8")
    for secret in (defaults.OPERATOR_CLIENT_SECRET, "Bearer ey", "sig="):
        assert secret not in log


@pytest.fixture(scope="module")
def registry(module_cluster: Cluster, module_operator: OperatorProcess) -> RegistryBuilder:
    """A registry in three regions, ready, for every test of the module that leaves it as it is."""
    assert module_operator.runs
    builder = a_registry().in_regions(*REGIONS)
    module_cluster.apply(builder)
    module_cluster.ready(builder)
    return builder


@pytest.fixture
def cloud(module_cloud: MockCloud) -> Iterator[MockCloud]:
    """The module's cloud; what a test has done to it is undone."""
    yield module_cloud
    module_cloud.clear_faults()
    module_cloud.settings(**dict.fromkeys(module_cloud.settings()))
    module_cloud.settings(**CALM)
    for location in REGIONS:
        module_cloud.region(location, available=True)


@pytest.fixture
def operator(module_operator: OperatorProcess) -> OperatorProcess:
    """The module's operator, running whatever the test before has done to it."""
    module_operator.start()
    return module_operator


@pytest.fixture
def cluster(module_cluster: Cluster, module_operator: OperatorProcess) -> Cluster:
    return module_cluster


@pytest.fixture
def shelves(cloud: MockCloud) -> Shelves:
    return Shelves(cloud)


@pytest.fixture(autouse=True)
def history(cluster: Cluster, asset_watch: KindWatch, operator: OperatorProcess) -> Iterator[History]:
    """What the test's assets were, version by version."""
    yield History(asset_watch, len(asset_watch))
    _clear_away(cluster, asset_watch)


def _clear_away(cluster: Cluster, watch: KindWatch) -> None:
    """Take every asset away, although an operator may be putting finalizers back."""
    deadline = Deadline(CLEAR_SECONDS)
    while watch.present():
        assert not deadline.passed, "assets of this test do not go away"
        with contextlib.suppress(RefusedError):
            cluster.empty(["MLAsset"])
        time.sleep(0.05)
