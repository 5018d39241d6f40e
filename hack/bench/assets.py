"""How fast assets are published and copied, and what that costs."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from hack.bench.figures import Figure
from hack.bench.plain import BlobPlace, plain_copy
from hack.bench.subjects import ASSETS, LOCATIONS, MIB, Bench
from hack.world.places import WorldError
from mlregistry_operator.reconcile.content.lanes import LaneLimits
from mockcloud.client import is_write

REGIONS = 3
MANY = 200
SOME = 60
SMALL_BYTES = 4096
LARGE_MIB = 512
TURNS = 3
COPY_SECONDS = 0.3
SOURCE = "benchsource"
ARRIVAL = "bencharrival"


def many_assets(bench: Bench, command: str) -> Iterator[Figure]:
    """Many small assets at once, and what they cost when all is settled."""
    bench.create("many", REGIONS)
    bench.wait_ready(["many"])
    names = [f"small-{number}" for number in range(MANY)]
    plant_small(bench, names)
    created = [bench.create_asset(name, "many", url_of(bench, name)) for name in names]
    took = bench.wait_ready(names, ASSETS) - created[0]
    yield Figure(f"{MANY} small assets Ready in {REGIONS} regions", took, "s", None, command)
    bench.look_now(names, "first")  # whatever was still to be learnt is learnt
    mark = bench.cloud.last_request()
    bench.look_now(names, "settled")
    asked = bench.requests(mark)
    writes = sum(is_write(one) for one in asked)
    reads = (len(asked) - writes) / MANY
    told = f"reads per settled asset and hour, {REGIONS} regions, one look an hour"
    yield Figure(told, reads, "reads", None, command)
    yield Figure("writes of a look at settled assets", writes, "writes", 0, command)
    yield Figure(f"operator's resident memory with {MANY} assets", bench.memory(), "MiB", None, command)
    bench.remove(names, ASSETS)
    bench.remove(["many"])


def copies_in_flight(bench: Bench, command: str) -> Iterator[Figure]:
    """Copies that each take a while: how many of them are seen under way at one moment."""
    limit = LaneLimits().per_registry
    bench.create("lanes", REGIONS)
    bench.wait_ready(["lanes"])
    names = [f"lane-{number}" for number in range(SOME)]
    plant_small(bench, names)
    replicas = "|".join(replicas_of(bench, "lanes"))
    pattern = f"^/({replicas})/data/[^?]*/files/"
    bench.cloud.fault(method="PUT", pathRegex=pattern, times=SOME * REGIONS, delaySeconds=COPY_SECONDS)
    mark = bench.cloud.last_request()
    try:
        for name in names:
            bench.create_asset(name, "lanes", url_of(bench, name))
        bench.wait_ready(names, ASSETS)
    finally:
        bench.cloud.clear_faults()
    copies = [one for one in to_files(bench.requests(mark), replicas_of(bench, "lanes")) if is_write(one)]
    if len(copies) < SOME * (REGIONS - 1):
        raise WorldError(f"{len(copies)} copies were seen of {SOME * (REGIONS - 1)}")
    most = most_at_once([one["time"] for one in copies], COPY_SECONDS)
    yield Figure("copies of one registry in flight", most, "copies", limit, command, least=limit / 2)
    bench.remove(names, ASSETS)
    bench.remove(["lanes"])


def large_asset(bench: Bench, command: str) -> Iterator[Figure]:
    """A large file, published by the operator and copied by the SDK alone, in turns; the best of each."""
    bench.create("large", REGIONS)
    bench.wait_ready(["large"])
    bench.cloud.put_blob(ARRIVAL, "plain", "opened", b"", location=LOCATIONS[0])
    ours, plain, through = [], [], 0
    for turn in range(TURNS):
        name = f"large-{turn}"
        bench.cloud.put_blob(
            SOURCE, "team", f"{name}/weights.bin", size=LARGE_MIB * MIB, seed=name, location=LOCATIONS[0]
        )
        source = BlobPlace(SOURCE, "team", f"{name}/weights.bin")
        plain.append(plain_copy(bench.world.cloud.cloud, source, BlobPlace(ARRIVAL, "plain", name)))
        mark = bench.cloud.last_request()
        bench.create_asset(name, "large", url_of(bench, name))
        bench.wait_ready([name], ASSETS)
        asked = bench.requests(mark)
        ours.append(published_in(asked, f"/{SOURCE}/team/{name}/", f"/{name}/1/manifest.json"))
        through += bytes_through(asked, bench.accounts("large"))
    speed = LARGE_MIB / min(ours)
    yield Figure(f"publishing {LARGE_MIB} MiB, best of {TURNS}", speed, "MiB/s", None, command)
    alone = LARGE_MIB / min(plain)
    yield Figure(f"the SDK's plain copy of the same, best of {TURNS}", alone, "MiB/s", None, command)
    yield Figure("publishing against the plain copy", speed / alone, "", None, command, least=0.8)
    replicated = TURNS * LARGE_MIB * MIB * (REGIONS - 1)
    told = "bytes through the operator per replicated byte"
    yield Figure(told, through / replicated, "", 0.001, command)
    bench.remove([f"large-{turn}" for turn in range(TURNS)], ASSETS)
    bench.remove(["large"])


def plant_small(bench: Bench, names: Sequence[str]) -> None:
    """One small file for each."""
    for name in names:
        content = name.encode().ljust(SMALL_BYTES, b".")
        bench.cloud.put_blob(SOURCE, "team", f"{name}/rides.csv", content, location=LOCATIONS[0])


def url_of(bench: Bench, name: str) -> str:
    return f"{bench.world.cloud.cloud.url}/{SOURCE}/team/{name}"


def replicas_of(bench: Bench, registry: str) -> list[str]:
    return [name for place, name in bench.accounts(registry).items() if place != LOCATIONS[0]]


def to_files(asked: Sequence[dict[str, Any]], accounts: Sequence[str]) -> list[dict[str, Any]]:
    """The requests that are about the content of a version in one of these accounts."""
    return [one for one in asked if one["path"].split("/")[1] in accounts and "/files/" in one["path"]]


def most_at_once(arrivals: Sequence[float], seconds: float) -> int:
    """How many of requests that each take so long, at least, are under way at one moment."""
    ordered = sorted(arrivals)
    return max(place + 1 - bisect_right(ordered, moment - seconds) for place, moment in enumerate(ordered))


def published_in(asked: Sequence[dict[str, Any]], source: str, mark: str) -> float:
    """Seconds from the first request for the source's bytes to the commit mark in the primary."""
    reads = [one["time"] for one in asked if one["path"].startswith(source) and one["method"] == "GET"]
    marks = [one["time"] for one in asked if one["path"].endswith(mark) and is_write(one)]
    return float(min(marks) - min(reads))


def bytes_through(asked: Sequence[dict[str, Any]], accounts: dict[str, str]) -> int:
    """Bytes of bodies to and from replicas, and what was read of the primary's copy."""
    replicas = [name for place, name in accounts.items() if place != LOCATIONS[0]]
    primary = accounts[LOCATIONS[0]]
    copies = to_files(asked, replicas)
    if sum(is_write(one) for one in copies) < len(replicas):
        raise WorldError("the copies are not in the cloud's audit log")
    copied = sum(one["bytesIn"] + one["bytesOut"] for one in copies)
    return int(copied + sum(one["bytesOut"] for one in to_files(asked, [primary])))
