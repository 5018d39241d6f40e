"""What the kubelet does for a container: another process where one has ended. And what its probes see."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hack.controlplane.plane import ControlPlane
from hack.world.operators import OperatorProcess

LOOK_SECONDS = 0.3
SERVED = {"mlassets", "mlregistries"}


@dataclass(slots=True)
class Probed:
    """Looks at the operator, one after the other: how long it was ready while a kind was not served."""

    restarts: int = 0
    longest_lie: float = 0.0
    _since: float | None = field(default=None)

    def saw(self, *, ready: bool, served: bool) -> None:
        if not ready or served:
            self._since = None
            return
        self._since = self._since or time.monotonic()
        self.longest_lie = max(self.longest_lie, time.monotonic() - self._since)


@contextmanager
def kubelet(operator: OperatorProcess, plane: ControlPlane) -> Iterator[Probed]:
    """Start the operator again whenever it has ended, and look at it, while the body runs."""
    probed, over = Probed(), threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            if not operator.runs:
                operator.start(wait=False)
                probed.restarts += 1
            served = kinds_served(plane)
            probed.saw(ready=operator.is_ready(), served=served)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield probed
    finally:
        over.set()
        thread.join()


def kinds_served(plane: ControlPlane) -> bool:
    """Whether both kinds are there."""
    with plane.client() as client:
        answer = client.get("/apis/mlregistry.io/v1alpha1")
        return answer.is_success and {one["name"] for one in answer.json()["resources"]} >= SERVED
