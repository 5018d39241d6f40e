"""Faults on demand, met by the real SDK."""

import asyncio
import time
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.polling import AsyncNoPolling

ACCOUNT = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


async def create(caller: Any) -> Any:
    return await (await caller.storage.storage_accounts.begin_create("rg", "data0001", ACCOUNT)).result()


async def test_a_fault_answers_in_azures_words_and_is_spent(azure: Any, owner: Any) -> None:
    azure.mock.fault(
        method="PUT",
        pathRegex="storageAccounts/data0001$",
        status=429,
        errorCode="TooManyRequests",
        headers={"Retry-After": "17"},
    )
    with pytest.raises(HttpResponseError) as caught:
        await create(owner)
    assert caught.value.status_code == 429
    assert caught.value.error is not None
    assert caught.value.error.code == "TooManyRequests"
    assert caught.value.response is not None
    assert caught.value.response.headers["Retry-After"] == "17"
    assert azure.mock.resource(azure.account_id("data0001")) is None, "a fault acts instead of the service"
    assert (await create(owner)).provisioning_state == "Succeeded"
    assert azure.mock.faults()[0]["hits"] == 1


async def test_a_throttle_without_a_header_has_the_seconds_in_its_text(azure: Any, owner: Any) -> None:
    azure.mock.settings(retryAfterSeconds=5)
    azure.mock.fault(pathRegex="resourceGroups", status=429, errorCode="SubscriptionRequestsThrottled")
    response = await owner.arm("GET", azure.group_id)
    assert "Retry-After" not in response.headers
    assert "Please try again after '5' seconds" in response.json()["error"]["message"]


async def test_the_first_fault_that_matches_acts_and_lets_the_first_matches_pass(
    azure: Any, owner: Any
) -> None:
    azure.mock.fault(method="GET", pathRegex="resourceGroups/rg", skip=1, times=2, status=500)
    azure.mock.fault(method="GET", status=503, errorCode="ServiceUnavailable", times=None)
    seen = [(await owner.arm("GET", azure.group_id)).status_code for _ in range(5)]
    assert seen == [503, 500, 500, 503, 503]
    azure.mock.clear_faults()
    assert (await owner.arm("GET", azure.group_id)).status_code == 200
    assert azure.mock.faults() == []


async def test_a_connection_lost_before_the_server_acts_leaves_nothing(azure: Any) -> None:
    owner = await azure.caller(insists=False)
    azure.mock.fault(method="PUT", reset="before")
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        await create(owner)
    assert azure.mock.resource(azure.account_id("data0001")) is None
    assert [(entry["status"], entry["servedStatus"]) for entry in azure.mock.arm_writes()] == [(0, 0)]


async def test_a_connection_lost_after_the_server_acted_leaves_the_resource(azure: Any) -> None:
    owner = await azure.caller(insists=False)
    azure.mock.fault(method="PUT", reset="after")
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        await create(owner)
    assert azure.mock.resource(azure.account_id("data0001")) is not None
    assert [(entry["status"], entry["servedStatus"]) for entry in azure.mock.arm_writes()] == [(0, 202)]


async def test_a_delay_holds_one_request_and_no_other(azure: Any, owner: Any) -> None:
    azure.mock.fault(pathRegex="resourceGroups/rg$", delaySeconds=2)
    began = time.monotonic()
    slow = asyncio.create_task(owner.arm("GET", azure.group_id))
    await asyncio.sleep(0.05)
    assert (await owner.arm("GET", f"/subscriptions/{azure.subscription}/resourceGroups")).status_code == 200
    assert not slow.done(), "the other one was answered meanwhile"
    assert (await slow).status_code == 200
    assert time.monotonic() - began >= 2


async def test_headers_alone_are_added_to_the_ordinary_answer(azure: Any, owner: Any) -> None:
    azure.mock.fault(method="GET", headers={"x-fault": "yes"})
    response = await owner.arm("GET", azure.group_id)
    assert (response.status_code, response.headers["x-fault"]) == (200, "yes")


async def test_an_operation_can_be_made_to_end_as_failed(azure: Any, owner: Any) -> None:
    azure.mock.fault(
        method="PUT", lroError={"code": "StorageAccountAlreadyTaken", "message": "taken meanwhile"}
    )
    with pytest.raises(HttpResponseError) as caught:
        await create(owner)
    assert caught.value.status_code == 409
    assert caught.value.error is not None
    assert caught.value.error.code == "StorageAccountAlreadyTaken"
    assert azure.mock.resource(azure.account_id("data0001")) is None, "a create that failed leaves no account"
    assert (await create(owner)).provisioning_state == "Succeeded"


async def test_a_poll_that_fails_does_not_make_the_operation_fail(azure: Any, owner: Any) -> None:
    azure.mock.fault(method="GET", pathRegex="asyncoperations", status=404, errorCode="NotFound")
    poller = await owner.storage.storage_accounts.begin_create("rg", "data0001", ACCOUNT)
    with pytest.raises(HttpResponseError):
        await poller.result()
    seen = await owner.storage.storage_accounts.get_properties("rg", "data0001")
    assert seen.provisioning_state == "Succeeded"


async def test_a_fault_may_be_meant_for_one_host(azure: Any, owner: Any) -> None:
    azure.mock.fault(hostRegex="^elsewhere", status=500, times=None)
    assert (await owner.arm("GET", azure.group_id)).status_code == 200


async def test_a_fault_that_makes_no_sense_is_refused(azure: Any) -> None:
    for nonsense in ({"reset": "sometimes"}, {"pathRegex": "("}, {"colour": "red"}):
        with pytest.raises(Exception, match="400"):
            azure.mock.fault(**nonsense)


async def test_a_lost_answer_can_be_told_from_a_lost_request_by_looking(azure: Any) -> None:
    owner = await azure.caller(insists=False)
    azure.mock.settings(lroSeconds=30)
    azure.mock.fault(method="PUT", reset="after")
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        await owner.storage.storage_accounts.begin_create("rg", "data0001", ACCOUNT, polling=AsyncNoPolling())
    seen = await owner.storage.storage_accounts.get_properties("rg", "data0001")
    assert seen.provisioning_state == "Creating"


async def test_the_sdk_sends_a_write_again_by_itself_unless_its_transport_is_told_not_to(
    azure: Any, owner: Any
) -> None:
    """A fact of aiohttp that whoever counts writes has to know: PUT and DELETE are sent again once."""
    azure.mock.fault(method="PUT", reset="before")
    assert (await create(owner)).provisioning_state == "Succeeded"
    assert [entry["status"] for entry in azure.mock.arm_writes()] == [0, 202]


async def test_a_mistake_in_the_request_is_answered_and_ends_nothing(azure: Any, owner: Any) -> None:
    wrong = {**ACCOUNT, "properties": {"keyPolicy": {"keyExpirationPeriodInDays": "often"}}}
    response = await owner.arm("PUT", azure.account_id("data0001"), wrong, version="2026-09-01")
    assert response.status_code == 500
    assert azure.mock.arm_writes()[-1]["status"] == 500
    wrong = {**ACCOUNT, "properties": {"keyPolicy": "often"}}
    response = await owner.arm("PUT", azure.account_id("data0001"), wrong, version="2026-09-01")
    assert response.json()["error"]["code"] == "InvalidValuesForRequestParameters"
    wrong = {**ACCOUNT, "tags": ["a"]}
    response = await owner.arm("PUT", azure.account_id("data0001"), wrong, version="2026-09-01")
    assert response.json()["error"]["code"] == "InvalidRequestContent"
