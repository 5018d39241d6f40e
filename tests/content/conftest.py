"""A mock cloud with three accounts, and the operator's adapter to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from support.blob_accounts import CONTRIBUTOR, GROUP, PRIMARY, REPLICA, TEAM, Accounts

from mockcloud.server import MockCloudThread


@pytest.fixture
def cloud() -> Iterator[MockCloudThread]:
    with MockCloudThread(settings={"lroSeconds": 0}) as cloud:
        yield cloud


@pytest.fixture
async def accounts(cloud: MockCloudThread) -> AsyncIterator[Accounts]:
    """A primary, a replica elsewhere and a team's own account; the operator may read and write in all."""
    accounts = Accounts(cloud.client, cloud.url, str(cloud.ca_file), cloud.tenant_id)
    accounts.may("Contributor", CONTRIBUTOR)
    cloud.client.put_resource(GROUP, {"location": "eastus"})
    accounts.make(PRIMARY)
    accounts.make(REPLICA, "westus")
    accounts.make(TEAM)
    yield accounts
    await accounts.stores.close()
    await connections_gone()


async def connections_gone() -> None:
    """TLS says its farewell after aiohttp has closed; a loop that ends before that warns of it."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 5
    while len(loop._selector.get_map()) > 1:  # type: ignore[attr-defined] # what remains is the loop's own
        assert loop.time() < deadline, "connections stayed open"
        await asyncio.sleep(0.001)
