"""A region that leaves, in memory: what holds it, what is copied, and when its name is free again."""

import pytest
from support.manifests import a_registry
from support.memory_blobs import Call, MemoryAccount, refusal
from support.worlds import GROUP, Twins

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.cloud.content import BlobRef
from mlregistry_operator.domain import arm
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import place_of
from mlregistry_operator.domain.naming import container_registry_names, storage_account_names
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.sources import InlineSource
from mlregistry_operator.reconcile.forgetting import ABSENT_LOOKS

TWO = a_registry().in_regions("eastus", "westus")
ONE = TWO.in_regions("eastus")
ASSET = AssetId("registry", AssetType.DATA, "alone", "1")
PLACE = place_of(ASSET.key)
WEST = GROUP.storage_account(storage_account_names(GROUP, "registry", "westus")[0])
REPLICA = arm.replication(
    GROUP.container_registry(container_registry_names(GROUP, "registry", "eastus")[0]), "westus"
)


async def settled(policy: str = "Delete") -> Twins:
    twins = Twins(TWO.with_spec(regionRemovalPolicy=policy))
    await twins.settle()
    return twins


def account(twins: Twins, location: str) -> MemoryAccount:
    return twins.blobs.account(storage_account_names(GROUP, "registry", location)[0])


async def with_content(twins: Twins, *locations: str) -> None:
    """The version lies whole in these regions, and no object declares it."""
    for location in locations:
        wanted = Publication(ASSET, InlineSource("data.yaml", b"a: b\n"), None, {}, alone=True)
        await publish(wanted, account(twins, location), twins.content.capacity)


def is_whole(found: MemoryAccount) -> bool:
    return {PLACE.manifest, PLACE.file("data.yaml")} <= set(found.names(PLACE.container))


def refuses_lists(call: Call, when: str) -> None:
    """An account that says nothing of what it holds."""
    if (call.verb, when) == ("list", "before"):
        raise refusal("AuthorizationPermissionMismatch", call.blob, 403)


def deleted(twins: Twins) -> list[str]:
    return [target for kind, target in twins.cloud.writes if kind.startswith("Delete")]


@pytest.mark.promise(9)
@pytest.mark.parametrize("policy", ["Delete", "Retain"])
async def test_what_lies_in_the_leaving_region_alone_is_copied_first(policy: str) -> None:
    twins = await settled(policy)
    await with_content(twins, "westus")

    twins.edit(ONE.with_spec(regionRemovalPolicy=policy))
    await twins.look()
    assert deleted(twins) == []
    assert twins.row("westus")["state"] == "Draining"
    assert "data/alone/versions/1" in twins.row("westus")["message"]
    assert [step["action"] for step in twins.status["plan"]] == ["DeleteReplication", "DrainStorageAccount"]

    await twins.settle()

    assert is_whole(account(twins, "eastus"))
    assert deleted(twins) == [REPLICA, *([WEST] if policy == "Delete" else [])]
    assert twins.ready == ("True", "Succeeded")


@pytest.mark.promise(3)
@pytest.mark.promise(9)
async def test_a_status_that_is_lost_meanwhile_loses_no_account() -> None:
    twins = await settled()
    await with_content(twins, "westus")
    twins.edit(ONE.with_spec(regionRemovalPolicy="Delete"))

    twins.cluster.lose_status(twins.key)
    twins.restart()
    await twins.look()
    assert deleted(twins) == []
    assert twins.row("westus")["state"] == "Draining"

    await twins.settle()
    assert is_whole(account(twins, "eastus"))
    assert deleted(twins) == [REPLICA, WEST]


@pytest.mark.promise(9)
async def test_what_is_whole_elsewhere_holds_nothing() -> None:
    twins = await settled()
    await with_content(twins, "eastus", "westus")
    twins.blobs.calls.clear()

    twins.edit(ONE.with_spec(regionRemovalPolicy="Delete"))
    await twins.settle()

    assert deleted(twins) == [REPLICA, WEST]
    assert {call.verb for call in twins.blobs.calls} <= {"list", "read", "facts"}, "nothing was written"


@pytest.mark.promise(9)
@pytest.mark.parametrize("lacks", ["the file", "the bytes of the file"])
async def test_a_commit_mark_in_a_staying_region_is_no_proof_of_a_copy(lacks: str) -> None:
    twins = await settled()
    await with_content(twins, "eastus", "westus")
    east, file = account(twins, "eastus"), PLACE.file("data.yaml")
    del east.stored[east.ref(PLACE.container, file)]
    if lacks == "the bytes of the file":
        east.plant(PLACE.container, file, b"a: c\n")

    twins.edit(ONE.with_spec(regionRemovalPolicy="Delete"))
    await twins.look()
    assert deleted(twins) == []
    assert twins.row("westus")["state"] == "Draining"

    await twins.settle()
    assert east.stored[east.ref(PLACE.container, file)].data == b"a: b\n"
    assert deleted(twins) == [REPLICA, WEST]


