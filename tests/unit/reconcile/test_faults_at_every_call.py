"""A fault at every single call of a run, one by one: it always ends well, and nothing is made twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from support.kstatus import Status, kstatus
from support.manifests import RegistryBuilder, a_registry
from support.worlds import CLUSTER_ID, Call, Fault, Mode, Twins

from mlregistry_operator.domain.arm import name_of
from mlregistry_operator.domain.containers import ASSET_CONTAINERS, STAGING, ObservedContainer

TWO_REGIONS = a_registry().in_regions("eastus", "westus")
ONE_REGION = a_registry().in_regions("eastus")
PUBLISHER = {"principalId": CLUSTER_ID, "principalType": "ServicePrincipal", "role": "AssetPublisher"}
KEPT = ONE_REGION.with_spec(access=[PUBLISHER], immutability={"retentionDays": 30})


@dataclass(frozen=True, slots=True)
class Story:
    """A world, and what happens in it until it is at rest."""

    because: str
    begin: Callable[[], Awaitable[Twins]]
    check: Callable[[Twins], None]


async def _fresh(registry: RegistryBuilder = TWO_REGIONS) -> Twins:
    return Twins(registry)


async def _made(registry: RegistryBuilder = TWO_REGIONS) -> Twins:
    twins = await _fresh(registry)
    await twins.settle()
    return twins


async def _without_group() -> Twins:
    twins = await _fresh(TWO_REGIONS.in_azure(createResourceGroup=True))
    twins.cloud.remove("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-registries")
    return twins


async def _name_taken() -> Twins:
    twins = await _made()
    first = {name_of(target) for target in twins.cloud.resources() if "replications" not in target}
    twins = await _fresh()
    twins.cloud.taken = first
    return twins


async def _drifted() -> Twins:
    twins = await _made()
    account = next(target for target in twins.cloud.resources() if "storageAccounts" in target)
    twins.cloud.drift(account, minimum_tls_version="TLS1_0", tags={**twins.cloud.resources()[account].tags})
    twins.restart()
    return twins


async def _status_lost() -> Twins:
    twins = await _made()
    twins.cluster.lose_status(twins.key)
    twins.restart()
    return twins


async def _region_leaves() -> Twins:
    twins = await _made(TWO_REGIONS)
    twins.edit(a_registry().in_regions("eastus").with_spec(regionRemovalPolicy="Delete"))
    return twins


async def _region_stays_behind() -> Twins:
    twins = await _made(TWO_REGIONS)
    twins.edit(a_registry().in_regions("eastus"))
    return twins


async def _deleted_with_data() -> Twins:
    twins = await _made(TWO_REGIONS.deleted_with_its_data())
    twins.cluster.delete(twins.key)
    return twins


async def _deleted_while_it_is_made() -> Twins:
    twins = await _fresh(TWO_REGIONS.deleted_with_its_data())
    await twins.look()
    twins.cluster.delete(twins.key)
    return twins


async def _deleted_while_what_is_made_is_not_seen() -> Twins:
    twins = await _fresh(TWO_REGIONS.deleted_with_its_data())
    twins.cloud.invisible = True
    twins.board.faults.append(Fault(lambda call: call.port == "cloud.CreateContainerRegistry"))
    await twins.look()
    twins.cluster.delete(twins.key)
    return twins


async def _deleted_with_our_group() -> Twins:
    twins = await _without_group()
    twins.edit(TWO_REGIONS.in_azure(createResourceGroup=True).deleted_with_its_data())
    await twins.settle()
    twins.cluster.delete(twins.key)
    return twins


async def _opened_and_kept() -> Twins:
    twins = await _made(ONE_REGION)
    twins.edit(KEPT)
    return twins


async def _closed_again() -> Twins:
    twins = await _made(KEPT)
    twins.edit(KEPT.with_spec(access=None))
    return twins


async def _unlocked_by_hand() -> Twins:
    twins = await _made(KEPT)
    insides = twins.cloud.insides
    insides.rules.clear()
    insides.assignments.pop(next(iter(insides.assignments)))
    (account,) = insides.containers
    insides.containers[account]["models"] = ObservedContainer("models")
    twins.restart()
    return twins


async def _retained() -> Twins:
    twins = await _made()
    twins.cluster.delete(twins.key)
    return twins


def whole(twins: Twins, *, regions: int = 2) -> None:
    """Each resource is there, made once, and the status says so."""
    kinds = sorted(type(one).__name__ for one in twins.cloud.resources().values() if one.tags)
    accounts = ["ObservedAccount"] * regions
    assert kinds == [*accounts, "ObservedContainerRegistry", *["ObservedReplication"] * (regions - 1)]
    assert set(twins.cloud.created.values()) == {1}, twins.cloud.created
    assert twins.ready == ("True", "Succeeded")
    assert twins.status["readyRegions"] == f"{regions}/{regions}"
    assert kstatus(twins.body) is Status.CURRENT
    for empty in ("plan", "operations"):
        assert empty not in twins.status


def corrected(twins: Twins) -> None:
    whole(twins)
    updates = [target for kind, target in twins.cloud.writes if kind.startswith("Update")]
    assert len(set(updates)) == 1


def shrunk(twins: Twins) -> None:
    whole(twins, regions=1)
    assert "retained" not in twins.status


def left_behind(twins: Twins) -> None:
    resources = twins.cloud.resources().values()
    assert sorted(one.location for one in resources if type(one).__name__ == "ObservedAccount") == [
        "eastus",
        "westus",
    ]
    assert [row["location"] for row in twins.status["regions"]] == ["eastus"]
    assert [entry["location"] for entry in twins.status["retained"]] == ["westus"]
    assert twins.ready == ("True", "Succeeded")


def opened_and_kept(twins: Twins) -> None:
    whole(twins, regions=1)
    insides = twins.cloud.insides
    assert sorted(one.name for one in insides.assignments.values()) == sorted(
        one.grant.name(twins.owner_tag) for one in insides.assignments.values()
    )
    assert len(insides.assignments) == 3
    (containers,) = insides.containers.values()
    kept = {name: one.retention.days for name, one in containers.items() if one.retention}
    assert (set(containers), kept) == ({*ASSET_CONTAINERS, STAGING}, dict.fromkeys(ASSET_CONTAINERS, 30))
    assert [rule.days for rule in insides.rules.values()] == [7]


def closed_again(twins: Twins) -> None:
    whole(twins, regions=1)
    assert twins.cloud.insides.assignments == {}
    access = twins.condition("AccessReady")
    assert access is not None
    assert (access["status"], access["reason"]) == ("True", "NotDeclared")


def nothing_left(twins: Twins) -> None:
    assert twins.cloud.resources() == {}


def nothing_left_nor_the_group(twins: Twins) -> None:
    assert twins.cloud.resources() == {}
    assert not twins.cloud.group_exists()


def all_left(twins: Twins) -> None:
    assert len([one for one in twins.cloud.resources().values() if one.tags]) == 4
    assert not any(kind.startswith("Delete") for kind, _ in twins.cloud.writes)


STORIES = [
    Story("a registry is made", _fresh, whole),
    Story("its group is made first", _without_group, whole),
    Story("the first names are taken by strangers", _name_taken, whole),
    Story("somebody changed an account", _drifted, corrected),
    Story("the status was lost", _status_lost, whole),
    Story("a region leaves with its data", _region_leaves, shrunk),
    Story("a region leaves and its data stay", _region_stays_behind, left_behind),
    Story("the registry goes with its data", _deleted_with_data, nothing_left),
    Story("it goes while it is still being made", _deleted_while_it_is_made, nothing_left),
    Story(
        "it goes while what is being made does not show yet",
        _deleted_while_what_is_made_is_not_seen,
        nothing_left,
    ),
    Story("it goes with the group that was made for it", _deleted_with_our_group, nothing_left_nor_the_group),
    Story("access and retention are declared", _opened_and_kept, opened_and_kept),
    Story("access is taken away", _closed_again, closed_again),
    Story("somebody changed what lies inside of an account", _unlocked_by_hand, opened_and_kept),
    Story("it goes and leaves all in Azure", _retained, all_left),
]


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.name)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.because)
@pytest.mark.promise(4)
@pytest.mark.promise(10)
def test_a_fault_at_any_call_changes_nothing_about_the_end(story: Story, mode: Mode) -> None:
    """Every call that a clean run makes is disturbed once, each in a run of its own."""
    broken = asyncio.run(_all_disturbed(story, mode))
    assert not broken, f"{story.because}; {mode.value}; {len(broken)} runs end badly: {broken}"


async def _all_disturbed(story: Story, mode: Mode) -> dict[str, str]:
    calls = await _clean_run(story, mode)
    assert calls, story.because
    broken = {}
    for call in calls:
        try:
            await _disturbed_run(story, call.number, mode)
        except AssertionError as error:
            broken[str(call)] = str(error).partition("\n")[0][:300]
    return broken


async def _clean_run(story: Story, mode: Mode) -> list[Call]:
    """The calls that the story's run makes once it has begun, and that can fail in that way."""
    twins = await story.begin()
    first = len(twins.board.calls)
    await twins.settle()
    story.check(twins)
    matters = mode in (Mode.CRASH_BEFORE, Mode.FAILS)
    return [call for call in twins.board.calls[first:] if matters or call.acts]


async def _disturbed_run(story: Story, at: int, mode: Mode) -> None:
    twins = await story.begin()
    twins.board.disturb(at, mode)
    await twins.settle()
    assert all(fault.times == 0 for fault in twins.board.faults), "the fault was never met"
    story.check(twins)
    if "deletionTimestamp" not in twins.body["metadata"]:
        await twins.nothing_is_written()
