"""A Service in front of replicas: which of them are ready, looked at as often as the kubelet would."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from support.soon import soon

from hack.world.replicas import NAMES, Replicas

PROBE_SECONDS = 0.2


@dataclass(slots=True)
class Service:
    """What a Service is: calls go to a replica that is ready. No call passes the webhook unasked."""

    endpoints: list[int]

    def wait(self) -> None:
        """Until it knows both replicas; that they are ready themselves is not enough."""
        soon(lambda: len(self.endpoints) == len(NAMES), because="both replicas are ready")


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
