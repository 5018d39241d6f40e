"""Tasks wait for their turns in a pool, and take nothing along when they are cancelled."""

import asyncio
import random

import pytest

from mlregistry_operator.fairness.pool import Pool

pytestmark = [pytest.mark.timeout(20), pytest.mark.promise(17)]
A, B = ("a",), ("b",)
FREE = (float("inf"),)


async def test_a_tenant_that_comes_later_waits_for_one_round_and_not_for_a_queue() -> None:
    pool, order = Pool(1, FREE), list[str]()

    async def work(path: tuple[str, ...]) -> None:
        async with pool.turn(path):
            order.append(path[0])
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(work(A)) for _ in range(300)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(work(B)))
    await asyncio.gather(*tasks)

    assert "b" in order[:3]


@pytest.mark.parametrize("steps", range(4))
async def test_a_cancelled_task_takes_nothing_with_it(steps: int) -> None:
    """Whether it is cancelled while it waits, or in the moment in which its turn has come."""
    pool = Pool(10, FREE)
    first = await pool.take(A, 10)
    waiting = asyncio.create_task(pool.take(B, 4))
    await asyncio.sleep(0)
    if steps % 2:
        pool.give_back(A, first)
    for _ in range(steps // 2):
        await asyncio.sleep(0)
    waiting.cancel()
    done = (await asyncio.gather(waiting, return_exceptions=True))[0]
    if isinstance(done, int):
        pool.give_back(B, done)
    if not steps % 2:
        pool.give_back(A, first)

    assert (pool.held, pool.waiting) == (0, 0)
    assert await asyncio.wait_for(pool.take(A, 10), 1) == 10


async def test_a_turn_that_comes_after_the_cancellation_goes_to_the_next() -> None:
    """The future is cancelled at once, and the task hears of it a step later; meanwhile others give back."""
    pool = Pool(1, FREE)
    await pool.take(A)
    late = asyncio.create_task(pool.take(A))
    await asyncio.sleep(0)
    other = asyncio.create_task(pool.take(B))
    await asyncio.sleep(0)

    late.cancel()
    pool.give_back(A, 1)

    assert await asyncio.wait_for(other, 1) == 1
    assert (await asyncio.gather(late, return_exceptions=True))[0].__class__ is asyncio.CancelledError
    assert (pool.held, pool.waiting) == (1, 0)


async def test_whatever_is_cancelled_everything_is_there_again_at_the_end() -> None:
    pool, chance = Pool(12, (3.0, 1.0)), random.Random(7)  # noqa: S311 - the same in every run

    async def work() -> None:
        path = (chance.choice("abc"), chance.choice("12"))
        async with pool.turn(path, chance.randint(1, 9)):
            assert pool.held <= 12
            for _ in range(chance.randint(0, 3)):
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(work()) for _ in range(400)]
    for task in tasks:
        if chance.random() < 0.4:
            task.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)

    assert (pool.held, pool.waiting) == (0, 0)
