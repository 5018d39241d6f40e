"""Container registries and their replications, made and changed by the real SDK."""

import asyncio
import time
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.polling import AsyncNoPolling

REGISTRY = {"location": "eastus", "sku": {"name": "Premium"}, "tags": {"a": "1"}, "properties": {}}
REPLICATIONS = "Microsoft.ContainerRegistry/registries/replications"


async def create(caller: Any, name: str = "images", **changes: Any) -> Any:
    poller = await caller.registry.registries.begin_create("rg", name, {**REGISTRY, **changes})
    return await poller.result()


async def replicate(caller: Any, location: str = "westus", name: str | None = None) -> Any:
    poller = await caller.registry.replications.begin_create(
        "rg", "images", name or location, {"location": location}
    )
    return await poller.result()


async def refused(awaitable: Any) -> tuple[int, str]:
    with pytest.raises(HttpResponseError) as caught:
        await awaitable
    return caught.value.status_code or 0, caught.value.error.code if caught.value.error else ""


async def start(method: Any, *args: Any) -> Any:
    """Begin an operation and return the answer itself, without following it."""
    answers: list[Any] = []
    await method(*args, polling=AsyncNoPolling(), raw_response_hook=answers.append)
    return answers[0].http_response


async def test_a_registry_is_created_with_what_the_service_adds(owner: Any) -> None:
    made = await create(owner)
    assert (made.provisioning_state, made.sku.name, made.tags) == ("Succeeded", "Premium", {"a": "1"})
    assert made.policies.retention_policy.status == "disabled"
    assert made.data_endpoint_enabled is False
    assert made.login_server.endswith("/images")


async def test_a_registry_that_takes_time_is_visible_and_followed_by_its_status(
    azure: Any, owner: Any
) -> None:
    azure.mock.settings(lroSeconds=0.3)
    answer = await start(owner.registry.registries.begin_create, "rg", "images", REGISTRY)
    assert answer.status_code == 201
    url = answer.headers["Azure-AsyncOperation"]
    assert "/registries/images/operationStatuses/registries-" in url
    assert (await owner.registry.registries.get("rg", "images")).provisioning_state == "Creating"
    assert (await owner.arm("GET", url)).json() == {"status": "Creating"}
    change = owner.registry.registries.begin_update("rg", "images", {"tags": {}})
    assert await refused(change) == (409, "Conflict")
    assert await refused(replicate(owner)) == (409, "Conflict")
    assert (await until_over(owner, url)) == {"status": "Succeeded"}
    assert (await owner.registry.registries.get("rg", "images")).provisioning_state == "Succeeded"


async def until_over(caller: Any, url: str) -> Any:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        said = (await caller.arm("GET", url)).json()
        if said["status"] in {"Succeeded", "Failed"}:
            return said
        await asyncio.sleep(0.02)
    pytest.fail("the operation did not end")


async def test_names_are_one_table_for_every_subscription_without_regard_to_case(
    azure: Any, owner: Any
) -> None:
    await create(owner)
    other = await azure.caller(subscription=azure.cloud.subscriptions[1])
    assert await refused(create(other, "Images")) == (409, "RegistryNameAlreadyInUse")
    said = await other.registry.registries.check_name_availability(
        {"name": "IMAGES", "type": "Microsoft.ContainerRegistry/registries"}
    )
    assert (said.name_available, said.reason) == (False, "AlreadyExists")


async def test_a_replica_brings_the_home_region_into_the_list(azure: Any, owner: Any) -> None:
    await create(owner)
    assert [r async for r in owner.registry.replications.list("rg", "images")] == []
    replica = await replicate(owner)
    assert (replica.provisioning_state, replica.status.display_status) == ("Succeeded", "Ready")
    listed = {r.name async for r in owner.registry.replications.list("rg", "images")}
    assert listed == {"westus", "eastus"}
    gone = owner.registry.replications.begin_delete("rg", "images", "eastus")
    assert await refused(gone) == (400, "HomeReplicationCannotBeDeleted")


async def test_a_young_replica_is_still_syncing(azure: Any, owner: Any) -> None:
    azure.mock.settings(replicationSeconds=60)
    await create(owner)
    replica = await replicate(owner)
    assert (replica.provisioning_state, replica.status.display_status) == ("Succeeded", "Syncing")


async def test_a_replica_in_several_zones_goes_on_syncing_for_an_operations_time(
    azure: Any, owner: Any
) -> None:
    await create(owner)
    azure.mock.settings(lroSeconds=0.4)
    said = {"location": "westus", "properties": {"zoneRedundancy": "enabled"}}
    poller = await owner.registry.replications.begin_create("rg", "images", "westus", said)
    replica = await poller.result()
    assert (replica.provisioning_state, replica.status.display_status) == ("Succeeded", "Syncing")
    assert replica.zone_redundancy == "Enabled"
    await asyncio.sleep(0.5)
    later = await owner.registry.replications.get("rg", "images", "westus")
    assert later.status.display_status == "Ready"


async def test_the_same_replica_again_changes_nothing(azure: Any, owner: Any) -> None:
    await create(owner)
    await replicate(owner)
    azure.mock.settings(lroSeconds=30)
    body = {"location": "westus"}
    answer = await start(owner.registry.replications.begin_create, "rg", "images", "westus", body)
    assert answer.status_code == 200
    moved = owner.registry.replications.begin_create("rg", "images", "westus", {"location": "westus2"})
    assert await refused(moved) == (409, "InvalidResourceLocation")
    twice = owner.registry.replications.begin_create("rg", "images", "other", body)
    assert await refused(twice) == (409, "ReplicationAlreadyExists")


