"""Registries in each other's way, in whole passes: admission was not asked, and nothing is touched."""

import pytest
from support.kstatus import Status, kstatus
from support.manifests import RegistryBuilder, a_registry
from support.worlds import CLUSTER_ID, GROUP, PATIENCE, TIMING, Twins

from mlregistry_operator.domain.plan import ActionKind
from mlregistry_operator.kube.ports import Body
from mlregistry_operator.reconcile.memory import Memory

VICTIM = a_registry("victim").with_spec(registryName="Shared").in_regions("eastus", "westus")
ATTACKER = VICTIM.named("attacker").in_namespace("elsewhere").deleted_with_its_data()


def beside(first: Twins, registry: RegistryBuilder) -> Twins:
    """Another registry in the same world, with a loop of its own."""
    other = Twins(registry)
    other.clock, other.board, other.cloud = first.clock, first.board, first.cloud
    other.clouds, other.cluster, other.content = first.clouds, first.cluster, first.content
    other.blobs, other.images, other.memory = first.blobs, first.images, Memory(PATIENCE)
    other.key = first.cluster.apply(registry.manifest())
    return other


def ids(twins: Twins) -> str:
    return ",".join(twins.cloud.resources())


def lists(twins: Twins) -> int:
    return sum(call.port == "cluster.registries" for call in twins.board.calls)


@pytest.mark.promise(16)
async def test_names_of_another_object_are_not_touched_whatever_annotations_say() -> None:
    victim = Twins(VICTIM)
    await victim.settle()
    there = victim.cloud.resources()
    attacker = beside(victim, ATTACKER.annotated(adopt=ids(victim), confirm_delete="Shared"))
    writes = len(victim.cloud.writes)

    outcome = await attacker.passes(3)

    assert attacker.ready == ("False", "NameConflict")
    assert kstatus(attacker.body) is Status.FAILED
    stalled = attacker.condition("Stalled") or {}
    assert stalled["message"].startswith("MLRegistry default/victim has this name in the same subscription")
    assert outcome.delay <= TIMING.patience.longest, "the other one's end wakes nobody"
    assert "regions" not in attacker.status, "no asset finds the way to the victim's accounts here"

    attacker.cluster.delete(attacker.key)
    assert (await attacker.look()).gone
    assert victim.cloud.resources() == there
    assert len(victim.cloud.writes) == writes
    await victim.nothing_is_written()


@pytest.mark.promise(16)
async def test_the_older_one_goes_first_and_the_other_goes_on_when_it_is_gone() -> None:
    first = Twins(VICTIM)
    second = beside(first, ATTACKER)
    stamp(first.body, "2026-11-30T10:00:00Z")
    stamp(second.body, "2026-11-30T10:00:01Z")

    await second.look()
    assert second.ready == ("False", "NameConflict")
    await first.settle()
    await second.look()
    assert second.ready == ("False", "NameConflict")
    assert {one.tags["mlregistry-owner"] for one in first.cloud.resources().values() if one.tags} == {
        f"{CLUSTER_ID}/default/victim"
    }

    for target in list(first.cloud.resources()):
        first.cloud.remove(target)
    del first.cluster.objects[first.key]
    await second.settle()
    assert second.ready == ("True", "Succeeded")


async def test_one_that_has_begun_goes_on_though_an_older_one_is_seen_later() -> None:
    """Of two that are made in the same second the uid decides, and the first may have begun by then."""
    first = Twins(VICTIM.named("z-first"))
    await first.look()
    second = beside(first, VICTIM.named("a-second"))

    await second.look()
    await first.settle()

    assert second.ready == ("False", "NameConflict")
    assert first.ready == ("True", "Succeeded")


@pytest.mark.promise(16)
async def test_what_the_tag_gives_to_an_object_that_is_there_is_not_taken_over() -> None:
    """The object has another name by now, and what it left under the old one is still its own."""
    old = Twins(VICTIM)
    await old.settle()
    left = old.cloud.resources()
    del old.cluster.objects[old.key]
    old.cluster.apply(VICTIM.with_spec(registryName="Renamed").manifest())
    taker = beside(old, ATTACKER.annotated(adopt=ids(old)))
    writes = len(old.cloud.writes)

    await taker.passes(2)

    assert taker.ready == ("False", "NotOwned")
    assert "MLRegistry default/victim or carries its owner tag" in (taker.condition("Ready") or {})["message"]
    assert old.cloud.resources() == left
    rows = taker.status["regions"]
    assert not [row for row in rows if "blobEndpoint" in row["storageAccount"]], "no asset reads there"
    assert "loginServer" not in taker.status["containerRegistry"]

    taker.cluster.delete(taker.key)
    assert (await taker.look()).gone
    assert old.cloud.resources() == left
    assert len(old.cloud.writes) == writes


@pytest.mark.promise(16)
async def test_what_two_objects_adopt_goes_to_neither() -> None:
    left = Twins(VICTIM)
    await left.settle()
    del left.cluster.objects[left.key]
    taker = beside(left, ATTACKER.annotated(adopt=ids(left)))
    bystander = a_registry("bystander").annotated(adopt=ids(left))
    left.cluster.apply(bystander.manifest())
    writes = len(left.cloud.writes)

    await taker.passes(2)

    assert taker.ready == ("False", "NotOwned")
    assert "MLRegistry default/bystander adopts" in (taker.condition("Ready") or {})["message"]
    assert len(left.cloud.writes) == writes

    left.cluster.apply(a_registry("bystander").manifest())
    left.clock.advance(TIMING.patience.slow)
    await taker.settle()
    assert taker.ready == ("True", "Succeeded"), "what nobody else wants may be taken over"


@pytest.mark.promise(16)
async def test_what_was_never_taken_over_does_not_go_with_an_object_that_another_ones_names_clash_with() -> (
    None
):
    """A stranger's resources under the names of both, before either had a pass: nobody deletes them."""
    first = Twins(VICTIM)
    await first.settle()
    for target in list(first.cloud.resources()):
        first.cloud.drift(target, tags={})
    first.cluster.lose_status(first.key)
    there = first.cloud.resources()
    taker = beside(first, ATTACKER.annotated(adopt=ids(first), confirm_delete="Shared"))
    stamp(first.body, "2026-11-30T10:00:00Z")
    stamp(taker.body, "2026-11-30T10:00:01Z")

    taker.cluster.delete(taker.key)
    await taker.settle()

    assert first.cloud.resources() == there


@pytest.mark.promise(2)
async def test_who_has_nothing_to_do_asks_nobody() -> None:
    twins = Twins(VICTIM)
    await twins.settle()
    before = lists(twins)

    await twins.passes(3)

    assert lists(twins) == before
    assert before <= 3, "only passes that start something ask"


@pytest.mark.promise(9)
async def test_a_group_goes_only_when_nobody_else_declares_it() -> None:
    twins = Twins(VICTIM.with_spec(azure={**VICTIM.spec["azure"], "createResourceGroup": True}))
    twins.cloud.remove(GROUP.id)
    twins.edit(
        VICTIM.with_spec(azure={**VICTIM.spec["azure"], "createResourceGroup": True}).deleted_with_its_data()
    )
    await twins.settle()
    twins.cluster.apply(a_registry("neighbour").manifest())

    twins.cluster.delete(twins.key)
    await twins.settle()

    kinds = [kind for kind, _ in twins.cloud.writes]
    assert ActionKind.DELETE_STORAGE_ACCOUNT in kinds
    assert twins.cloud.group_exists()


def stamp(body: Body, time: str) -> None:
    body["metadata"]["creationTimestamp"] = time
