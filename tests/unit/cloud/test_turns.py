"""Few requests are built at the same time, and nobody waits for a turn without end."""

import asyncio

import pytest

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.turns import Turns
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.fairness.tenants import SHARES, Tenant, current_tenant, work_for

TARGET = ArmId("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a")
DOING = "read storage account"


@pytest.mark.promise(15)
async def test_no_more_are_at_work_than_there_are_turns() -> None:
    turns, at_work, most = Turns(3), 0, 0

    async def request() -> None:
        nonlocal at_work, most
        async with turns.take(TARGET, DOING):
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(*(request() for _ in range(20)))

    assert most == 3


@pytest.mark.promise(6)
async def test_who_gets_no_turn_in_time_is_told_when_to_come_again_and_takes_none_away() -> None:
    turns = Turns(1, seconds=0.01)

    async with turns.take(TARGET, DOING):
        with pytest.raises(CloudError) as held:
            async with turns.take(TARGET, DOING):
                raise AssertionError("two at the same time")
    assert (held.value.failure.reason, held.value.failure.retry_after) == (Reason.THROTTLED, 0.01)

    async with turns.take(TARGET, DOING):
        pass


@pytest.mark.promise(17)
async def test_a_tenants_many_requests_are_its_own_wait() -> None:
    turns, order = Turns(1), list[str]()

    async def request() -> None:
        async with turns.turn():
            order.append(current_tenant().namespace)
            await asyncio.sleep(0)

    work_for(Tenant("many"))
    tasks = [asyncio.create_task(request()) for _ in range(100)]
    await asyncio.sleep(0)
    work_for(Tenant("one"))
    await request()
    await asyncio.gather(*tasks)

    assert "one" in order[:3]


@pytest.mark.promise(17)
async def test_an_account_without_an_answer_leaves_turns_for_the_tenants_others() -> None:
    turns, answered = Turns(64, seconds=None, shares=(*SHARES, 0.5)), asyncio.Event()

    async def request() -> None:
        async with turns.turn("https://slow"):
            await answered.wait()

    tasks = [asyncio.create_task(request()) for _ in range(100)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5), turns.turn("https://own"), turns.turn("https://own"):
        answered.set()
    await asyncio.gather(*tasks)


@pytest.mark.promise(17)
async def test_with_shares_requests_without_an_answer_keep_no_other_tenant_waiting() -> None:
    turns, answered = Turns(8, seconds=None, shares=SHARES), asyncio.Event()

    async def request() -> None:
        async with turns.turn():
            await answered.wait()

    work_for(Tenant("slow"))
    tasks = [asyncio.create_task(request()) for _ in range(100)]
    await asyncio.sleep(0)
    work_for(Tenant("other"))
    async with asyncio.timeout(5), turns.turn():
        answered.set()
    await asyncio.gather(*tasks)
