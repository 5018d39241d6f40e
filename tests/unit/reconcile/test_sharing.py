"""Fresh looks that are shared: nobody gets one that began before he asked."""

import asyncio

import pytest

from mlregistry_operator.reconcile.sharing import Shared


async def test_who_asks_while_a_look_is_under_way_shares_the_next_one() -> None:
    shared: Shared[int] = Shared()
    looks, gate = 0, asyncio.Event()

    async def look() -> int:
        nonlocal looks
        looks += 1
        seen = looks
        await gate.wait()
        return seen

    first = [asyncio.create_task(shared.fresh(look)) for _ in range(3)]
    await asyncio.sleep(0.01)
    late = [asyncio.create_task(shared.fresh(look)) for _ in range(50)]
    await asyncio.sleep(0.01)
    assert looks == 1
    late[0].cancel()
    gate.set()

    assert await asyncio.gather(*first) == [1, 1, 1]
    assert await asyncio.gather(*late[1:]) == [2] * 49, "who gives up takes nobody's look away"
    assert await shared.fresh(look) == 3


async def test_a_look_that_fails_is_told_to_who_shares_it_and_the_next_is_another() -> None:
    shared: Shared[int] = Shared()

    async def fails() -> int:
        raise OSError("away")

    async def sees() -> int:
        return 7

    with pytest.raises(OSError, match="away"):
        await shared.fresh(fails)
    assert await shared.fresh(sees) == 7
