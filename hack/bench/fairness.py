"""What one tenant's many objects and slow sources cost another one: first alone, and then beside them.

Azure's operations take a second here, as in the demo's world. Both are measured in one run: how fast the
machine is, and what else it does, is in both.
"""

from collections.abc import Iterator

from hack.bench.figures import Figure
from hack.bench.subjects import (
    ASSETS,
    LOCATIONS,
    MIB,
    NAMESPACE,
    REGISTRIES,
    Bench,
    data_set,
    is_ready,
    registry,
)
from hack.world.places import WorldError

REGIONS = 3
MANY = 300
TIMES = 2.0
DRIPPING = 3
DRIP_SECONDS = 3.0
DRIPPING_MIB = 64
MOST_SECONDS = 2.0
SOURCES = "slowsource"
TEAM = "team"
OPERATION_SECONDS = 1
OF_TEAM = ASSETS.replace(NAMESPACE, TEAM)
REGISTRIES_OF_TEAM = REGISTRIES.replace(NAMESPACE, TEAM)
TEXT = {"inline": "a: b\n"}


def fairness(bench: Bench, command: str) -> Iterator[Figure]:
    """A new registry and a small asset of a team: alone, beside many assets, and beside slow sources."""
    bench.namespace(TEAM)
    shared = registry("shared", LOCATIONS[:REGIONS])
    shared["spec"]["allowedNamespaces"] = {"from": "All"}
    bench.post(REGISTRIES, shared)
    bench.wait_ready(["shared"])
    bench.settings(lroSeconds=OPERATION_SECONDS)
    try:
        _team_works(bench, "warm")
        alone = _team_works(bench, "alone")
        yield from _beside_many(bench, command, *alone)
        yield from _beside_drips(bench, command, alone[1])
    finally:
        bench.settings(lroSeconds=0)
    bench.remove(["warm", "alone", "many", "drips"], OF_TEAM)
    bench.remove(["warm", "alone", "many", "drips"], REGISTRIES_OF_TEAM)
    bench.remove(["shared"])


def _beside_many(bench: Bench, command: str, first: float, second: float) -> Iterator[Figure]:
    names = [f"many-{number}" for number in range(MANY)]
    for name in names:
        bench.post(ASSETS, data_set(name, "shared", TEXT))
    took = _team_works(bench, "many")
    if all(is_ready(one) for one in bench.list(ASSETS)):
        raise WorldError(f"{MANY} assets were Ready before the others: nobody waited")
    beside = f"beside {MANY} waiting assets of another namespace, times alone"
    yield Figure("a registry alone Ready", first, "s", None, command)
    yield Figure(f"a registry {beside}", took[0] / first, "", TIMES, command)
    yield Figure("a small inline asset alone Ready", second, "s", None, command)
    yield Figure(f"a small inline asset {beside}", took[1] / second, "", TIMES, command)
    bench.remove(names, ASSETS, seconds=MANY)


def _beside_drips(bench: Bench, command: str, second: float) -> Iterator[Figure]:
    """Three sources that give a byte every three seconds, and would have all content memory by themselves.

    Each lies in an account of its own: what one account may hold is a share of its own.
    """
    names = [f"drip-{number}" for number in range(DRIPPING)]
    bench.cloud.fault(
        method="GET", pathRegex=f"^/{SOURCES}\\d/team/drip.*bin", times=None, dripSeconds=DRIP_SECONDS
    )
    try:
        for number, name in enumerate(names):
            account = f"{SOURCES}{number}"
            for part in range(DRIPPING):
                path = f"{name}/{part}.bin"
                bench.cloud.put_blob(account, "team", path, size=DRIPPING_MIB * MIB, location=LOCATIONS[0])
            url = f"{bench.world.cloud.cloud.url}/{account}/team/{name}"
            bench.post(ASSETS, data_set(name, "shared", {"blob": {"url": url}}))
        mark = bench.cloud.last_request()
        bench.wait_until(lambda: _listed(bench, mark) >= DRIPPING, "the slow sources are looked at")
        _, took = _team_works(bench, "drips")
    finally:
        bench.cloud.clear_faults()
    told = f"a small inline asset beside {DRIPPING} dripping sources of another namespace, longer than alone"
    yield Figure(told, max(0.0, took - second), "s", MOST_SECONDS, command)
    bench.remove(names, ASSETS)


def _listed(bench: Bench, since: int) -> int:
    asked = bench.requests(since)
    lists = (one["path"] for one in asked if "comp=list" in one["query"])
    return len({path for path in lists if path.startswith(f"/{SOURCES}")})


def _team_works(bench: Bench, name: str) -> tuple[float, float]:
    """Seconds until a new registry of the team is Ready, and until a small asset of the shared one is."""
    began = bench.post(REGISTRIES_OF_TEAM, registry(name, LOCATIONS[:REGIONS], TEAM))
    document = data_set(name, "shared", TEXT, TEAM)
    document["spec"]["registryRef"]["namespace"] = NAMESPACE
    bench.post(OF_TEAM, document)
    ready = bench.moments_of_ready({REGISTRIES_OF_TEAM: name, OF_TEAM: name})
    return ready[REGISTRIES_OF_TEAM] - began, ready[OF_TEAM] - began