async def test_a_replica_is_followed_to_its_end_in_its_own_region(azure: Any, owner: Any) -> None:
    await create(owner)
    await replicate(owner)
    azure.mock.settings(lroSeconds=0.2)
    answer = await start(owner.registry.replications.begin_delete, "rg", "images", "westus")
    assert answer.status_code == 202
    assert "/locations/westus/operationResults/replications-" in answer.headers["Location"]
    assert (await owner.registry.replications.get("rg", "images", "westus")).provisioning_state == "Deleting"
    deadline = time.monotonic() + 10
    while (await owner.arm("GET", answer.headers["Location"])).status_code == 202:
        assert time.monotonic() < deadline
    with pytest.raises(ResourceNotFoundError):
        await owner.registry.replications.get("rg", "images", "westus")


async def test_a_replica_made_again_too_soon_fails_and_stays_failed(azure: Any, owner: Any) -> None:
    await create(owner)
    await replicate(owner)
    azure.mock.settings(lroSeconds=0.2)
    await (await owner.registry.replications.begin_delete("rg", "images", "westus")).result()
    azure.mock.settings(lroSeconds=600)
    await start(owner.registry.replications.begin_create, "rg", "images", "westus", {"location": "westus"})
    row = azure.mock.resource(f"{azure.registry_id('images')}/replications/westus")
    assert row["properties"]["provisioningState"] == "Creating"
    failure = azure.cloud.world.operations.on(row["id"]).failure
    assert failure.code == "ReplicationBeingDeleted"


async def test_a_failed_replica_stays_failed_until_it_is_deleted(azure: Any, owner: Any) -> None:
    await create(owner)
    azure.mock.fault(
        method="PUT", pathRegex="/replications/", lroError={"code": "Broken", "message": "no room"}
    )
    with pytest.raises(HttpResponseError) as caught:
        await replicate(owner)
    assert caught.value.error is not None
    assert caught.value.error.code == "Broken"
    with pytest.raises(HttpResponseError, match="delete it and create it anew"):
        await replicate(owner)
    row = azure.mock.resource(f"{azure.registry_id('images')}/replications/westus")
    assert row["properties"]["provisioningState"] == "Failed"
    await (await owner.registry.replications.begin_delete("rg", "images", "westus")).result()
    assert (await replicate(owner)).provisioning_state == "Succeeded"


async def test_a_failed_registry_can_be_created_again(azure: Any, owner: Any) -> None:
    azure.mock.fault(method="PUT", pathRegex="/registries/images$", lroError={"code": "Broken"})
    with pytest.raises(HttpResponseError):
        await create(owner)
    assert azure.mock.resource(azure.registry_id("images"))["properties"]["provisioningState"] == "Failed"
    assert (await create(owner)).provisioning_state == "Succeeded"


async def test_replicas_need_a_premium_registry_and_hold_it_there(azure: Any, owner: Any) -> None:
    await create(owner, sku={"name": "Standard"})
    assert await refused(replicate(owner)) == (400, "FeatureNotSupported")
    await (
        await owner.registry.registries.begin_update("rg", "images", {"sku": {"name": "Premium"}})
    ).result()
    await replicate(owner)
    back = owner.registry.registries.begin_update("rg", "images", {"sku": {"name": "Standard"}})
    assert await refused(back) == (409, "CannotDowngradeSku")


async def test_a_registry_goes_at_once_alone_and_slowly_with_replicas(azure: Any, owner: Any) -> None:
    await create(owner)
    assert (await start(owner.registry.registries.begin_delete, "rg", "images")).status_code == 200
    assert azure.mock.resource(azure.registry_id("images")) is None
    await create(owner)
    await replicate(owner)
    answer = await start(owner.registry.registries.begin_delete, "rg", "images")
    assert answer.status_code == 202
    assert answer.json()["properties"]["provisioningState"] == "Deleting"
    assert (await owner.arm("GET", answer.headers["Location"])).status_code == 200
    assert azure.mock.resources(REPLICATIONS) == [], "what was below it goes with it"


async def test_some_changes_take_time_and_most_do_not(azure: Any, owner: Any) -> None:
    await create(owner)
    azure.mock.settings(lroSeconds=30)
    update = owner.registry.registries.begin_update
    assert (await start(update, "rg", "images", {"tags": {"b": "2"}})).status_code == 200
    slow = await start(update, "rg", "images", {"properties": {"anonymousPullEnabled": True}})
    assert (slow.status_code, slow.json()["properties"]["provisioningState"]) == (201, "Updating")


async def test_data_endpoints_are_named_for_each_region(owner: Any) -> None:
    await create(owner, properties={"dataEndpointEnabled": True})
    await replicate(owner)
    names = (await owner.registry.registries.get("rg", "images")).data_endpoint_host_names
    assert [name.rsplit("/", 1)[-1] for name in names] == ["images.eastus.data", "images.westus.data"]


async def test_what_only_the_service_writes_is_not_taken_from_a_caller(owner: Any) -> None:
    made = await create(owner, properties={"loginServer": "mine.example", "provisioningState": "Failed"})
    assert made.provisioning_state == "Succeeded"
    assert made.login_server != "mine.example"
