"""The Lease belongs to the operator's Deployment, so that the cluster takes it away with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster, Ref
from support.soon import soon

from hack.world.operators import OperatorProcess, forget_leadership
from hack.world.places import NAMESPACE
from hack.world.webhooks import WebhookEndpoint

DEPLOYMENT = Ref("Deployment", "mlregistry-operator", NAMESPACE)
LEASE = Ref("Lease", "mlregistry-operator", NAMESPACE)


@pytest.fixture
def operator(
    cluster: Cluster, cloud: MockCloud, webhook: WebhookEndpoint, tmp_path: Path
) -> Iterator[OperatorProcess]:
    """An operator as the chart starts it, not started; its Deployment is not there."""
    forget_leadership(cluster.plane)
    settings = {"MLREGISTRY_LEADER_ELECTION__DEPLOYMENT": DEPLOYMENT.name}
    operator = OperatorProcess(
        tmp_path / "operator", cluster.plane, cloud.cloud, webhook, settings=settings, alone=False
    )
    yield operator
    operator.stop()
    if cluster.find(DEPLOYMENT) is not None:
        cluster.delete(DEPLOYMENT)


def test_no_lease_is_made_without_its_deployment_and_then_it_belongs_to_it(
    cluster: Cluster, operator: OperatorProcess
) -> None:
    operator.start(wait=False)
    soon(
        lambda: (
            operator.log.exists()
            and f"Deployment {NAMESPACE}/{DEPLOYMENT.name} is not there" in operator.log.read_text("utf-8")
        ),
        because="the log says what is missing",
    )
    assert cluster.find(LEASE) is None

    uid = cluster.create(deployment())["metadata"]["uid"]

    operator.wait_ready()
    owners = cluster.get(LEASE)["metadata"]["ownerReferences"]
    assert owners == [{"apiVersion": "apps/v1", "kind": "Deployment", "name": DEPLOYMENT.name, "uid": uid}]


def deployment() -> dict[str, object]:
    """One that starts nothing: here is no kubelet."""
    labels = {"app": DEPLOYMENT.name}
    container = {"name": "operator", "image": "none"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": DEPLOYMENT.name, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
