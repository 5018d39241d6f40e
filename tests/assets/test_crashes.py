"""A crash at any moment of a publication or a copy: it ends complete, with the same bytes, nothing twice."""

import random
import time
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from support.assets import REGIONS, a_model, ready
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import AssetBuilder, RegistryBuilder
from support.shelves import Shelves, Version

from hack.controlplane.processes import Deadline
from hack.world.operators import OperatorProcess
from mlregistry_operator.domain.assets.copies import DEFAULT_LIMITS

LIVES = ((1, 2, 3, 4, 5), (6, 7, 8, 9, 10), (11, 12, 13, 14, 15), (16, 17, 18, 19, 20))  # seeds of crashes
SMALL = {"MLmodel": b"flavors: {}\n", "empty": b"", "data/weights.bin": bytes(range(256)) * 40}
GIB = 1 << 30
LARGE = [GIB, pytest.param(6 * GIB, marks=pytest.mark.slow)]
MOST_MEMORY = 200 * 1000 * 1000
PIECES = 4  # blocks of one file that are copied at the same time
PATIENCE_SECONDS = 200.0


@pytest.mark.promise(4)
@pytest.mark.parametrize("seeds", LIVES, ids=lambda seeds: f"seeds {seeds[0]} to {seeds[-1]}")
def test_versions_end_complete_however_often_the_operator_is_killed(
    cluster: Cluster,
    operator: OperatorProcess,
    registry: RegistryBuilder,
    shelves: Shelves,
    seeds: tuple[int, ...],
) -> None:
    operator.stop()
    shelves.cloud.settings(latencySeconds=0.05)
    prefix = f"crashed-{seeds[0]}"
    shelves.plant("crashes", {f"{prefix}/{path}": content for path, content in SMALL.items()})
    shelves.plant_pattern("crashes", f"{prefix}/large.bin", 20 << 20)
    models = [a_model(f"crashed-{seed}", shelves.url("crashes", prefix)) for seed in seeds]
    mark = shelves.cloud.last_request()

    for seed, model in zip(seeds, models, strict=True):
        cluster.create(model.manifest())
        crash(operator, shelves.cloud, after=random.Random(seed).uniform(0.0, 1.2))  # noqa: S311 - no secret
    operator.start()
    digests = {ready(cluster, asset)["status"]["digest"] for asset in models}

    assert len(digests) == 1, "the same bytes have the same digest"
    assert_same_pattern(shelves, registry.name, prefix, models)
    assert_every_file_has_its_mark(shelves, registry.name)
    assert repeated(shelves, mark) == {}, "what was uploaded is not uploaded again"


def wait_for_blocks(cloud: MockCloud, path: str, mark: int, count: int) -> None:
    """Look until so many blocks of a blob were accepted."""
    deadline = Deadline(PATIENCE_SECONDS)
    while sum(block.startswith(f"{path} ") for block in accepted_blocks(cloud, mark)) < count:
        assert not deadline.passed, f"{path} does not grow"
        time.sleep(0.2)


def crash(operator: OperatorProcess, cloud: MockCloud, *, after: float) -> None:
    """A life of so many seconds, from its first request to the cloud on."""
    mark = cloud.last_request()
    operator.start(wait=False)
    deadline = Deadline(30)
    while not cloud.requests(mark):
        assert not deadline.passed, "the operator asks the cloud for something"
        time.sleep(0.02)
    time.sleep(after)
    operator.kill()


def assert_same_pattern(shelves: Shelves, registry: str, prefix: str, models: list[AssetBuilder]) -> None:
    source = {
        blob["name"].removeprefix(f"{prefix}/"): blob["md5"]
        for blob in shelves.source("crashes")
        if blob["name"].startswith(f"{prefix}/")
    }
    assert len(source) == len(SMALL) + 1
    accounts = shelves.accounts(registry)
    assert set(accounts) == set(REGIONS)
    for asset in models:
        version = Version(registry, "Model", asset.spec["assetName"])
        for account in accounts.values():
            listed = shelves.lying(account, version)
            assert {name[6:]: one["md5"] for name, one in listed.items() if name[:6] == "files/"} == source


def assert_every_file_has_its_mark(shelves: Shelves, registry: str) -> None:
    """No committed file without the commit mark of its version."""
    for account in shelves.accounts(registry).values():
        names = {
            f"{one['container']}/{one['name']}" for one in shelves.cloud.blobs(account) if one["committed"]
        }
        unmarked = [
            name
            for name in names
            if "/files/" in name and f"{name.partition('/files/')[0]}/manifest.json" not in names
        ]
        assert unmarked == [], f"{account} holds files of what is no version"


