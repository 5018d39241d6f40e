"""What objects as large as they can be cost in memory, and an answer that swells when it is unpacked."""

import time
from collections.abc import Iterator
from typing import Any, Final

from hack.bench.assets import SOURCE, url_of
from hack.bench.figures import Figure
from hack.bench.subjects import ASSETS, LOCATIONS, NAMESPACE, Bench, data_set
from hack.world.places import WorldError

OBJECTS: Final = 500
MOST_MIB: Final = 256.0
BOMB_MIB: Final = 512
MOST_UNDER_BOMBS_MIB: Final = 200.0
BOMBED: Final = 10
SETTLE_SECONDS: Final = 20.0
PATIENCE_SECONDS: Final = 1800.0
LINEAGE: Final = ("workspace", "jobName", "experiment", "gitCommit", "dataset", "createdBy")
REGISTRIES: Final = [f"bounds-{number}" for number in range(10)]
NAMES: Final = [f"largest-{number:03}" for number in range(OBJECTS)]


def bounds(bench: Bench, command: str) -> Iterator[Figure]:
    """Five hundred objects at the bounds of the CRD: made, found again after a restart, deleted."""
    for name in REGISTRIES:
        bench.create(name, 1)
    bench.wait_ready(REGISTRIES)
    bench.world.operator.restart()
    for number, name in enumerate(NAMES):
        bench.post(ASSETS, largest(name, number))
    _wait_until_told(bench)
    yield from _memory(bench, f"with {OBJECTS} objects at the CRD's bounds", command)
    bench.world.operator.restart()
    bench.wait_ready(REGISTRIES)
    yield from _memory(bench, "the same after a restart", command)
    _remove_all(bench)
    yield from _memory(bench, "after they are deleted", command)
    bench.remove(REGISTRIES)
    yield from _bombed(bench, command)


def _bombed(bench: Bench, command: str) -> Iterator[Figure]:
    """Listings of sources that are small as they travel and large once they are unpacked."""
    bench.create("bombed", 1)
    bench.wait_ready(["bombed"])
    bench.world.operator.restart()
    names = [f"bomb-{number}" for number in range(BOMBED)]
    for name in names:
        bench.cloud.put_blob(SOURCE, "team", f"{name}/rides.csv", b"1,2", location=LOCATIONS[0])
    bench.cloud.fault(
        method="GET", pathRegex=f"^/{SOURCE}/", queryRegex="comp=list", times=None, padMiB=BOMB_MIB, gzip=True
    )
    try:
        for name in names:
            bench.create_asset(name, "bombed", url_of(bench, name))
        time.sleep(SETTLE_SECONDS)
        told = f"most memory under {BOMBED} listings of {BOMB_MIB} MiB in gzip"
        yield Figure(told, bench.most_memory(), "MiB", MOST_UNDER_BOMBS_MIB, command)
    finally:
        bench.cloud.clear_faults()
    bench.wait_ready(names, ASSETS)
    bench.remove(names, ASSETS)
    bench.remove(["bombed"])


def largest(name: str, number: int) -> dict[str, Any]:
    """A version with as much in its spec as the CRD lets pass, and an annotation as kubectl leaves it."""
    manifest = data_set(name, REGISTRIES[number % len(REGISTRIES)], {})
    manifest["spec"]["version"] = str(number)
    spec = manifest["spec"]
    del spec["data"]
    spec |= {
        "description": "d" * 4096,
        "tags": {f"{tag:03}".ljust(128, "t"): "v" * 256 for tag in range(40)},
        "lineage": dict.fromkeys(LINEAGE, "l" * 1024),
        "source": {"inline": f"type: command\nname: {name}\ndescription: {'c' * 65000}\n"},
    }
    if number // len(REGISTRIES) % 2:
        flavors = [
            {"name": f"flavor-{flavor}", "properties": {f"key-{key}": "p" * 86 for key in range(16)}}
            for flavor in range(4)
        ]
        spec |= {"type": "Model", "model": {"format": "MLflow", "flavors": flavors}}
        spec["source"]["inline"] += "flavors: {mine: {}}\n"
    else:
        references = [
            {"type": "Data", "assetName": f"needed-{one}".ljust(100, "n"), "version": "1"}
            for one in range(64)
        ]
        spec |= {"type": "Component", "references": references}
    manifest["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": "a" * 2**16,
    }
    return manifest


def _memory(bench: Bench, what: str, command: str) -> Iterator[Figure]:
    time.sleep(SETTLE_SECONDS)
    yield Figure(f"operator's resident memory {what}", bench.memory(), "MiB", MOST_MIB, command)
    yield Figure("the most it was", bench.most_memory(), "MiB", MOST_MIB, command)


def _remove_all(bench: Bench) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    for name in NAMES:
        bench.delete(ASSETS, name)
    while bench.has_any(ASSETS):
        if time.monotonic() > deadline:
            raise WorldError("deleted objects do not go")
        time.sleep(1)


def _wait_until_told(bench: Bench) -> None:
    """Every object has been looked at: it is Ready, or says what it waits for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting := bench.unseen(ASSETS, "Ready", NAMES):
        if time.monotonic() > deadline:
            raise WorldError(f"{len(waiting)} objects of {NAMESPACE} are not looked at")
        time.sleep(2)
