"""The process never holds more content than its budget, and nobody who waits is forgotten."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from mlregistry_operator.fairness.tenants import Tenant, work_for
from mlregistry_operator.reconcile.content.budget import MemoryBudget, Share

pytestmark = pytest.mark.timeout(20)
SLOW = Tenant("team-a", "platform/one")
_KEPT: list[asyncio.Task[Share]] = []


async def test_nobody_gets_more_than_there_is() -> None:
    budget, most = MemoryBudget(100), 0
    chance = random.Random(7)  # noqa: S311 - the same shares in every run

    async def work() -> None:
        nonlocal most
        with (await budget.take(chance.randint(1, 60))).held():
            most = max(most, budget.held)
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(200)))

    assert most <= 100
    assert budget.held == 0


async def test_a_share_larger_than_a_tenant_may_have_is_as_much_as_it_may() -> None:
    budget = MemoryBudget(64)
    with (await budget.take(1000)).held():
        assert budget.held == budget.most == 28


@pytest.mark.promise(17)
async def test_one_tenant_leaves_more_than_half_to_the_others() -> None:
    budget, size = MemoryBudget(640), 40
    slow, waiting = await _held_by(budget, SLOW, [size] * 20)
    assert waiting, "it would have more"
    assert sum(share._held for share in slow) <= 320

    for other in (Tenant("team-b", "platform/one"), Tenant("team-c", "platform/two")):
        shares, _ = await _held_by(budget, other, [size])
        assert len(shares) == 1, f"{other} finds memory, although nobody gave any back"


@pytest.mark.promise(17)
async def test_another_registry_of_the_same_namespace_finds_memory_too() -> None:
    budget = MemoryBudget(640)
    await _held_by(budget, SLOW, [40] * 20)

    shares, _ = await _held_by(budget, Tenant(SLOW.namespace, "platform/two"), [40])

    assert len(shares) == 1


@pytest.mark.promise(17)
async def test_what_is_small_never_waits_for_what_is_large() -> None:
    budget = MemoryBudget(640)
    for number in range(20):
        await _held_by(budget, Tenant(f"team-{number}", "platform/one"), [40] * 20)

    shares, _ = await _held_by(budget, SLOW, [10])

    assert len(shares) == 1


@pytest.mark.promise(17)
async def test_small_takes_are_bounded_in_number_too() -> None:
    """However few bytes it waits for, each has a connection."""
    budget = MemoryBudget(5120)
    shares, waiting = await _held_by(budget, SLOW, [1] * 1000)
    assert len(shares) == 32
    assert waiting


async def test_what_a_share_gives_back_early_is_there_for_others() -> None:
    budget = MemoryBudget(64)
    share = await budget.take(28)
    waiting = asyncio.create_task(budget.take(14))
    await asyncio.sleep(0)
    assert not waiting.done()

    share.keep(14)

    other = await waiting
    assert budget.held == 28
    share.keep(0)
    other.keep(0)
    assert budget.held == 0


async def _held_by(
    budget: MemoryBudget, tenant: Tenant, counts: list[int]
) -> tuple[list[Share], list[asyncio.Task[Share]]]:
    """What a tenant gets of so many takes at once, and what still waits."""
    work_for(tenant)
    tasks = [asyncio.create_task(budget.take(count)) for count in counts]
    await asyncio.sleep(0)
    _KEPT.extend(tasks)
    return [task.result() for task in tasks if task.done()], [task for task in tasks if not task.done()]


@pytest.fixture(autouse=True)
async def nobody_waits_any_more() -> AsyncIterator[None]:
    yield
    for task in _KEPT:
        task.cancel()
    await asyncio.gather(*_KEPT, return_exceptions=True)
    _KEPT.clear()


@pytest.mark.parametrize("steps", range(4))
async def test_a_cancelled_wish_takes_nothing_with_it(steps: int) -> None:
    """Whether it is cancelled while it waits, or in the moment in which its turn has come."""
    budget = MemoryBudget(64)
    first = await budget.take(28)
    waiting = asyncio.create_task(budget.take(14))
    await asyncio.sleep(0)
    if steps % 2:
        first.keep(0)
    for _ in range(steps // 2):
        await asyncio.sleep(0)
    waiting.cancel()
    done = (await asyncio.gather(waiting, return_exceptions=True))[0]
    if not isinstance(done, asyncio.CancelledError):
        assert not isinstance(done, BaseException)
        done.keep(0)
    first.keep(0)

    assert budget.held == 0
    (await asyncio.wait_for(budget.take(28), 1)).keep(0)
