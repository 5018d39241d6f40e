"""How long nobody reconciles when the leader of two replicas goes, under operations that take 5 s."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from hack.bench.figures import Figure
from hack.bench.subjects import POLL_SECONDS, Bench
from hack.controlplane.processes import Deadline
from hack.world.operators import OperatorProcess
from hack.world.places import WorldError
from hack.world.replicas import Replicas

STOP_LIMIT: Final = 2.0
CRASH_LIMIT: Final = 20.0
PAUSE_SECONDS: Final = 30.0
STOP_SECONDS: Final = 60.0
NAMES: Final = ("handover-1", "handover-2", "handover-3")
BEGUN: Final = 4  # writes, of 18
End = Callable[[OperatorProcess], None]


def handover(bench: Bench, command: str) -> Iterator[Figure]:
    """The lease times are those that are shipped. The world's own operator rests meanwhile."""
    bench.world.operator.stop()
    bench.settings(lroSeconds=5)
    try:
        for name, end, limit in (
            ("SIGTERM", _stop, STOP_LIMIT),
            ("SIGKILL", OperatorProcess.kill, CRASH_LIMIT),
            ("SIGSTOP for 30 s", _pause, CRASH_LIMIT),
        ):
            yield from _measured(bench, name, end, limit, command)
    finally:
        bench.settings(lroSeconds=0)
        bench.world.operator.start()


def _measured(bench: Bench, way: str, end: End, limit: float, command: str) -> Iterator[Figure]:
    world = bench.world
    folder = world.places.state / f"replicas-{way.partition(' ')[0]}"
    replicas = Replicas(folder, world.plane, world.cloud.cloud, world.webhook)
    try:
        replicas.start()
        first = replicas.leader()
        second = replicas.other(first)
        before = bench.cloud.last_request()
        for name in NAMES:
            bench.create(name, regions=3)
        _wait(lambda: len(bench.cloud.arm_writes(before)) >= BEGUN)
        began = time.time()
        ending = threading.Thread(target=end, args=(replicas[first],))
        ending.start()
        leads = replicas.wait_leader(second) - began
        _wait(lambda: bool(_asked(bench, before, replicas.principal(second))))
        asks = min(_asked(bench, before, replicas.principal(second))) - began
        bench.wait_ready(NAMES)
        ending.join()
        _wait(lambda: not replicas[first].runs)
        writes = Counter(one["path"].lower() for one in bench.cloud.arm_writes(before))
        yield Figure(f"handover after {way}: another replica leads", leads, "s", limit, command)
        yield Figure(f"handover after {way}: it asks Azure", asks, "s", None, command)
        double = float(sum(count - 1 for count in writes.values()))
        yield Figure(f"handover after {way}: writes made twice", double, "", 0, command)
        bench.remove(NAMES)
    finally:
        replicas.stop()


def _asked(bench: Bench, since: int, principal: str) -> list[float]:
    """The moments at which somebody asked the cloud for something, tokens left out."""
    return [
        one["time"]
        for one in bench.cloud.requests(since)
        if one["principalId"] == principal and "/oauth2/" not in one["path"]
    ]


def _stop(operator: OperatorProcess) -> None:
    operator.stop(grace=STOP_SECONDS)


def _pause(operator: OperatorProcess) -> None:
    process = operator.server.process
    if process is None or not process.signal(signal.SIGSTOP):
        raise WorldError("the leader ended before it could be paused")
    time.sleep(PAUSE_SECONDS)
    process.signal(signal.SIGCONT)


def _wait(fact: Callable[[], bool]) -> None:
    deadline = Deadline(STOP_SECONDS)
    while not fact():
        if deadline.passed:
            raise WorldError(f"it does not come about in {STOP_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
