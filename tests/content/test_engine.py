"""The engine on the mock cloud's accounts: real SDK, real TLS; the bytes are compared as they lie."""

import asyncio
import hashlib
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from support.blob_accounts import PRIMARY, REPLICA, TEAM, Accounts

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.copies import CopyLimits, Method
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import place_of
from mlregistry_operator.domain.assets.tombstones import bury
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.reconcile.content.capacity import Capacity, capacity
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.remove import remove
from mlregistry_operator.reconcile.content.replicate import Copying, replicate
from mlregistry_operator.reconcile.content.sources import BlobSource
from mlregistry_operator.reconcile.content.verify import verify
from mlregistry_operator.reconcile.content.versions import CommittedVersion

ASSET = AssetId("DemoRegistry1", AssetType.MODEL, "taxi-fare", "3")
PLACE = place_of(ASSET.key)
FILES = {
    "MLmodel": b"flavors: {}",
    "empty": b"",
    "code/with space/ünï%20code+#?.py": b"print('hello')",
    "weights.bin": bytes(range(256)) * 4 * 5_000,  # 5 MB
}


@pytest.fixture
def room() -> Capacity:
    return capacity(16 * MIB)


def give(accounts: Accounts, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        accounts.plant(TEAM, "drop", f"model/{path}", data)


async def publication(accounts: Accounts, **options: Any) -> Publication:
    return Publication(ASSET, BlobSource(await accounts.open(TEAM), "drop", "model/"), **options)


async def published(accounts: Accounts, room: Capacity, **options: Any) -> CommittedVersion:
    primary = await accounts.open(PRIMARY)
    return await publish(await publication(accounts, **options), primary, room)


async def copying(accounts: Accounts, version: CommittedVersion) -> Copying:
    origin = Origin(await accounts.open(PRIMARY), PLACE)
    return Copying(version, [origin], await accounts.open(REPLICA), PLACE, "DemoRegistry1")


async def refused(work: Any) -> Failure:
    with pytest.raises(CloudError) as caught:
        await work
    return caught.value.failure


def files_in(accounts: Accounts, account: str) -> dict[str, bytes]:
    names = [one["name"] for one in accounts.lying(account) if one["committed"]]
    paths = {name: path for name in names if (path := PLACE.path_of(name)) is not None}
    return {path: accounts.bytes_of(account, PLACE.container, name) for name, path in paths.items()}


async def test_the_bytes_are_the_same_in_source_primary_and_replica(
    accounts: Accounts, room: Capacity
) -> None:
    give(accounts, FILES)
    version = await published(accounts, room)
    mark = accounts.client.last_request()
    await replicate(await copying(accounts, version), room)

    assert files_in(accounts, PRIMARY) == FILES
    assert files_in(accounts, REPLICA) == FILES
    assert (await verify(version, PLACE, await accounts.open(REPLICA))).complete
    content = sum(len(data) for data in FILES.values())
    carried = sum(one["bytesIn"] for one in accounts.client.requests(mark))
    assert carried < content / 100, "the manifest and checksums alone"


@pytest.mark.promise(2)
async def test_a_second_time_nothing_is_written(accounts: Accounts, room: Capacity) -> None:
    give(accounts, FILES)
    version = await published(accounts, room)
    await replicate(await copying(accounts, version), room)
    mark = accounts.client.last_request()
    again = await published(accounts, room)
    await replicate(await copying(accounts, again), room)
    assert again.digest == version.digest
    assert {one["method"] for one in accounts.client.requests(mark)} <= {"GET", "HEAD"}


async def test_1500_files_in_one_version(accounts: Accounts, room: Capacity) -> None:
    give(accounts, {f"part-{number:04}": f"content {number}".encode() for number in range(1500)})
    version = await published(accounts, room)
    await replicate(await copying(accounts, version), room)
    primary = {name: md5 for name, md5 in accounts.committed(PRIMARY).items() if "/files/" in name}
    replica = {name: md5 for name, md5 in accounts.committed(REPLICA).items() if "/files/" in name}
    assert len(primary) == 1500
    assert replica == primary


@pytest.mark.parametrize("corrupt", ["flip", "truncate", "changeAfterList"])
async def test_a_damaged_source_is_never_committed(accounts: Accounts, room: Capacity, corrupt: str) -> None:
    give(accounts, FILES)
    accounts.client.fault(method="GET", pathRegex="drop/model/weights.bin", corrupt=corrupt, times=None)

    failure = await refused(published(accounts, room))

    assert failure.reason in {Reason.CONTENT_DAMAGED, Reason.SOURCE_CHANGED}
    assert "weights.bin" in failure.sentence
    if corrupt == "flip":
        assert hashlib.md5(FILES["weights.bin"], usedforsecurity=False).hexdigest() in failure.sentence
    assert accounts.committed(PRIMARY) == {}
    accounts.client.clear_faults()
    await published(accounts, room)
    assert files_in(accounts, PRIMARY) == FILES


@pytest.mark.parametrize("corrupt", ["flip", "truncate"])
@pytest.mark.parametrize(
    "limits",
    [CopyLimits(), CopyLimits(copy_from_url=0), CopyLimits(copy_from_url=0, put_from_url=0, block=2 * MIB)],
    ids=["copy from URL", "put from URL", "blocks from URL"],
)
async def test_damage_while_copying_is_refused_by_the_service_and_heals(
    accounts: Accounts, corrupt: str, limits: CopyLimits
) -> None:
    room = capacity(16 * MIB, copies=limits)
    give(accounts, FILES)
    version = await published(accounts, room)
    accounts.client.fault(method="PUT", pathRegex=f"^/{REPLICA}/.*weights.bin", corrupt=corrupt, times=None)

    failure = await refused(replicate(await copying(accounts, version), room))

    assert "weights.bin" in failure.sentence
    if corrupt == "flip":
        assert failure.reason is Reason.CONTENT_DAMAGED
        assert hashlib.sha256(FILES["weights.bin"]).hexdigest() in failure.sentence
        assert len(set(re.findall(r"MD5 ([0-9a-f]{32})", failure.sentence))) == 2, "expected and found"
    assert not any(name.endswith(("manifest.json", "weights.bin")) for name in accounts.committed(REPLICA))
    accounts.client.clear_faults()
    await replicate(await copying(accounts, version), room)
    assert files_in(accounts, REPLICA) == FILES


@pytest.mark.parametrize(
    ("times", "because"),
    [
        (1, "a backend without Copy Blob From URL"),
        (2, "a backend without Put Blob From URL either"),
        (3, "a backend with Copy Blob alone"),
    ],
)
async def test_a_backend_without_a_method_is_served_by_another(
    accounts: Accounts, room: Capacity, times: int, because: str
) -> None:
    give(accounts, {"a": b"content"})
    version = await published(accounts, room)
    accounts.client.fault(
        method="PUT", pathRegex=f"^/{REPLICA}/.*/files/a", status=501, errorCode="NotImplemented", times=times
    )
    await replicate(await copying(accounts, version), room)
    assert files_in(accounts, REPLICA) == {"a": b"content"}, because


async def test_a_slow_copy_is_followed_to_its_end(accounts: Accounts) -> None:
    room = Capacity(capacity().budget, capacity().lanes, poll=0.02)
    room.refused[f"{accounts.url}/{REPLICA}"] = set(Method)
    data = bytes(2 * MIB)
    give(accounts, {"a": data})
    version = await published(accounts, room)
    accounts.client.settings(copySecondsPerMiB=0.2)
    progress, seen = Progress(), set[int]()
    work = asyncio.create_task(replicate(await copying(accounts, version), room, progress))
    while not work.done():
        seen.add(progress.done)
        await asyncio.sleep(0.01)
    await work
    assert len(seen) > 3, "it was seen to go on"
    assert files_in(accounts, REPLICA) == {"a": data}


async def test_a_file_of_6_gib_is_copied_by_blocks_and_goes_on_where_it_stopped(accounts: Accounts) -> None:
    """A tenth of that, with limits ten times smaller; a pattern takes no memory in the mock."""
    room = capacity(copies=CopyLimits(copy_from_url=25 * MIB, put_from_url=500 * MIB, block=64 * MIB))
    accounts.plant(TEAM, "drop", "model/large.bin", size=600 * MIB)
    version = await published(accounts, room)
    accounts.client.fault(
        method="PUT",
        pathRegex=f"^/{REPLICA}/.*comp=block&",
        skip=4,
        status=403,
        errorCode="AuthorizationFailure",
        times=None,
    )
    await refused(replicate(await copying(accounts, version), room))
    accounts.client.clear_faults()
    before = time.time()
    staged = sum(one["uncommittedBlocks"] for one in accounts.lying(REPLICA))
    assert staged > 0

    await replicate(await copying(accounts, version), room)

    arrived = [one for one in accounts.client.requests() if one["time"] >= before]
    puts = [one for one in arrived if "comp=block&" in one["query"]]
    assert 0 < len(puts) <= 10 - staged, "no block was copied twice"
    assert (
        accounts.committed(REPLICA)[f"models/{PLACE.file('large.bin')}"]
        == (accounts.committed(TEAM)["drop/model/large.bin"])
    )


async def test_a_region_that_is_down_is_told_and_comes_back(accounts: Accounts, room: Capacity) -> None:
    give(accounts, FILES)
    version = await published(accounts, room)
    accounts.client.region("westus", available=False)
    failure = await refused(replicate(await copying(accounts, version), room))
    assert failure.reason is Reason.AZURE_UNAVAILABLE
    accounts.client.region("westus", available=True)
    await replicate(await copying(accounts, version), room)
    assert files_in(accounts, REPLICA) == FILES


async def test_an_account_with_directories_holds_versions_like_any_other(
    accounts: Accounts, room: Capacity
) -> None:
    accounts.make("lakeaccount", isHnsEnabled=True)
    lake = await accounts.open("lakeaccount")
    give(accounts, FILES)
    version = await publish(await publication(accounts), lake, room)
    assert files_in(accounts, "lakeaccount") == FILES
    there = Copying(version, [Origin(lake, PLACE)], await accounts.open(REPLICA), PLACE, "DemoRegistry1")
    await replicate(there, room)
    assert files_in(accounts, REPLICA) == FILES

    stone = bury(version.digest, datetime(2026, 1, 1, tzinfo=UTC), ObjectKey("team-a", "taxi-fare-3"))
    for _ in range(2):
        await remove(stone, PLACE, lake, room)
    assert list(accounts.committed("lakeaccount")) == [f"{PLACE.container}/{PLACE.tombstone}"]
    left = [one.name async for one in lake.blobs(PLACE.container, PLACE.files.rstrip("/"))]
    assert left == [], "no empty directory is left of its files"
    again = await publish(await publication(accounts), lake, room)
    assert again.digest == version.digest, "the same bytes may come back"


@pytest.mark.promise(11)
async def test_a_deleted_version_does_not_come_back_with_other_bytes(
    accounts: Accounts, room: Capacity
) -> None:
    give(accounts, {"a": b"one"})
    version = await published(accounts, room)
    primary = await accounts.open(PRIMARY)
    stone = bury(version.digest, datetime(2026, 1, 1, tzinfo=UTC), ObjectKey("team-a", "taxi-fare-3"))
    await remove(stone, PLACE, primary, room)
    give(accounts, {"a": b"two"})
    failure = await refused(published(accounts, room))
    assert failure.reason is Reason.VERSION_DELETED
    assert files_in(accounts, PRIMARY) == {}
