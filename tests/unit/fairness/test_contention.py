"""A namespace's work in flight shrinks while it stands in another one's way, and at no other time."""

import asyncio
import math
from itertools import pairwise

import pytest

from mlregistry_operator.fairness.contention import (
    AT_WORK_SECONDS,
    INCREASE_SECONDS,
    LAG_SECONDS,
    MOST,
    Contention,
)
from mlregistry_operator.fairness.pool import Pool

pytestmark = pytest.mark.promise(17)
MANY, FEW = ("many", "registry"), ("few", "registry")
FREE = (math.inf, math.inf)
LONG = 10 * LAG_SECONDS


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def busy(contention: Contention, clock: Clock, *namespaces: str, seconds: float = 2.0) -> None:
    """These namespaces are at work for a while, and the loop lags."""
    until = clock.now + seconds
    while clock.now < until:
        for namespace in namespaces:
            contention.works(namespace)
        contention.lagged(LONG)
        clock.now += 0.05


def test_a_namespace_alone_has_no_limit_however_busy_the_loop_is() -> None:
    clock = Clock()
    contention = Contention(clock)

    busy(contention, clock, "many")

    assert contention.limit == math.inf


def test_two_namespaces_in_a_busy_loop_have_one_unit_for_each_path() -> None:
    clock = Clock()
    contention = Contention(clock)

    busy(contention, clock, "many", "few")

    assert contention.limit == 1


def test_two_namespaces_that_wait_for_azure_have_no_limit() -> None:
    clock = Clock()
    contention = Contention(clock)

    for _ in range(100):
        contention.works("many")
        contention.works("few")
        contention.lagged(LAG_SECONDS / 10)
        clock.now += 0.05

    assert contention.limit == math.inf


def test_the_limit_is_lifted_when_the_other_namespace_has_done_its_work() -> None:
    clock = Clock()
    contention = Contention(clock)
    busy(contention, clock, "many", "few")

    clock.now += AT_WORK_SECONDS
    contention.works("many")

    assert contention.limit == math.inf


def test_the_limit_rises_by_one_at_a_time_when_the_loop_does_not_lag_any_more() -> None:
    clock = Clock()
    contention = Contention(clock)
    busy(contention, clock, "many", "few")
    limits = []
    for _ in range(3 * MOST):
        contention.works("many")
        contention.works("few")
        contention.lagged(0.0)
        limits.append(contention.limit)
        clock.now += INCREASE_SECONDS

    assert limits[0] == 1
    assert limits[-1] == math.inf
    assert all(after - before <= 1 for before, after in pairwise(limits) if after < MOST)


async def test_who_comes_into_a_busy_loop_is_next_and_the_many_hold_one() -> None:
    """Each step of the many takes the processor for a while, as a request's does."""
    clock = Clock()
    pool = Pool(32, FREE, Contention(clock))
    held: list[int] = []

    async def work(path: tuple[str, str], steps: int) -> None:
        async with pool.turn(path):
            for _ in range(steps):
                clock.now += LONG / 10
                await asyncio.sleep(0)
            held.append(pool.held)

    async def come_and_go() -> None:
        for _ in range(60):
            await work(FEW, 1)

    many = [asyncio.create_task(work(MANY, 4)) for _ in range(200)]
    await come_and_go()
    left = sum(not task.done() for task in many)
    await asyncio.gather(*many)

    assert min(held[:-32]) <= 2, "one of the many, and one of the few"
    assert left > 0, "the many had begun first, and have not had to end first"
