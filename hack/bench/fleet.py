"""What many accounts cost: at once, settled, restarted, throttled, and with the operator killed meanwhile.

The shape is that of the comparison's measurement: one group, so many storage accounts with their container
registries and replications, all declared at once, on a cloud that answers without delay.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hack.bench.figures import Figure
from hack.bench.subjects import LOCATIONS, REGISTRIES, Bench
from hack.world.places import WorldError
from mockcloud.client import is_write

ACCOUNTS = 200
REGIONS = len(LOCATIONS)
FLEET = [f"fleet-{number}" for number in range(ACCOUNTS // REGIONS)]
RESOURCES = len(FLEET) * 2 * REGIONS  # an account in each region, a registry, a replication in all but one
PASSES = 6  # an hour with a resync-interval of ten minutes
MOST_MIB = 130e6 / 2**20
STORM_REFUSALS, STORM_READS, STORM_SECONDS = 4, 60, 3
IN_FLIGHT_SECONDS, PROMPT_SECONDS = 0.5, 2.0
RUNNING, OPERATION_SECONDS = 50, 10


def fleet(bench: Bench, command: str) -> Iterator[Figure]:
    """Two hundred accounts at once, an hour of passes, a restart and a storm of refusals."""
    bench.world.operator.restart()
    yield from _made(bench, command)
    yield from _settled(bench, command)
    yield from _restarted(bench, command)
    yield from _throttled(bench, command)
    bench.remove(FLEET)


def _made(bench: Bench, command: str) -> Iterator[Figure]:
    before, cpu, mark = bench.memory(), bench.cpu_seconds(), bench.cloud.last_request()
    created = [bench.create(name, REGIONS) for name in FLEET]
    took = bench.wait_ready(FLEET) - created[0]
    what = f"{ACCOUNTS} accounts in {len(FLEET)} registries of {REGIONS} regions"
    yield Figure(f"{what}: all Ready", took, "s", None, command, peer="3.5 s (38.7 s as released)")
    asked = bench.requests(mark)
    yield Figure(
        "the same: operator's processor time",
        bench.cpu_seconds() - cpu,
        "s",
        None,
        command,
        peer="1.1 s (2.7 s)",
    )
    writes = Counter(one["path"].lower() for one in asked if is_write(one))
    yield Figure("ARM writes per resource", writes.total() / RESOURCES, "", 1, command, peer="1")
    reads = len(asked) - writes.total()
    yield Figure("ARM reads per resource while it is made", reads / RESOURCES, "", None, command, peer="1")
    yield Figure(f"memory before, {RESOURCES} resources", before, "MiB", MOST_MIB, command, peer="114 MiB")
    yield Figure("memory after", bench.memory(), "MiB", MOST_MIB, command, peer="127 MiB")


def _settled(bench: Bench, command: str) -> Iterator[Figure]:
    bench.look_now(FLEET, "learnt", REGISTRIES)
    mark = bench.cloud.last_request()
    for number in range(PASSES):
        bench.look_now(FLEET, f"pass-{number}", REGISTRIES)
    asked = bench.requests(mark)
    told = f"ARM writes in a settled hour ({PASSES} passes of each registry)"
    yield Figure(told, _writes(asked), "", 0, command, peer="one for each object and pass")
    reads = len(asked) / PASSES / len(FLEET)
    yield Figure(
        "ARM reads per region and settled pass", reads / REGIONS, "", 3, command, peer="1 per object"
    )
    yield Figure("ARM calls per registry and hour, one pass an hour", reads, "", None, command)


def _restarted(bench: Bench, command: str) -> Iterator[Figure]:
    mark = bench.cloud.last_request()
    bench.world.operator.restart()
    bench.look_now(FLEET, "restarted", REGISTRIES)
    writes = _writes(bench.requests(mark))
    yield Figure("ARM writes after a restart", writes, "", 0, command, peer="51 for 52 objects")


def _throttled(bench: Bench, command: str) -> Iterator[Figure]:
    """Every registry is looked at while the subscription refuses one read after so many others."""
    mark = bench.cloud.last_request()
    wait = {"Retry-After": str(STORM_SECONDS)}
    for number in range(STORM_REFUSALS):
        bench.cloud.fault(
            method="GET",
            status=429,
            errorCode="SubscriptionRequestsThrottled",
            headers=wait,
            skip=number * STORM_READS,
        )
    try:
        for number in range(2):
            bench.look_now(FLEET, f"storm-{number}", REGISTRIES)
        bench.wait_ready(FLEET)
    finally:
        bench.cloud.clear_faults()
    asked = bench.requests(mark)
    refused = [one["time"] for one in asked if one["status"] == 429]  # noqa: PLR2004
    if not refused:
        raise WorldError("the storm refused nothing")
    reads = sorted(one["time"] for one in asked if not is_write(one))
    early = [
        time
        for moment in refused
        for time in reads
        if moment + IN_FLIGHT_SECONDS < time < moment + STORM_SECONDS - 0.05
    ]
    yield Figure(
        f"429 storm, a refusal after every {STORM_READS} reads: refusals", len(refused), "", None, command
    )
    yield Figure("calls before Retry-After", len(early), "", 0, command, peer="all: it is ignored")
    late = max(_lateness(refused, reads), default=0.0)
    yield Figure("latest first call after Retry-After", late, "s", PROMPT_SECONDS, command, peer="up to 64 s")
    yield Figure(
        "ARM writes in the storm", _writes(asked), "", 0, command, peer="one for each throttled poll"
    )


def crash(bench: Bench, command: str) -> Iterator[Figure]:
    """The operator dies while fifty accounts are being made, and another takes up where it left."""
    names = [f"crash-{number}" for number in range(RUNNING // REGIONS)]
    bench.settings(lroSeconds=OPERATION_SECONDS)
    mark = bench.cloud.last_request()
    try:
        for name in names:
            bench.create(name, REGIONS)
        _wait_until_running(bench, mark)
        bench.world.operator.restart(kill=True)
        restarted = time.time()
        took = bench.wait_ready(names) - restarted
    finally:
        bench.settings(lroSeconds=0)
    puts = Counter(one["path"].lower() for one in bench.requests(mark) if one["method"] == "PUT")
    told = f"killed with {RUNNING} operations of {OPERATION_SECONDS} s running"
    second = sum(count - 1 for count in puts.values())
    yield Figure(f"{told}: second PUTs", second, "", 0, command, peer="1, and 20 where polls are refused")
    yield Figure(
        "the same: all Ready after the restart", took, "s", None, command, peer="16 s, operations of 20 s"
    )
    bench.remove(names)


def _wait_until_running(bench: Bench, mark: int) -> None:
    deadline = time.monotonic() + 60
    while _accepted(bench.requests(mark)) < RUNNING:
        if time.monotonic() > deadline:
            raise WorldError(f"{RUNNING} operations do not get under way")
        time.sleep(0.05)


def _accepted(asked: Sequence[dict[str, Any]]) -> int:
    return sum(one["status"] == 202 and is_write(one) for one in asked)  # noqa: PLR2004


def _writes(asked: Sequence[dict[str, Any]]) -> int:
    return sum(is_write(one) for one in asked)


def _lateness(refused: Sequence[float], calls: Sequence[float]) -> Iterator[float]:
    """For each wait that was asked for, how long after its end the next call came, if there was one."""
    for moment in refused:
        end = moment + STORM_SECONDS
        again = any(moment < other < end + IN_FLIGHT_SECONDS for other in refused if other != moment)
        following = next((call for call in calls if call > moment + IN_FLIGHT_SECONDS), None)
        if following is not None and not (again and following < end):
            yield max(0.0, following - end)
