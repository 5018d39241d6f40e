"""A task's tenant is that of whoever started it."""

import asyncio

import pytest

from mlregistry_operator.fairness.tenants import Tenant, current_tenant, work_for

pytestmark = pytest.mark.promise(17)


async def test_what_a_task_starts_works_for_the_same_tenant() -> None:
    async def begun() -> Tenant:
        await asyncio.sleep(0)
        return current_tenant()

    async def loop(tenant: Tenant) -> Tenant:
        work_for(tenant)
        job = asyncio.create_task(begun())
        work_for(Tenant("later"))
        return await job

    tenants = [Tenant("team-a", "platform/one"), Tenant("team-b", "platform/one")]
    assert await asyncio.gather(*(loop(one) for one in tenants)) == tenants
    assert current_tenant() == Tenant()
