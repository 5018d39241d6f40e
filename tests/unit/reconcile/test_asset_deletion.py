"""An asset that goes, in memory: in which order its content goes, and what keeps it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from support.manifests import AssetBuilder, a_registry, an_asset
from support.memory_blobs import Call, MemoryAccount, refusal
from support.worlds import GROUP, PATIENCE, START, CrashError, MemoryImages, Twins

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.cloud.content import BlobRef, WrittenAs
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import place_of
from mlregistry_operator.domain.assets.tombstones import bury, encode_tombstone
from mlregistry_operator.domain.images import ImageTag
from mlregistry_operator.domain.naming import storage_account_names
from mlregistry_operator.reconcile.assets.claiming import record_of
from mlregistry_operator.reconcile.assets.deletion import delete_asset
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.sources import InlineSource
from mlregistry_operator.reconcile.world import Outcome

PRIMARY, *OTHERS = REGIONS = ("eastus", "westus", "northeurope")
ASSET = an_asset().with_spec(deletionPolicy="Delete")
BYTES = b"a: b\n"


class World:
    """A registry with one version that is published everywhere, and the object that published it."""

    def __init__(self) -> None:
        self.twins = Twins(a_registry().in_regions(*REGIONS))

    async def begin(self, asset: AssetBuilder = ASSET) -> None:
        await self.twins.settle()
        self.key = self.twins.cluster.apply(asset.manifest())
        self.id = AssetId("registry", self.asset.spec.type, "taxi-fare", "1")
        self.place = place_of(self.id.key)
        owner = record_of(self.asset).metadata()
        for location in REGIONS:
            wanted = Publication(self.id, InlineSource("data.yaml", BYTES), None, owner, alone=True)
            made = await publish(wanted, self.account(location), self.twins.content.capacity)
        self.twins.cluster.objects[self.key]["status"] = {"digest": made.digest}
        self.digest = made.digest
        self.twins.blobs.calls.clear()

    @property
    def asset(self) -> MLAsset:
        return read_asset(self.twins.cluster.objects[self.key])

    def account(self, location: str) -> MemoryAccount:
        return self.twins.blobs.account(storage_account_names(GROUP, "registry", location)[0])

    def names(self, location: str) -> set[str]:
        return set(self.account(location).names(self.place.container))

    async def look(self) -> Outcome:
        return await delete_asset(self.key, AssetMemory(PATIENCE), self.twins.world, self.twins.content)

    async def delete(self) -> Outcome:
        self.twins.cluster.delete(self.key)
        return await self.look()

    def changes(self) -> list[tuple[str, str]]:
        """Who was changed, and how, in order."""
        names = {self.account(one).endpoint.removeprefix("memory://"): one for one in REGIONS}
        changing = self.twins.blobs.verbs("delete", "put")
        return [(names[call.account], f"{call.verb} {call.blob.name}") for call in changing]

    @property
    def ready(self) -> dict[str, Any]:
        found = self.twins.cluster.objects[self.key]["status"]["conditions"]
        return next(cast("dict[str, Any]", one) for one in found if one["type"] == "Ready")

    def is_whole(self, location: str) -> bool:
        return {self.place.manifest, self.place.file("data.yaml")} <= self.names(location)


@pytest.fixture
async def world() -> World:
    world = World()
    await world.begin()
    return world


@pytest.mark.promise(11)
async def test_the_primary_goes_last_and_everywhere_the_stone_comes_first(world: World) -> None:
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
async def test_a_region_that_cannot_be_read_keeps_the_version_in_all(world: World, away: str) -> None:
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
async def test_whenever_the_process_dies_the_next_one_ends_it(world: World) -> None:
    """Killed at every call once; nothing is left without its stone, or in the primary before the others."""
    await world.delete()
    calls = len(world.twins.blobs.calls)
    assert calls > 20
    for number in range(calls):
        other, left = World(), number
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
async def test_what_another_object_was_taking_away_is_its_own_affair(world: World) -> None:
    """Its commit mark is gone and its files are not yet: this object never had them."""
    stone = bury(world.digest, world.twins.clock.now(), ObjectKey("default", "somebody"))
    for location in REGIONS:
        account = world.account(location)
        del account.stored[BlobRef(world.place.container, world.place.manifest)]
        account.plant(world.place.container, world.place.tombstone, encode_tombstone(stone))

    assert (await world.delete()).gone

    assert world.changes() == []


@pytest.mark.promise(9)
async def test_a_version_that_others_need_waits_and_names_them(world: World) -> None:
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
async def test_with_retain_or_by_force_nothing_is_read_or_taken(world: World) -> None:
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
async def image_world() -> World:
    world = World()
    await world.twins.settle()
    world.key = world.twins.cluster.apply(IMAGE.manifest())
    world.place = place_of(AssetId("registry", AssetType.ENVIRONMENT, "taxi-fare", "1").key)
    world.twins.cluster.objects[world.key]["status"] = {"digest": DIGEST}
    container, publisher = world.place.container, world.place.publisher
    kept = WrittenAs(metadata=record_of(world.asset).metadata())
    world.account(PRIMARY).plant(container, publisher, b"{}", kept)
    return world


@pytest.mark.promise(11)
async def test_before_an_image_goes_its_stone_is_there(image_world: World) -> None:
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
async def test_an_image_that_another_object_has_published_stays(image_world: World) -> None:
    world = image_world
    other = replace(record_of(world.asset), uid="another", namespace="team-b")
    kept = WrittenAs(metadata=other.metadata())
    world.account(PRIMARY).plant(world.place.container, world.place.publisher, b"{}", kept)
    images = OneImage(lambda: None)
    world.twins.content = replace(world.twins.content, images=images)

    assert (await world.delete()).gone

    assert images.there
    assert world.names(PRIMARY) == {world.place.publisher}
