"""Two replicas with the rights and the lease times as shipped, and reviews that are asked of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster
from support.relays import Relay

from hack.world.installation import apply, documents, install
from hack.world.places import CHART_FILES
from hack.world.replicas import Replicas
from hack.world.webhooks import WebhookEndpoint

CONFIGURATION = CHART_FILES / "webhook.yaml"
PROBE_SECONDS = 0.2


@contextmanager
def endpoints(replicas: Replicas) -> Iterator[list[int]]:
    """The ports of the replicas that are ready, as a Service keeps them: looked at again and again."""
    ready: list[int] = []
    over = threading.Event()

    def probe() -> None:
        while not over.wait(PROBE_SECONDS):
            ready[:] = [one.webhook.port for one in replicas if one.runs and one.is_ready()]

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield ready
    finally:
        over.set()
        thread.join()


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
def service(replicas: Replicas, cluster: Cluster, webhook: WebhookEndpoint) -> Iterator[Relay]:
    """What a Service is: calls go to a replica that is ready. No call passes the webhook unasked."""
    with endpoints(replicas) as ready, Relay(lambda: list(ready)) as relay:
        (shipped,) = documents([CONFIGURATION])
        advice = WebhookEndpoint(webhook.folder, relay.port).configured(shipped)
        strict = [{**one, "failurePolicy": "Fail"} for one in advice["webhooks"]]
        apply(cluster.plane, [{**advice, "webhooks": strict}])
        yield relay
        install(cluster.plane, webhook)
