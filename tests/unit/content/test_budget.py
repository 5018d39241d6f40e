"""The process never holds more content than its budget, and nobody who waits is forgotten."""

import asyncio
import random

import pytest

from mlregistry_operator.reconcile.content.budget import MemoryBudget

pytestmark = pytest.mark.timeout(20)


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


async def test_a_share_larger_than_the_budget_is_the_whole_of_it() -> None:
    budget = MemoryBudget(10)
    with (await budget.take(1000)).held():
        assert budget.held == 10
    assert budget.held == 0


async def test_a_large_wish_is_not_overtaken_by_small_ones() -> None:
    budget, order = MemoryBudget(10), list[str]()
    first = await budget.take(6)

    async def ask(name: str, count: int) -> None:
        with (await budget.take(count)).held():
            order.append(name)

    waiting = [asyncio.create_task(ask("large", 9))]
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(ask("small", 1)))
    await asyncio.sleep(0)
    first.keep(0)
    await asyncio.gather(*waiting)

    assert order == ["large", "small"]


async def test_what_a_share_gives_back_early_is_there_for_others() -> None:
    budget = MemoryBudget(10)
    share = await budget.take(10)
    waiting = asyncio.create_task(budget.take(5))
    await asyncio.sleep(0)
    assert not waiting.done()

    share.keep(5)

    other = await waiting
    assert budget.held == 10
    share.keep(0)
    other.keep(0)
    assert budget.held == 0


@pytest.mark.parametrize("steps", range(4))
async def test_a_cancelled_wish_takes_nothing_with_it(steps: int) -> None:
    """Whether it is cancelled while it waits, or in the moment in which its turn has come."""
    budget = MemoryBudget(10)
    first = await budget.take(10)
    waiting = asyncio.create_task(budget.take(4))
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
    (await asyncio.wait_for(budget.take(10), 1)).keep(0)
