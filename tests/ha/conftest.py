"""Two replicas with the rights and the lease times as shipped, and reviews that are asked of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster
from support.relays import Relay
from support.services import Service, endpoints

from hack.world.installation import apply, documents, install
from hack.world.places import CHART_FILES
from hack.world.replicas import Replicas
from hack.world.webhooks import WebhookEndpoint

CONFIGURATION = CHART_FILES / "webhook.yaml"


@pytest.fixture
def replicas(
    cluster: Cluster, cloud: MockCloud, webhook: WebhookEndpoint, tmp_path: Path
) -> Iterator[Replicas]:
    """Two replicas, not started."""
    cloud.settings(lroSeconds=5, latencySeconds=0.1)
    replicas = Replicas(tmp_path / "replicas", cluster.plane, cloud.cloud, webhook)
    yield replicas
    replicas.stop()


@pytest.fixture
def service(replicas: Replicas, cluster: Cluster, webhook: WebhookEndpoint) -> Iterator[Service]:
    """The Service of the webhook, in front of the replicas."""
    with endpoints(replicas) as ready, Relay(lambda: list(ready)) as relay:
        (shipped,) = documents([CONFIGURATION])
        advice = WebhookEndpoint(webhook.folder, relay.port).configured(shipped)
        strict = [{**one, "failurePolicy": "Fail"} for one in advice["webhooks"]]
        apply(cluster.plane, [{**advice, "webhooks": strict}])
        yield Service(ready)
        install(cluster.plane, webhook)
