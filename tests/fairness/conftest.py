"""One cloud, one operator and two registries a module: what is done to one, others must not feel."""

from collections.abc import Iterator

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster
from support.manifests import RegistryBuilder, a_registry
from support.shelves import Shelves

from hack.controlplane.plane import ControlPlane
from hack.world.clouds import Cloud
from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint
from mockcloud.server import MockCloudThread

SETTINGS = {
    "MLREGISTRY_RECONCILE__RETRY_MIN_SECONDS": "0.3",
    "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "1",
    "MLREGISTRY_RECONCILE__MAX_CONCURRENT_PASSES": "4",
    # So little that a few files of the slow sources would have held all of it.
    "MLREGISTRY_CONTENT__MEMORY_BYTES": str(16 * 2**20),
}


@pytest.fixture(scope="module")
def cluster(installed: ControlPlane) -> Iterator[Cluster]:
    cluster = Cluster(installed)
    yield cluster
    cluster.empty()
    cluster.close()


@pytest.fixture(scope="module")
def module_cloud() -> Iterator[MockCloud]:
    with MockCloudThread(settings={"lroSeconds": 0}) as thread:
        yield MockCloud(Cloud(thread.url, thread.ca_file))


@pytest.fixture(scope="module")
def operator(
    cluster: Cluster,
    module_cloud: MockCloud,
    webhook: WebhookEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OperatorProcess]:
    folder = tmp_path_factory.mktemp("operator")
    operator = OperatorProcess(folder, cluster.plane, module_cloud.cloud, webhook, settings=SETTINGS)
    operator.start()
    yield operator
    operator.stop()


@pytest.fixture
def cloud(module_cloud: MockCloud) -> Iterator[MockCloud]:
    """The module's cloud, without the faults of a test when that is over."""
    yield module_cloud
    module_cloud.clear_faults()


@pytest.fixture
def shelves(cloud: MockCloud) -> Shelves:
    return Shelves(cloud)


@pytest.fixture(scope="module")
def registries(cluster: Cluster, operator: OperatorProcess) -> tuple[RegistryBuilder, RegistryBuilder]:
    """Two registries that are open to every namespace, ready."""
    assert operator.runs
    made = tuple(
        a_registry(name).with_spec(allowedNamespaces={"from": "All"}) for name in ("shared", "quiet")
    )
    for one in made:
        cluster.apply(one)
    for one in made:
        cluster.ready(one)
    return made[0], made[1]
