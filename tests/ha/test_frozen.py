"""The API server and etcd stand still in the middle of the work: what was begun is not begun again."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster
from support.kubelets import kubelet
from support.manifests import a_registry, an_asset
from support.soon import soon

from hack.controlplane.plane import ControlPlane
from hack.world.operators import OperatorProcess

FROZEN_SECONDS = 20.0  # longer than the lease of the operator and than its own time-out
REGIONS = ("eastus", "eastus2", "westus")


@contextmanager
def frozen(plane: ControlPlane) -> Iterator[None]:
    """Connections are accepted, and nobody answers. Nothing is lost."""
    found = [process for name in ("etcd", "kube-apiserver") if (process := plane.process(name))]
    assert len(found) == 2
    for process in found:
        assert process.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in found:
            process.signal(signal.SIGCONT)


@pytest.mark.promise(4)
def test_work_goes_on_where_it_was_after_the_cluster_stood_still(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    cloud.settings(lroSeconds=3)
    registry, asset = a_registry().in_regions(*REGIONS), an_asset()
    cluster.create(registry.manifest())
    cluster.create(asset.manifest())
    soon(lambda: len(cloud.arm_writes()) >= 2, because="it begins")

    with frozen(cluster.plane):
        time.sleep(FROZEN_SECONDS)  # how long it stands still is what the test is about
    with kubelet(operator, cluster.plane):
        cluster.ready(registry, seconds=90)
        cluster.ready(asset, seconds=90)

    assert set(cloud.writes_per_resource().values()) == {1}, "nothing is asked for twice"
