"""A registry that goes: in order, with nothing that is not ours, and never without an end."""

import asyncio

import pytest
from support.kstatus import Status, kstatus
from support.manifests import a_registry, an_asset
from support.worlds import GROUP, TIMING, Fault, Twins, replication_of

from mlregistry_operator.domain import arm
from mlregistry_operator.domain.arm import ArmId

TWO = a_registry().in_regions("eastus", "westus").deleted_with_its_data()
KEY = ("registry", "default")


async def made(registry: object = TWO) -> Twins:
    """A registry in two regions, settled."""
    twins = Twins(TWO if registry is TWO else a_registry())
    await twins.settle()
    return twins


@pytest.mark.promise(9)
@pytest.mark.promise(10)
async def test_replications_go_first_then_the_registry_then_the_accounts() -> None:
    twins = await made()
    twins.cluster.delete(twins.key)
    before = len(twins.cloud.writes)

    await twins.settle()

    assert [kind for kind, _ in twins.cloud.writes[before:]] == [
        "DeleteReplication",
        "DeleteContainerRegistry",
        "DeleteStorageAccount",
        "DeleteStorageAccount",
    ]
    assert twins.cloud.resources() == {}


@pytest.mark.promise(12)
async def test_while_it_goes_the_status_names_what_remains() -> None:
    twins = await made()
    twins.cluster.delete(twins.key)

    await twins.passes(2)

    assert twins.ready == ("False", "Deleting")
    ready = twins.condition("Ready")
    assert ready is not None
    assert "westus" in ready["message"]
    assert [row["state"] for row in twins.status["regions"]] == ["Draining", "Draining"]
    assert kstatus(twins.body) is Status.TERMINATING


@pytest.mark.promise(8)
@pytest.mark.promise(9)
async def test_what_does_not_carry_our_tag_stays_and_stands_in_nobodys_way() -> None:
    twins = await made()
    account = next(target for target in twins.cloud.resources() if "storageAccounts" in target)
    twins.cloud.drift(account, tags={"mlregistry-owner": "another/cluster/registry"})
    twins.cluster.delete(twins.key)

    await twins.settle()

    assert list(twins.cloud.resources()) == [account]


@pytest.mark.promise(9)
async def test_retain_deletes_nothing_and_says_what_it_left() -> None:
    twins = Twins(a_registry().in_regions("eastus", "westus"))
    await twins.settle()
    before, writes = twins.cloud.resources(), len(twins.cloud.writes)
    twins.cluster.delete(twins.key)

    outcome = await twins.look()

    assert outcome.gone
    assert twins.cloud.resources() == before
    assert len(twins.cloud.writes) == writes
    (note,) = [note for note in twins.cluster.events if note.reason == "Retained"]
    for target, one in before.items():
        assert (target in note.note) == ("replications" not in target), one


@pytest.mark.parametrize(
    ("edit", "because"),
    [
        ({"force_detach": "true"}, "the way out leaves everything"),
        ({"managementPolicy": "ObserveOnly"}, "who only observes deletes nothing"),
    ],
)
@pytest.mark.promise(9)
async def test_delete_leaves_everything_where_it_may_not_act(edit: dict[str, str], because: str) -> None:
    twins = await made()
    registry = TWO.annotated(**edit) if "force_detach" in edit else TWO.with_spec(**edit)
    twins.edit(registry)
    twins.cluster.delete(twins.key)
    writes = len(twins.cloud.writes)

    outcome = await twins.look()

    assert outcome.gone, because
    assert len(twins.cloud.writes) == writes


@pytest.mark.promise(9)
@pytest.mark.parametrize("policy", ["Delete", "Retain"])
async def test_a_registry_that_an_asset_uses_waits_names_it_and_touches_nothing(policy: str) -> None:
    twins = await made()
    twins.edit(TWO.with_spec(deletionPolicy=policy))
    await twins.settle()
    asset = twins.cluster.apply(an_asset("user").in_namespace("team-a").of_registry(*KEY).manifest())
    writes = len(twins.cloud.writes)
    twins.cluster.delete(twins.key)

    outcome = await twins.look()

    assert not outcome.gone
    assert twins.ready == ("False", "InUse")
    assert "team-a/user" in (twins.condition("Ready") or {})["message"]
    assert len(twins.cloud.writes) == writes

    del twins.cluster.objects[asset]
    await twins.settle()
    assert bool(twins.cloud.resources()) is (policy == "Retain")


@pytest.mark.promise(4)
async def test_what_azure_is_still_making_is_waited_for_although_no_look_shows_it() -> None:
    """Else it would come to be when its registry is gone, and stay for ever."""
    twins = Twins(TWO)
    twins.cloud.invisible = True
    twins.cloud.lro_seconds = 30
    await twins.look()
    twins.clock.advance(0.1)
    await twins.look()
    assert twins.status["operations"], "they are under way"
    for target in [one for one in twins.cloud.resources() if "/registries/" in one]:
        twins.cloud.remove(target)  # by hand: what a look shows is nothing now
    twins.cluster.delete(twins.key)

    await twins.settle()

    assert twins.cloud.resources() == {}


@pytest.mark.promise(10)
async def test_force_detach_ends_a_deletion_that_waits() -> None:
    twins = await made()
    twins.cluster.delete(twins.key)
    twins.board.faults.append(Fault(lambda call: "Delete" in call.port, times=999, code="ScopeLocked"))
    await twins.passes(4)
    assert twins.ready == ("False", "Locked")
    assert twins.condition("Stalled") is not None

    twins.edit(TWO.annotated(force_detach="true"))

    assert (await twins.look()).gone


