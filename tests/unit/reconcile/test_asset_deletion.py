"""An asset that goes, in memory: in which order its content goes, and what keeps it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.asset_twins import ASSET, OTHERS, PRIMARY, REGIONS, AssetTwins
from support.manifests import an_asset
from support.memory_blobs import Call, refusal
from support.worlds import PATIENCE, START, CrashError, MemoryImages

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.cloud.content import BlobRef, WrittenAs
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import place_of
from mlregistry_operator.domain.assets.tombstones import bury, encode_tombstone
from mlregistry_operator.domain.images import ImageTag
from mlregistry_operator.reconcile.assets.claiming import record_of
from mlregistry_operator.reconcile.assets.deletion import delete_asset
from mlregistry_operator.reconcile.assets.memory import AssetMemory


@pytest.fixture
async def world() -> AssetTwins:
    world = AssetTwins()
    await world.begin()
    return world


@pytest.mark.promise(11)
async def test_the_primary_goes_last_and_everywhere_the_stone_comes_first(world: AssetTwins) -> None:
    assert (await world.delete()).gone

    for location in REGIONS:
        assert world.names(location) == {world.place.tombstone}
        own = [what for where, what in world.changes() if where == location]
        assert own[:2] == [f"put {world.place.tombstone}", f"delete {world.place.manifest}"]
    order = [where for where, _ in world.changes()]
    assert PRIMARY not in order[: order.index(PRIMARY)]
    assert set(order[order.index(PRIMARY) :]) == {PRIMARY}, "while it has the version, the version exists"


@pytest.mark.promise(11)
@pytest.mark.parametrize("away", REGIONS)
async def test_a_region_that_cannot_be_read_keeps_the_version_in_all(world: AssetTwins, away: str) -> None:
    name = world.account(away).endpoint.removeprefix("memory://")

    def is_away(call: Call, when: str) -> None:
        if (call.account, when) == (name, "before"):
            raise refusal("ServerBusy", call.blob, 503)

    world.twins.blobs.steps.append(is_away)
    assert not (await world.delete()).gone
    assert world.changes() == []
    assert away in world.ready["message"]

    world.twins.blobs.steps.clear()
    assert (await world.look()).gone
    assert world.names(away) == {world.place.tombstone}


@pytest.mark.promise(4)
async def test_whenever_the_process_dies_the_next_one_ends_it(world: AssetTwins) -> None:
    """Killed at every call once; nothing is left without its stone, or in the primary before the others."""
    await world.delete()
    calls = len(world.twins.blobs.calls)
    assert calls > 20
    for number in range(calls):
        other, left = AssetTwins(), number
        await other.begin()

        def dies(_: Call, when: str) -> None:
            nonlocal left
            left -= when == "after"
            if left < 0:
                raise CrashError

        other.twins.blobs.steps.append(dies)
        with pytest.raises(CrashError):
            await other.delete()
        other.twins.blobs.steps.clear()
        for location in REGIONS:
            assert other.is_whole(location) or other.place.tombstone in other.names(location)
        if not other.is_whole(PRIMARY):
            assert not any(other.is_whole(location) for location in OTHERS)

        while not (await other.look()).gone:
            pass
        for location in REGIONS:
            assert other.names(location) == {other.place.tombstone}, number


@pytest.mark.promise(11)
async def test_what_another_object_was_taking_away_is_its_own_affair(world: AssetTwins) -> None:
    """Its commit mark is gone and its files are not yet: this object never had them."""
    stone = bury(world.digest, world.twins.clock.now(), ObjectKey("default", "somebody"))
    for location in REGIONS:
        account = world.account(location)
        del account.stored[BlobRef(world.place.container, world.place.manifest)]
        account.plant(world.place.container, world.place.tombstone, encode_tombstone(stone))

    assert (await world.delete()).gone

    assert world.changes() == []


@pytest.mark.promise(9)
async def test_a_version_that_others_need_waits_and_names_them(world: AssetTwins) -> None:
    needs = [{"type": "Data", "assetName": "taxi-fare", "version": "1"}]
    user = an_asset("user", "user").with_spec(references=needs)
    other = world.twins.cluster.apply(user.manifest())

    assert not (await world.delete()).gone
    assert world.changes() == []
    assert world.ready["reason"] == "InUse"
    assert "default/user" in world.ready["message"]

    del world.twins.cluster.objects[other]
    assert (await world.look()).gone
    assert world.names(PRIMARY) == {world.place.tombstone}


@pytest.mark.promise(9)
async def test_with_retain_or_by_force_nothing_is_read_or_taken(world: AssetTwins) -> None:
    for edit in (ASSET.with_spec(deletionPolicy="Retain"), ASSET.annotated(force_detach="true")):
        world.twins.cluster.apply(edit.manifest())
        assert (await world.delete()).gone
    assert world.twins.blobs.calls == []


IMAGE = ASSET.with_spec(
    type="Environment", source={"image": {"reference": "mcr.example/base@sha256:" + "1" * 64}}
)
DIGEST = "sha256:" + "1" * 64


class OneImage(MemoryImages):
    """A container registry with one tag. `at_deletion` sees the deletion before it is done, and may raise."""

    def __init__(self, at_deletion: Callable[[], None]) -> None:
        super().__init__()
        self.at_deletion = at_deletion
        self.there = True

    async def tag(self, endpoint: str, repository: str, tag: str) -> ImageTag | None:
        assert (endpoint != "", repository, tag) == (True, "environments/taxi-fare", "1")
        return ImageTag(DIGEST, START) if self.there else None

    async def delete_version(self, endpoint: str, repository: str, tag: str) -> None:
        self.at_deletion()
        self.there = False


@pytest.fixture
async def image_world() -> AssetTwins:
    world = AssetTwins()
    await world.twins.settle()
    world.key = world.twins.cluster.apply(IMAGE.manifest())
    world.place = place_of(AssetId("registry", AssetType.ENVIRONMENT, "taxi-fare", "1").key)
    world.twins.cluster.objects[world.key]["status"] = {"digest": DIGEST}
    container, publisher = world.place.container, world.place.publisher
    kept = WrittenAs(metadata=record_of(world.asset).metadata())
    world.account(PRIMARY).plant(container, publisher, b"{}", kept)
    return world


@pytest.mark.promise(11)
async def test_before_an_image_goes_its_stone_is_there(image_world: AssetTwins) -> None:
    """Else the name could come back with other bytes, where the process dies in between."""
    world, seen = image_world, list[set[str]]()

    def dies_once() -> None:
        seen.append(world.names(PRIMARY))
        if len(seen) == 1:
            raise CrashError

    images = OneImage(dies_once)
    world.twins.content = replace(world.twins.content, images=images)
    with pytest.raises(CrashError):
        await world.delete()
    assert seen == [{world.place.tombstone, world.place.publisher}]
    assert images.there

    assert (await world.look()).gone
    assert not images.there
    assert world.names(PRIMARY) == {world.place.tombstone}


@pytest.mark.promise(16)
async def test_an_image_that_another_object_has_published_stays(image_world: AssetTwins) -> None:
    world = image_world
    other = replace(record_of(world.asset), uid="another", namespace="team-b")
    kept = WrittenAs(metadata=other.metadata())
    world.account(PRIMARY).plant(world.place.container, world.place.publisher, b"{}", kept)
    images = OneImage(lambda: None)
    world.twins.content = replace(world.twins.content, images=images)

    assert (await world.delete()).gone

    assert images.there
    assert world.names(PRIMARY) == {world.place.publisher}


async def test_what_is_under_way_for_it_ends_before_anything_goes(world: AssetTwins) -> None:
    """A copy that goes on would bring back what was taken away."""
    memory, ended = AssetMemory(PATIENCE), list[tuple[str, str]]()

    async def copies() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(("changes so far", str(world.changes())))

    memory.jobs.start("westus", copies())
    await asyncio.sleep(0)
    world.twins.cluster.delete(world.key)

    assert (await delete_asset(world.key, memory, world.twins.world, world.twins.content)).gone
    assert ended == [("changes so far", "[]")]
    assert memory.jobs.running() == frozenset()
