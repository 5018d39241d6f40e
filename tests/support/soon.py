"""Waiting, in a test that is no coroutine, for what has to come about."""

import time
from collections.abc import Callable

from hack.controlplane.processes import Deadline

POLL_SECONDS = 0.05


def soon(fact: Callable[[], bool], *, because: str, seconds: float = 30.0) -> None:
    """Look until it is so. Fails with `because`."""
    deadline = Deadline(seconds)
    while not fact():
        assert not deadline.passed, because
        time.sleep(POLL_SECONDS)
