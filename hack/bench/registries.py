"""How fast a registry converges and what its operator costs."""

from collections.abc import Iterator
from statistics import median

from hack.bench.figures import Figure
from hack.bench.subjects import Bench

REPEATS = 5
MANY = 50


def first_write(bench: Bench, command: str) -> Iterator[Figure]:
    """From the moment of the create to the arrival of the first ARM write."""
    delays = []
    for number in range(REPEATS):
        name = f"first-write-{number}"
        created = bench.create(name, 1)
        bench.wait_ready([name])
        delays.append(bench.first_write(created) - created)
        bench.remove([name])
    yield Figure(f"first ARM write after the create, median of {REPEATS}", median(delays), "s", 0.5, command)


def three_regions(bench: Bench, command: str) -> Iterator[Figure]:
    """The registry of the first example, on a cloud whose operations take no time."""
    times = []
    for number in range(REPEATS):
        name = f"three-regions-{number}"
        created = bench.create(name, 3)
        times.append(bench.wait_ready([name]) - created)
        bench.remove([name])
    yield Figure(f"three regions Ready, median of {REPEATS}", median(times), "s", 3, command)


def ten_regions(bench: Bench, command: str) -> Iterator[Figure]:
    """Regions converge side by side: ten operations of 5 s, and not 50 s."""
    bench.settings(lroSeconds=5)
    try:
        created = bench.create("ten-regions", 10)
        yield Figure(
            "ten regions Ready, operations of 5 s",
            bench.wait_ready(["ten-regions"]) - created,
            "s",
            12,
            command,
        )
    finally:
        bench.settings(lroSeconds=0)
    bench.remove(["ten-regions"])


def memory(bench: Bench, command: str) -> Iterator[Figure]:
    """Resident memory of a fresh operator, and with many registries settled."""
    bench.world.operator.restart()
    yield Figure("operator's resident memory after start", bench.memory(), "MiB", None, command)
    names = [f"memory-{number}" for number in range(MANY)]
    created = [bench.create(name, 3) for name in names]
    yield Figure(
        f"{MANY} registries of three regions Ready", bench.wait_ready(names) - created[0], "s", None, command
    )
    yield Figure(f"operator's resident memory with {MANY} registries", bench.memory(), "MiB", None, command)
    bench.remove(names)
