"""CRDs that are deleted and applied again: their deletion ends, work begins anew, and the data stays."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster
from support.kubelets import kinds_served, kubelet
from support.manifests import a_registry, an_asset
from support.soon import soon

from hack.controlplane.plane import ControlPlane, control_plane
from hack.world.installation import install
from hack.world.operators import OperatorProcess
from hack.world.webhooks import WebhookEndpoint, webhook_endpoint

KINDS = ("mlassets.mlregistry.io", "mlregistries.mlregistry.io")
AT_MOST_SECONDS = 60.0
REGISTRY = a_registry()
ASSET = an_asset()


@pytest.fixture(scope="module")
def own_plane() -> Iterator[ControlPlane]:
    """An API server whose kinds may go."""
    with control_plane() as plane:
        yield plane


@pytest.fixture(scope="module")
def own_webhook(tmp_path_factory: pytest.TempPathFactory) -> WebhookEndpoint:
    return webhook_endpoint(tmp_path_factory.mktemp("webhook"))


@pytest.fixture
def own_cluster(own_plane: ControlPlane, own_webhook: WebhookEndpoint) -> Iterator[Cluster]:
    install(own_plane, own_webhook)
    cluster = Cluster(own_plane)
    yield cluster
    if kinds_served(own_plane):
        cluster.empty()
    cluster.close()


@pytest.fixture
def own_operator(
    own_cluster: Cluster, cloud: MockCloud, own_webhook: WebhookEndpoint, tmp_path: Path
) -> Iterator[OperatorProcess]:
    """Its lease is nobody's to take away: it lets go of it itself."""
    plane = own_cluster.plane
    operator = OperatorProcess(tmp_path / "operator", plane, cloud.cloud, own_webhook, alone=False)
    operator.start()
    yield operator
    operator.stop()


def kinds(cluster: Cluster) -> set[str]:
    return set(cluster.kubectl("get", "crd", "--output=name").split())


@pytest.mark.promise(10)
@pytest.mark.promise(12)
@pytest.mark.parametrize("between", ["running", "restarted"])
@pytest.mark.parametrize("objects", ["with objects", "without objects"])
def test_kinds_that_are_deleted_go_and_work_begins_anew_when_they_come_back(
    *,
    objects: str,
    between: str,
    own_cluster: Cluster,
    own_operator: OperatorProcess,
    own_webhook: WebhookEndpoint,
    cloud: MockCloud,
) -> None:
    cluster, operator = own_cluster, own_operator
    if objects == "with objects":
        for thing in (REGISTRY, ASSET):
            cluster.apply(thing)
            cluster.ready(thing)
    kept, mark = {one["id"] for one in cloud.resources()}, cloud.last_request()

    if between == "restarted":
        operator.stop()
    cluster.kubectl("delete", "crd", *KINDS, "--wait=false")
    with kubelet(operator, cluster.plane) as probed:
        soon(lambda: not kinds(cluster), because="their finalizers are taken off", seconds=AT_MOST_SECONDS)
        soon(lambda: not operator.is_ready(), because="nothing is there to work for", seconds=15)
        soon(
            lambda: "install the CRDs" in last_lines(operator),
            because="the next process waits for the kinds, and says so",
            seconds=AT_MOST_SECONDS,
        )
        assert not operator.is_ready()

        install(cluster.plane, own_webhook)
        began = time.monotonic()
        soon(operator.is_ready, because="the kinds are back", seconds=AT_MOST_SECONDS)
        cluster.apply(REGISTRY)
        cluster.ready(REGISTRY, seconds=AT_MOST_SECONDS)
        assert time.monotonic() - began < AT_MOST_SECONDS

    assert probed.longest_lie < 3.0, "ready says that it works"
    assert {one["id"] for one in cloud.resources()} >= kept
    assert not [one for one in cloud.requests(mark) if one["method"] == "DELETE"], "what is retained stays"
    if between == "running":
        assert probed.restarts == 1
        assert "the watch of the API server has ended for good" in operator.log.read_text("utf-8")


@pytest.mark.promise(10)
def test_a_registry_goes_with_its_kind_although_the_kind_of_its_assets_went_first(
    own_cluster: Cluster, own_operator: OperatorProcess, own_webhook: WebhookEndpoint
) -> None:
    cluster, operator = own_cluster, own_operator
    cluster.apply(REGISTRY)
    cluster.ready(REGISTRY)
    operator.stop()
    cluster.kubectl("delete", "crd", KINDS[0])

    cluster.kubectl("delete", "crd", KINDS[1], "--wait=false")
    with kubelet(operator, cluster.plane) as probed:
        soon(lambda: not kinds(cluster), because="its finalizer is taken off", seconds=AT_MOST_SECONDS)

    assert probed.longest_lie < 3.0
    install(cluster.plane, own_webhook)


def last_lines(operator: OperatorProcess) -> str:
    """What the process of this moment has said."""
    return operator.log.read_text("utf-8").rpartition('"starting"')[2]