async def test_a_suspended_registry_waits_with_delete_and_says_so() -> None:
    twins = await made()
    before = twins.status
    twins.edit(TWO.with_spec(suspend=True))
    twins.cluster.delete(twins.key)
    writes = len(twins.cloud.writes)

    outcome = await twins.look()

    assert not outcome.gone
    assert outcome.delay >= TIMING.resync * 0.9
    assert twins.status == before
    assert len(twins.cloud.writes) == writes
    assert "suspend" in twins.cluster.events[-1].note
    twins.edit(TWO)
    await twins.settle()
    assert twins.cloud.resources() == {}


async def test_a_suspended_registry_goes_with_retain() -> None:
    twins = Twins(a_registry().with_spec(suspend=True))
    twins.cluster.delete(twins.key)

    assert (await twins.look()).gone


@pytest.mark.promise(10)
async def test_a_spec_that_cannot_be_read_does_not_hold_the_object() -> None:
    twins = Twins(TWO.with_spec(replicationLocations=[]))
    twins.cluster.delete(twins.key)

    assert (await twins.look()).gone


@pytest.mark.promise(10)
async def test_resources_that_were_deleted_by_hand_are_not_waited_for() -> None:
    twins = await made()
    twins.cluster.delete(twins.key)
    await twins.look()
    for target in twins.cloud.resources():
        twins.cloud.remove(target)

    await twins.settle()

    assert twins.cloud.resources() == {}


@pytest.mark.promise(10)
async def test_a_group_that_was_deleted_by_hand_is_not_waited_for() -> None:
    twins = await made()
    twins.cluster.delete(twins.key)
    await twins.look()
    twins.cloud.remove(GROUP.id)

    assert await twins.settle() < 10


@pytest.mark.promise(13)
async def test_a_deletion_without_credentials_says_what_is_missing_and_goes_on_when_it_comes() -> None:
    twins = await made()
    twins.edit(TWO.with_secret("azure"))
    twins.cluster.delete(twins.key)

    outcome = await twins.passes(2)

    assert twins.ready == ("False", "CredentialsUnavailable")
    assert outcome.delay == TIMING.patience.slow
    assert not outcome.gone


async def test_a_refused_deletion_is_told_with_code_and_is_tried_slowly() -> None:
    twins = await made()
    twins.cluster.delete(twins.key)
    twins.board.faults.append(Fault(lambda call: "Delete" in call.port, times=999, code="ScopeLocked"))

    await twins.passes(5)
    ready = twins.condition("Ready")

    assert ready is not None
    assert "ScopeLocked" in ready["message"]
    assert "Remove the lock" in ready["message"]
    writes, began = len(twins.cluster.status_writes), twins.clock.seconds
    await twins.passes(5)
    assert twins.clock.seconds - began >= 2 * TIMING.patience.slow
    assert len(twins.cluster.status_writes) == writes


async def test_a_lock_that_is_gone_together_with_its_resource_is_forgotten() -> None:
    twins = await made()
    twins.cluster.delete(twins.key)
    twins.board.faults.append(
        Fault(lambda call: "DeleteReplication" in call.port, times=999, code="ScopeLocked")
    )
    await twins.passes(4)
    twins.cloud.remove(next(one for one in twins.cloud.resources() if one.endswith("replications/westus")))

    await twins.passes(2)

    assert twins.ready == ("False", "Deleting")
    await twins.settle()
    assert twins.cloud.resources() == {}


@pytest.mark.promise(9)
@pytest.mark.parametrize(
    ("ours", "empty", "goes", "because"),
    [
        (True, True, True, "we made it and it is empty"),
        (True, False, False, "somebody else has put something into it"),
        (False, True, False, "somebody else made it"),
    ],
)
async def test_a_group_goes_only_if_we_made_it_and_it_is_empty(
    *, ours: bool, empty: bool, goes: bool, because: str
) -> None:
    registry = TWO.in_azure(createResourceGroup=True)
    twins = Twins(registry)
    if ours:
        twins.cloud.remove(GROUP.id)
    await twins.settle()
    stranger = arm.replication(GROUP.container_registry("somebody"), "westus")
    if not empty:
        twins.cloud.plant(replication_of(ArmId(stranger), "westus", {}))
    twins.cluster.delete(twins.key)

    await twins.settle()

    assert twins.cloud.group_exists() == (not goes), because
    assert set(twins.cloud.resources()) == (set() if empty else {stranger})


@pytest.mark.parametrize("acted_upon", [True, False])
@pytest.mark.promise(10)
async def test_a_request_that_is_still_out_is_waited_for(*, acted_upon: bool) -> None:
    twins = Twins(a_registry().deleted_with_its_data())
    pattern = await made(None)
    registry = next(one for one in pattern.cloud.resources() if "/registries/" in one)
    answer = twins.cloud.hold(registry) if acted_upon else twins.cloud.delay(registry)
    await twins.look()
    twins.cluster.delete(twins.key)

    for _ in range(12):
        outcome = await twins.look()
        assert not outcome.gone
        twins.clock.advance(outcome.delay)
    answer.set()
    await asyncio.sleep(0)
    await twins.settle()

    assert twins.cloud.resources() == {}
