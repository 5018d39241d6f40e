"""A limit counts the other side's time alone."""

import asyncio

import pytest

from mlregistry_operator.fairness.limits import limited, uncounted

pytestmark = [pytest.mark.timeout(20), pytest.mark.promise(17)]


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        async with limited(0.01):
            await asyncio.sleep(9)


async def test_what_is_waited_for_on_our_side_does_not_count() -> None:
    async with limited(0.05):
        with uncounted():
            await asyncio.sleep(0.1)


async def test_the_clock_goes_on_afterwards() -> None:
    async def wait_and_work() -> None:
        async with limited(0.05):
            with uncounted():
                await asyncio.sleep(0.01)
            await asyncio.sleep(9)

    with pytest.raises(TimeoutError):
        await wait_and_work()


async def test_without_a_limit_nothing_is_ended() -> None:
    with uncounted():
        await asyncio.sleep(0)
    async with limited(None):
        with uncounted():
            await asyncio.sleep(0)
