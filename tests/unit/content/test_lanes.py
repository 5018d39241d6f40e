"""Copies are bounded overall and for each registry, and large ones leave room for small ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mlregistry_operator.fairness.tenants import Tenant, work_for
from mlregistry_operator.reconcile.content.lanes import LARGE, LaneLimits, Lanes, each

pytestmark = pytest.mark.timeout(20)


class Gate:
    """Copies that last until they are let go."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes, self.running = lanes, list[str]()
        self.open = asyncio.Event()

    async def copy(self, registry: str, size: int) -> None:
        async with self.lanes.slot(registry, size):
            self.running.append(f"{registry}:{'large' if size > LARGE else 'small'}")
            await self.open.wait()


@asynccontextmanager
async def copies(gate: Gate, *wanted: tuple[str, int], namespaces: int = 1) -> AsyncIterator[None]:
    """Copies of one namespace, or of so many in turn."""
    tasks = []
    for number, (registry, size) in enumerate(wanted):
        work_for(Tenant(f"team-{namespaces}-{number % namespaces}"))
        tasks.append(asyncio.create_task(gate.copy(registry, size)))
    for _ in range(10):
        await asyncio.sleep(0)
    yield
    gate.open.set()
    await asyncio.gather(*tasks)


async def test_no_registry_has_more_than_its_share() -> None:
    gate = Gate(Lanes(LaneLimits(overall=16, per_registry=4)))
    async with copies(gate, *[("one", 1)] * 5, *[("two", 1)] * 5):
        assert sorted(gate.running) == ["one:small"] * 3 + ["two:small"] * 3


async def test_all_together_have_no_more_than_the_setting() -> None:
    gate = Gate(Lanes(LaneLimits(overall=3, per_registry=2)))
    async with copies(gate, *[(str(number), 1) for number in range(9)], namespaces=9):
        assert gate.lanes.in_flight == 3


async def test_small_copies_pass_large_ones() -> None:
    gate = Gate(Lanes(LaneLimits(overall=8, per_registry=8)))
    async with copies(gate, *[("one", LARGE + 1)] * 9, *[("one", 1)] * 2):
        assert sorted(gate.running) == ["one:large"] * 2 + ["one:small"] * 2


@pytest.mark.promise(17)
async def test_copies_that_last_keep_nobody_else_waiting() -> None:
    """Neither another namespace's to the same registry, nor the same namespace's to another one."""
    gate = Gate(Lanes(LaneLimits()))
    async with copies(gate, *[("one", LARGE + 1)] * 40, *[("one", 1)] * 40):
        held = len(gate.running)
        async with copies(gate, ("two", LARGE + 1), ("two", 1)):
            assert len(gate.running) == held + 2
            async with copies(gate, ("one", LARGE + 1), ("one", 1), namespaces=2):
                assert len(gate.running) == held + 4


async def test_the_first_failure_ends_the_others_and_is_raised_alone() -> None:
    ended = list[int]()

    async def work(item: int) -> int:
        try:
            if item == 2:
                raise LookupError(item)
            await asyncio.Event().wait()
        finally:
            ended.append(item)
        return item

    with pytest.raises(LookupError):
        await each(range(9), 3, work)

    assert sorted(ended) == [0, 1, 2], "nothing new was begun after the failure"


async def test_results_come_in_the_order_of_the_items() -> None:
    async def work(item: int) -> int:
        for _ in range(9 - item):
            await asyncio.sleep(0)
        return item * item

    assert await each(range(9), 4, work) == [item * item for item in range(9)]
