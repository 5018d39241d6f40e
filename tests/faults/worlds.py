"""What the suite runs on: a real API server, the mock cloud and the operator, each a process of its own."""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.following import Following
from faults.recording import Recording
from faults.ways import READ_SECONDS
from support.clusters import Cluster

from hack.controlplane.plane import ControlPlane, control_plane
from hack.controlplane.ports import free_ports
from hack.world.clouds import READY_SECONDS, Cloud
from hack.world.installation import install
from hack.world.operators import OperatorProcess
from hack.world.servers import Server
from hack.world.webhooks import webhook_endpoint
from mockcloud import defaults
from mockcloud.client import MockClient, MockCloudError

SUBSCRIPTIONS = 1500
# An operation lasts longer than a pass, so that it is looked at; a person's errors wait as long as ever, so
# that nothing of what passes by itself may be taken for one.
CLOUD = {"lroSeconds": 0.25, "retryAfterSeconds": 0}
SLOW_CLOUD = {"lroSeconds": 2}
OPERATOR = {
    "MLREGISTRY_RECONCILE__RETRY_MIN_SECONDS": "0.2",
    "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "1",
    "MLREGISTRY_RECONCILE__SLOW_RETRY_SECONDS": "600",
    "MLREGISTRY_RECONCILE__POLL_SECONDS": "0.3",
    "MLREGISTRY_RECONCILE__MAX_CONCURRENT_PASSES": "128",
    "MLREGISTRY_CLOUD__READ_SECONDS": str(READ_SECONDS),
}


@dataclass(slots=True)
class FaultWorld:
    """One API server, cloud and operator, which any number of lanes share."""

    cluster: Cluster
    cloud: MockClient
    url: str
    operator: OperatorProcess
    following: Following
    recording: Recording
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def number(self) -> int:
        """Of a lane that nobody had before."""
        return next(self._numbers)

    def slow_down(self) -> None:
        """Operations last for several looks from now on."""
        self.cloud.settings(**SLOW_CLOUD)

    def live_on_short_tokens(self) -> None:
        """An operator without a token, in a cloud whose tokens soon end; what there was is taken away."""
        self.operator.stop()
        self.cluster.empty()
        self.cloud.settings(**CLOUD, tokenSeconds=1)
        self.operator.start()


def subscription(number: int) -> str:
    return f"{number:08x}-fa17-0000-0000-000000000000"


@contextmanager
def fault_world(folder: Path, plane: ControlPlane | None = None) -> Iterator[FaultWorld]:
    """A world for the time of the body, on an API server of its own where none is given."""
    if plane is None:
        with control_plane() as made, fault_world(folder, made) as world:
            yield world
        return
    webhook = webhook_endpoint(folder / "webhook")
    install(plane, webhook)
    server, cloud = _cloud(folder / "cloud")
    client = MockClient(cloud.url, cloud.ca)
    client.settings(**CLOUD)
    operator = OperatorProcess(folder / "operator", plane, cloud, webhook, settings=OPERATOR)
    cluster, following = Cluster(plane), Following(plane)
    try:
        operator.start()
        yield FaultWorld(cluster, client, cloud.url, operator, following, Recording(client))
    finally:
        operator.stop()
        following.stop()
        cluster.empty()
        cluster.close()
        server.stop()


def _cloud(folder: Path) -> tuple[Server, Cloud]:
    """The mock cloud without a state to keep, and with a subscription for each lane."""
    server, port, ca = Server("mockcloud", folder), free_ports(1)[0], folder / "ca.pem"
    known = [word for number in range(SUBSCRIPTIONS) for word in ("--subscription", subscription(number))]
    options = ["--port", str(port), "--ca-out", str(ca), *known]
    server.launch([sys.executable, "-m", "mockcloud", "serve", *options], {})
    cloud = Cloud(f"https://{defaults.HOST}:{port}", ca)

    def answers() -> bool:
        try:
            return bool(MockClient(cloud.url, cloud.ca).settings())
        except (OSError, MockCloudError):  # its certificate is not written yet, it does not listen yet
            return False

    server.wait_until(answers, READY_SECONDS)
    return server, cloud
