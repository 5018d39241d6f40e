"""A registry's assets, counted in its status: exact, seldom, without Azure, and beside everything else."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from support.manifests import AssetBuilder, Manifest, a_registry, an_asset
from support.worlds import PATIENCE, Fault, Twins, registry_passes

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.kube.ports import REGISTRIES
from mlregistry_operator.reconcile import loops
from mlregistry_operator.reconcile.counting import COUNT_SECONDS
from mlregistry_operator.reconcile.fleet import Fleet
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.recount import recount_due, recount_registry
from mlregistry_operator.reconcile.world import Outcome

REGIONS = ("eastus", "eastus2", "westus")
RECOUNT = loops.Errand(recount_due, recount_registry)


class Counted(Twins):
    """A registry in three regions whose assets a fleet knows, as far as the watch has told of them."""

    def __init__(self) -> None:
        self.fleet = Fleet()
        super().__init__(a_registry().in_regions(*REGIONS))
        self.restart()

    def restart(self) -> None:
        self.memory = Memory(PATIENCE, counting=self.fleet.counts(self.key))

    def sees(self, asset: AssetBuilder, *complete_in: str, stalled_for: str | None = None) -> None:
        rows = [{"location": location, "state": "Ready"} for location in complete_in]
        wrong = [] if stalled_for is None else [a_condition("Stalled", stalled_for)]
        status = {"regions": rows, "conditions": wrong}
        self.fleet.saw_asset(key_of(asset), {**asset.manifest(), "status": status})

    async def recount(self) -> Outcome:
        """What the loop does when a count is due; nothing where none was asked for."""
        if not self.memory.counting.asked.is_set():
            return Outcome(0.0)
        return await recount_registry(self.key, self.memory, self.world)

    @property
    def counts(self) -> tuple[int | None, list[str | None]]:
        rows = self.status["regions"]
        return self.status.get("assets"), [row.get("assets") for row in rows]

    @contextmanager
    def without_azure(self) -> Iterator[None]:
        before = self.asked_of_azure()
        yield
        assert self.asked_of_azure() == before

    def asked_of_azure(self) -> int:
        return sum(call.port.startswith("cloud") for call in self.board.calls)


def a_condition(kind: str, reason: str) -> Manifest:
    return {
        "type": kind,
        "status": "True",
        "reason": reason,
        "message": f"It is {kind}.",
        "observedGeneration": 1,
        "lastTransitionTime": "2026-11-24T08:00:00Z",
    }


def key_of(asset: AssetBuilder) -> ObjectKey:
    return ObjectKey(asset.namespace, asset.name)


@pytest.fixture
async def twins() -> Counted:
    """Settled, and nothing was counted for a while."""
    twins = Counted()
    await twins.settle()
    twins.clock.advance(COUNT_SECONDS)
    return twins


async def test_a_registry_without_assets_says_so_once_it_is_looked_at(twins: Counted) -> None:
    assert twins.counts == (0, ["0/0"] * 3)
    assert twins.ready == ("True", "Succeeded")


async def test_an_asset_is_counted_where_it_is_complete_and_azure_is_not_asked(twins: Counted) -> None:
    with twins.without_azure():
        twins.sees(an_asset("one"), "eastus", "westus")
        twins.sees(an_asset("two"), "eastus")
        await twins.recount()

    assert twins.counts == (2, ["2/2", "0/2", "1/2"])
    assert twins.ready == ("True", "Succeeded"), "infrastructure alone makes a registry ready"


async def test_an_asset_that_claims_what_another_has_published_is_complete_nowhere(twins: Counted) -> None:
    twins.sees(an_asset("first"), *REGIONS)
    twins.sees(an_asset("second"), *REGIONS, stalled_for="VersionConflict")

    await twins.recount()

    assert twins.counts == (2, ["1/2"] * 3)


async def test_of_many_changes_one_write_is_made_and_the_last_is_told_after_ten_seconds(
    twins: Counted,
) -> None:
    twins.sees(an_asset("asset-0"), "eastus")
    await twins.recount()
    before = len(twins.cluster.status_writes)

    for number in range(1, 9):
        twins.sees(an_asset(f"asset-{number}"), "eastus")
        await twins.recount()
        twins.clock.advance(1)

    assert len(twins.cluster.status_writes) == before
    assert twins.memory.counting.wait(twins.clock.monotonic()) == COUNT_SECONDS - 8
    twins.clock.advance(2)
    await twins.recount()
    assert len(twins.cluster.status_writes) == before + 1
    assert twins.counts == (9, ["9/9", "0/9", "0/9"])


async def test_an_ordinary_pass_keeps_to_the_ten_seconds_too(twins: Counted) -> None:
    twins.sees(an_asset("one"))
    await twins.recount()
    twins.sees(an_asset("two"))

    await twins.look()

    assert twins.counts == (1, ["0/1"] * 3), "written less than 10 s ago"
    twins.clock.advance(COUNT_SECONDS)
    await twins.look()
    assert twins.counts == (2, ["0/2"] * 3)


async def test_counts_that_somebody_has_wiped_come_back_with_the_next_pass(twins: Counted) -> None:
    twins.sees(an_asset("one"), "eastus")
    await twins.recount()

    twins.cluster.lose_status(twins.key)
    await twins.look()

    assert twins.counts == (1, ["1/1", "0/1", "0/1"])


async def test_an_asset_that_goes_is_counted_no_more(twins: Counted) -> None:
    asset = an_asset("one")
    twins.sees(asset, *REGIONS)
    await twins.recount()
    twins.clock.advance(COUNT_SECONDS)

    twins.fleet.lost_asset(key_of(asset))
    await twins.recount()

    assert twins.counts == (0, ["0/0"] * 3)


@pytest.mark.promise(2)
async def test_what_is_settled_is_neither_counted_again_nor_written(twins: Counted) -> None:
    asset = an_asset("one")
    twins.sees(asset, *REGIONS)
    await twins.recount()
    twins.clock.advance(COUNT_SECONDS)

    twins.sees(asset, *REGIONS)
    twins.sees(asset.with_spec(description="other words"), *REGIONS)

    assert not twins.memory.counting.asked.is_set(), "the count cannot have changed"
    await twins.nothing_is_written()


@pytest.mark.promise(3)
async def test_another_process_that_knows_all_assets_writes_nothing(twins: Counted) -> None:
    twins.sees(an_asset("one"), *REGIONS)
    await twins.recount()

    writes = len(twins.cluster.status_writes)
    twins.restart()
    await twins.settle()
    await twins.recount()

    assert len(twins.cluster.status_writes) == writes


async def test_assets_of_another_registry_are_none_of_its_own(twins: Counted) -> None:
    twins.sees(an_asset("one").of_registry("another"), "eastus")
    twins.sees(an_asset("two").of_registry("registry", "elsewhere"), "eastus")

    assert not twins.memory.counting.asked.is_set()
    await twins.look()
    assert twins.counts == (0, ["0/0"] * 3)


async def test_a_suspended_registry_stays_as_it_was(twins: Counted) -> None:
    twins.edit(a_registry().in_regions(*REGIONS).with_spec(suspend=True))
    await twins.look()

    twins.sees(an_asset("one"), "eastus")
    await twins.recount()

    assert twins.counts == (0, ["0/0"] * 3)


async def test_a_count_that_could_not_be_read_for_is_asked_for_again(twins: Counted) -> None:
    twins.sees(an_asset("one"), "eastus")
    twins.board.faults.append(Fault(lambda call: call.port == "cluster.read"))

    outcome = await loops._one_pass(
        recount_registry, loops._Turn(REGISTRIES, twins.key), twins.memory, twins.world
    )

    assert outcome.delay > 0
    await twins.recount()
    assert twins.counts == (1, ["1/1", "0/1", "0/1"])


async def test_a_failing_azure_keeps_nobody_from_counting(twins: Counted) -> None:
    twins.board.faults.append(
        Fault(lambda call: call.port == "clouds.open", code="AuthorizationFailed", times=9)
    )
    await twins.look()
    assert twins.ready[0] == "False"

    twins.sees(an_asset("one"), "eastus")
    await twins.recount()

    assert twins.counts == (1, ["1/1", "0/1", "0/1"])
    assert twins.ready[0] == "False"


async def test_the_loop_counts_while_it_waits_for_its_next_look(twins: Counted) -> None:
    before = twins.asked_of_azure()
    passes = registry_passes(twins.content, RECOUNT)
    loop = asyncio.create_task(loops.keep_reconciled(passes, twins.key, twins.memory, twins.world, Never()))
    try:
        await holds(lambda: twins.asked_of_azure() > before)
        await stands_still(lambda: len(twins.board.calls))
        with twins.without_azure():
            twins.sees(an_asset("one"), "eastus")
            await holds(lambda: twins.counts[0] == 1)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def holds(fact: Callable[[], bool], turns: int = 1000) -> None:
    """Give the loop its turns until the fact holds."""
    for _ in range(turns):
        if fact():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to hold")


async def stands_still(number: Callable[[], int], turns: int = 50) -> None:
    """Give the loop its turns until a number has not changed over so many of them."""
    seen: deque[int] = deque(maxlen=turns)
    await holds(lambda: seen.append(number()) or (len(seen) == turns and len(set(seen)) == 1))


class Never:
    """A loop that is always wanted."""

    def __bool__(self) -> bool:
        return False