@pytest.mark.promise(9)
async def test_a_version_that_was_put_there_anew_is_proved_anew() -> None:
    """What was proved once is not asked again for a while, if its commit mark is still the same one."""
    twins = await settled()
    await with_content(twins, "eastus", "westus")
    east, west = account(twins, "eastus"), account(twins, "westus")
    broken = BlobRef(PLACE.container, "broken/1/manifest.json")
    west.stored[broken] = west.stored[BlobRef(PLACE.container, PLACE.manifest)]  # holds the region
    twins.edit(ONE.with_spec(regionRemovalPolicy="Delete"))
    await twins.passes(2)
    assert deleted(twins) == []

    mark = west.stored[BlobRef(PLACE.container, PLACE.manifest)]
    west.plant(PLACE.container, PLACE.manifest, mark.data, mark.kept)
    del east.stored[BlobRef(PLACE.container, PLACE.file("data.yaml"))]
    del west.stored[broken]
    await twins.settle()

    assert is_whole(east)
    assert deleted(twins) == [REPLICA, WEST]


@pytest.mark.promise(9)
async def test_what_no_region_has_whole_is_left_for_a_person() -> None:
    twins = await settled()
    await with_content(twins, "westus")
    west = account(twins, "westus")
    del west.stored[west.ref(PLACE.container, PLACE.file("data.yaml"))]

    twins.edit(ONE.with_spec(regionRemovalPolicy="Delete"))
    await twins.passes(5)

    assert deleted(twins) == []
    assert twins.ready == ("False", "ContentDamaged")
    assert "data/alone/versions/1" in twins.row("westus")["message"]

    west.stored.clear()
    await twins.settle()
    assert deleted(twins) == [REPLICA, WEST]


@pytest.mark.promise(9)
async def test_observe_only_copies_nothing_and_plans_all() -> None:
    twins = await settled()
    await with_content(twins, "westus")

    twins.edit(ONE.with_spec(regionRemovalPolicy="Delete", managementPolicy="ObserveOnly"))
    await twins.passes(3)

    assert not is_whole(account(twins, "eastus"))
    assert deleted(twins) == []
    assert {step["action"] for step in twins.status["plan"]} == {"DeleteReplication", "DrainStorageAccount"}


@pytest.mark.promise(4)
@pytest.mark.parametrize("lro_seconds", [0.0, 5.0])
async def test_a_name_is_free_after_five_absences_however_often_the_process_dies(lro_seconds: float) -> None:
    twins = await settled()
    twins.cloud.lro_seconds = lro_seconds
    twins.edit(ONE.with_spec(regionRemovalPolicy="Delete"))
    while REPLICA in twins.cloud.resources():
        twins.clock.advance((await twins.look()).delay)
    twins.edit(TWO)
    twins.restart()

    looks = 0
    while REPLICA not in twins.cloud.resources():
        mark = len(twins.board.calls)
        twins.clock.advance((await twins.look()).delay)
        looks += sum(call.port == "cloud.replication" for call in twins.board.calls[mark:])

    assert looks >= ABSENT_LOOKS
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")


@pytest.mark.promise(9)
async def test_content_that_assets_left_waits_to_be_confirmed_also_where_it_is_an_image() -> None:
    twins = Twins(TWO.deleted_with_its_data())
    await twins.settle()
    twins.images.names = ["environments/sklearn", "somebody/elses"]
    twins.cluster.delete(twins.key)

    await twins.passes(3)
    assert twins.ready == ("False", "ContentRetained")
    told = twins.condition("Stalled")
    assert told is not None
    assert "environments/sklearn" in told["message"]
    assert "somebody" not in told["message"]
    assert deleted(twins) == []

    for said in ("true", "", "Registry", "another"):
        twins.cluster.apply(TWO.deleted_with_its_data().annotated(confirm_delete=said).manifest())
        await twins.passes(2)
        assert twins.ready == ("False", "ContentRetained"), "it is confirmed by the registry's name alone"
    assert deleted(twins) == []

    twins.cluster.apply(TWO.deleted_with_its_data().annotated(confirm_delete="registry").manifest())
    await twins.settle()
    assert twins.cloud.resources() == {}


@pytest.mark.promise(13)
async def test_a_deletion_that_cannot_see_what_it_would_take_waits_too() -> None:
    twins = Twins(TWO.deleted_with_its_data())
    await twins.settle()
    await with_content(twins, "westus")
    twins.blobs.steps.append(refuses_lists)
    twins.cluster.delete(twins.key)

    await twins.passes(2)

    assert deleted(twins) == []
    ready = twins.condition("Ready")
    assert ready is not None
    assert "confirm-delete: registry" in ready["message"]
