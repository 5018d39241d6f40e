"""The mock cloud answers as Azure did. The exchanges were recorded or published by others."""

from collections.abc import Iterator

import pytest
from support.arm_requests import Owner
from support.recorded.accounts import ACCOUNTS
from support.recorded.below import BELOW
from support.recorded.registries import REGISTRIES
from support.recorded.rights import RIGHTS
from support.recorded.said import Exchange, differences
from support.recorded.versions import VERSIONS

from mockcloud.server import MockCloudThread

QUICK = {"lroSeconds": 0, "retryAfterSeconds": 0, "principalsMustExist": False}


@pytest.fixture(scope="module")
def shared() -> Iterator[MockCloudThread]:
    with MockCloudThread(settings=QUICK) as cloud:
        group = f"/subscriptions/{cloud.subscription_id}/resourceGroups/rg"
        cloud.client.put_resource(group, {"location": "eastus"})
        yield cloud


@pytest.fixture(scope="module")
def owner_of_all(shared: MockCloudThread) -> Iterator[Owner]:
    owner = Owner(shared)
    yield owner
    owner.close()


@pytest.mark.parametrize(
    "exchange", [*ACCOUNTS, *VERSIONS, *BELOW, *REGISTRIES, *RIGHTS], ids=lambda e: e.title
)
def test_the_answer_is_the_one_on_record(
    shared: MockCloudThread, owner_of_all: Owner, exchange: Exchange
) -> None:
    shared.client.settings(**QUICK)
    subscription = f"/subscriptions/{shared.subscription_id}"
    owner_of_all("POST", f"{subscription}/providers/Microsoft.ContainerRegistry/register")

    def ready() -> None:
        shared.client.settings(**exchange.settings)

    assert differences(exchange, owner_of_all, shared.subscription_id, ready) == []