def repeated(shelves: Shelves, mark: int) -> dict[str, int]:
    """Blocks that were accepted more than once since then, by path and id."""
    return {block: times for block, times in accepted_blocks(shelves.cloud, mark).items() if times > 1}


def most_memory(operator: OperatorProcess) -> int:
    """The most bytes that this life of the operator has held resident."""
    status = Path(f"/proc/{operator.pid}/status").read_text("utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def assert_hardly_repeated(shelves: Shelves, accounts: dict[str, str], mark: int) -> None:
    """No upload is repeated; of copies, those alone of which the service told nobody that they were done."""
    twice = Counter(block.split("/")[1] for block in repeated(shelves, mark))
    assert twice[accounts["eastus"]] == 0
    assert all(count <= PIECES for count in twice.values()), twice


def accepted_blocks(cloud: MockCloud, mark: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in cloud.requests(mark):
        query = parse_qs(entry["query"])
        if entry["method"] == "PUT" and query.get("comp") == ["block"] and entry["status"] == 201:
            found[f"{entry['path']} {query['blockid'][0]}"] += 1
    return found


@pytest.mark.promise(4)
@pytest.mark.parametrize("size", LARGE, ids=lambda size: f"{size // GIB} GiB")
def test_a_large_file_is_published_and_copied_over_crashes(
    cluster: Cluster, operator: OperatorProcess, registry: RegistryBuilder, shelves: Shelves, size: int
) -> None:
    """Neither the publication nor a copy starts from zero, and hardly any of it is in memory at once."""
    cloud, name = shelves.cloud, f"large-{size // GIB}"
    cloud.settings(copySecondsPerMiB=0.002)
    shelves.plant_pattern("large", f"{name}/weights.bin", size)
    version = Version(registry.name, "Model", name)
    asset = a_model(name, shelves.url("large", name))
    mark = cloud.last_request()
    accounts, blob = shelves.accounts(registry.name), f"models/{name}/1/files/weights.bin"

    cluster.create(asset.manifest())
    wait_for_blocks(cloud, f"/{accounts['eastus']}/{blob}", mark, 60)
    operator.restart(kill=True)
    cluster.wait(
        asset,
        lambda seen: condition(seen, "Published").get("status") == "True",
        because="it goes on where it was",
        seconds=PATIENCE_SECONDS,
    )
    assert most_memory(operator) < MOST_MEMORY
    if size > DEFAULT_LIMITS.put_from_url:  # a smaller one is copied by one request
        wait_for_blocks(cloud, f"/{accounts['westus']}/{blob}", mark, 6)
    operator.restart(kill=True)
    ready(cluster, asset, seconds=PATIENCE_SECONDS)

    assert_hardly_repeated(shelves, accounts, mark)
    (source,) = [blob["md5"] for blob in shelves.source("large") if blob["size"] == size]
    for account in accounts.values():
        there = shelves.lying(account, version)["files/weights.bin"]
        assert (there["size"], there["md5"]) == (size, source)


MANY = {f"part-{n:03}.bin": f"content of {n}\n".encode() * 50 for n in range(201)}


@pytest.mark.promise(4)
def test_two_hundred_files_are_published_over_two_kills(
    cluster: Cluster, operator: OperatorProcess, registry: RegistryBuilder, shelves: Shelves
) -> None:
    cloud, version = shelves.cloud, Version(registry.name, "Model", "many")
    cloud.settings(latencySeconds=0.02)
    shelves.plant("many", MANY)
    asset, mark = a_model("many", shelves.url("many")), cloud.last_request()
    primary = shelves.accounts(registry.name)["eastus"]

    cluster.create(asset.manifest())
    for least in (40, 120):
        wait_for_uploads(cloud, f"/{primary}/models/many/1/files/", mark, least)
        operator.kill()
        assert "manifest.json" not in shelves.committed(primary, version), "it is killed in the middle"
        operator.start()
    ready(cluster, asset)

    shelves.assert_everywhere(version, MANY, *REGIONS)
    assert repeated(shelves, mark) == {}, "what was uploaded is not uploaded again"


def wait_for_uploads(cloud: MockCloud, folder: str, mark: int, count: int) -> None:
    """Look until so many blocks of the files in a folder were accepted."""
    deadline = Deadline(PATIENCE_SECONDS)
    while sum(block.startswith(folder) for block in accepted_blocks(cloud, mark)) < count:
        assert not deadline.passed, f"{folder} does not fill"
        time.sleep(0.02)
