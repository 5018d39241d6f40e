"""Storage accounts, made and changed by the real SDK."""

import asyncio
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.polling import AsyncNoPolling

from mockcloud import defaults

ACCOUNT = {
    "location": "eastus",
    "kind": "StorageV2",
    "sku": {"name": "Standard_LRS"},
    "tags": {"a": "1"},
    "properties": {"allowSharedKeyAccess": False},
}


def case(*values: Any, because: str) -> Any:
    """A row of a table, named after its reason."""
    return pytest.param(*values, id=because)


def account(**changes: Any) -> dict[str, Any]:
    return {**ACCOUNT, **changes}


async def create(caller: Any, name: str = "data0001", group: str = "rg", **changes: Any) -> Any:
    poller = await caller.storage.storage_accounts.begin_create(group, name, account(**changes))
    return await poller.result()


async def refused(awaitable: Any) -> tuple[int, str]:
    with pytest.raises(HttpResponseError) as caught:
        await awaitable
    return caught.value.status_code or 0, caught.value.error.code if caught.value.error else ""


async def test_an_account_is_created_behind_a_poll_and_carries_what_was_asked(owner: Any) -> None:
    made = await create(owner)
    assert made.provisioning_state == "Succeeded"
    assert (made.location, made.sku.name, made.tags) == ("eastus", "Standard_LRS", {"a": "1"})
    assert made.allow_shared_key_access is False
    assert made.minimum_tls_version == "TLS1_2", "the service adds defaults"
    again = await owner.storage.storage_accounts.get_properties("rg", "data0001")
    assert again.as_dict() == made.as_dict()


async def test_a_create_that_takes_time_is_seen_at_work(azure: Any, owner: Any) -> None:
    azure.mock.settings(lroSeconds=30)
    started: list[Any] = []
    await owner.storage.storage_accounts.begin_create(
        "rg", "data0001", account(), polling=AsyncNoPolling(), raw_response_hook=started.append
    )
    answer = started[0].http_response
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "0")
    assert 4200 < len(answer.headers["Location"]) < 4700, "signed addresses are as long as Azure's"
    seen = await owner.storage.storage_accounts.get_properties("rg", "data0001")
    assert seen.provisioning_state == "Creating"
    polled = await owner.arm("GET", answer.headers["Location"])
    assert polled.status_code == 202
    assert polled.headers["Location"] != answer.headers["Location"], "each answer is signed anew"

    writes = owner.storage.storage_accounts
    assert await refused(writes.list_keys("rg", "data0001")) == (409, "StorageAccountIsNotProvisioned")
    assert await refused(writes.update("rg", "data0001", {"tags": {}})) == (
        409,
        "StorageAccountOperationInProgress",
    )
    assert await refused(writes.delete("rg", "data0001")) == (409, "StorageAccountOperationInProgress")


async def test_an_address_for_polling_that_was_altered_is_refused(azure: Any, owner: Any) -> None:
    azure.mock.settings(lroSeconds=30)
    started: list[Any] = []
    await owner.storage.storage_accounts.begin_create(
        "rg", "data0001", account(), polling=AsyncNoPolling(), raw_response_hook=started.append
    )
    url = started[0].http_response.headers["Location"]
    head, _, signature = url.partition("&s=")
    altered = [
        url.replace("/asyncoperations/", "/asyncoperations/0"),
        url.split("&t=")[0],
        f"{head}&s=x{signature[1:]}",
    ]
    for wrong in altered:
        assert (await owner.arm("GET", wrong)).status_code == 403
    assert (await owner.arm("GET", url)).status_code == 202, "the first address goes on working"


async def test_an_operation_can_be_resumed_from_its_continuation_token(azure: Any, owner: Any) -> None:
    poller = await owner.storage.storage_accounts.begin_create("rg", "data0001", account())
    token = poller.continuation_token()
    writes = len(azure.mock.arm_writes())
    again = await owner.storage.storage_accounts.begin_create("rg", "data0001", {}, continuation_token=token)
    assert (await again.result()).name == "data0001"
    assert len(azure.mock.arm_writes()) == writes, "resuming polls, and writes nothing"


async def test_the_same_account_again_answers_at_once_and_changes_nothing(azure: Any, owner: Any) -> None:
    made = await create(owner)
    started: list[Any] = []
    await owner.storage.storage_accounts.begin_create(
        "rg", "data0001", account(), polling=AsyncNoPolling(), raw_response_hook=started.append
    )
    assert started[0].http_response.status_code == 200
    assert (await owner.storage.storage_accounts.get_properties("rg", "data0001")).as_dict() == made.as_dict()


async def test_a_name_is_taken_for_every_group_and_every_subscription(azure: Any, owner: Any) -> None:
    await create(owner)
    other = await azure.caller(subscription=azure.cloud.subscriptions[1])
    azure.mock.put_resource(
        f"/subscriptions/{azure.subscription}/resourceGroups/second", {"location": "eastus"}
    )
    assert await refused(create(other)) == (409, "StorageAccountAlreadyTaken")
    assert await refused(create(owner, group="second")) == (409, "StorageAccountInAnotherResourceGroup")
    said = await other.storage.storage_accounts.check_name_availability(
        {"name": "data0001", "type": "Microsoft.Storage/storageAccounts"}
    )
    assert (said.name_available, said.reason) == (False, "AlreadyExists")
    await owner.storage.storage_accounts.delete("rg", "data0001")
    assert (await create(other)).name == "data0001", "a deleted account frees its name"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        case({"location": "atlantis"}, "LocationNotAvailableForResourceType", because="it is no region"),
        case({"kind": "Wood"}, "InvalidValuesForRequestParameters", because="it is no kind"),
        case({"sku": {"name": "Gold"}}, "InvalidValuesForRequestParameters", because="it is no SKU"),
        case({"sku": {"name": "Premium_ZRS"}}, "InvalidAccountType", because="StorageV2 has no Premium_ZRS"),
        case(
            {"sku": {"name": "Premium_LRS"}, "properties": {"isHnsEnabled": True}},
            "AccountPropertyCannotBeSet",
            because="page blobs know no directories",
        ),
        case(
            {"properties": {"minimumTlsVersion": "TLS9"}},
            "InvalidValuesForRequestParameters",
            because="it is no TLS version",
        ),
        case({"tags": {"t": "x" * 257}}, "InvalidTagNameOrValue", because="a tag holds 256 characters"),
        case({"tags": {str(n): "" for n in range(51)}}, "TooManyTags", because="50 tags are the most"),
    ],
)
async def test_what_azure_refuses_at_creation_is_refused(
    owner: Any, changes: dict[str, Any], code: str
) -> None:
    assert await refused(create(owner, **changes)) == (400, code)


async def test_a_name_that_azure_would_not_take_is_refused(owner: Any) -> None:
    response = await owner.arm("PUT", f"{GROUP_ID}/Not-A-Name", ACCOUNT, version="2026-09-01")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "AccountNameInvalid")


GROUP_ID = (
    f"/subscriptions/{defaults.SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts"
)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        case("Standard_LRS", "Standard_RAGRS", None, because="geo-redundancy is added in place"),
        case("Standard_GRS", "Standard_LRS", None, because="geo-redundancy is dropped in place"),
        case("Standard_ZRS", "Standard_GZRS", None, because="zonal accounts do the same"),
        case(
            "Standard_LRS",
            "Standard_ZRS",
            "StorageAccountTypeConversionNotAllowed",
            because="the zonal boundary needs a migration",
        ),
        case(
            "Standard_LRS",
            "Premium_LRS",
            "StorageAccountTypeConversionNotAllowed",
            because="the performance tier never changes",
        ),
    ],
)
async def test_redundancy_changes_where_azure_does_it_in_place(
    owner: Any, before: str, after: str, code: str | None
) -> None:
    await create(owner, sku={"name": before})
    change = owner.storage.storage_accounts.update("rg", "data0001", {"sku": {"name": after}})
    if code is not None:
        assert await refused(change) == (400, code)
        return
    changed = await change
    assert changed.sku.name == after
    assert (changed.secondary_location is not None) == ("G" in after.removeprefix("Standard_"))


async def test_what_was_fixed_at_creation_stays(owner: Any) -> None:
    await create(owner)
    update = owner.storage.storage_accounts
    assert await refused(create(owner, properties={"isHnsEnabled": True})) == (
        400,
        "AccountPropertyCannotBeUpdated",
    )
    assert await refused(create(owner, kind="BlobStorage")) == (400, "AccountPropertyCannotBeUpdated")
    assert await refused(create(owner, location="westus")) == (409, "InvalidResourceLocation")
    assert (await update.update("rg", "data0001", {"tags": {"b": "2"}})).tags == {"b": "2"}


async def test_a_region_holds_as_many_accounts_as_the_quota_says(azure: Any, owner: Any) -> None:
    azure.mock.settings(quota={"accountsPerRegion": 1})
    await create(owner)
    assert await refused(create(owner, "data0002")) == (409, "MaxStorageAccountsCountPerSubscriptionExceeded")
    assert (await create(owner, "data0002", location="westus")).location == "westus"


async def test_writes_to_one_account_exclude_each_other(azure: Any, owner: Any) -> None:
    await create(owner)
    await create(owner, "data0002")
    azure.mock.settings(latencySeconds=0.3)
    update = owner.storage.storage_accounts.update
    first, second, other = await asyncio.gather(
        update("rg", "data0001", {"tags": {"n": "1"}}),
        update("rg", "data0001", {"tags": {"n": "2"}}),
        update("rg", "data0002", {"tags": {"n": "3"}}),
        return_exceptions=True,
    )
    conflicts = [error for error in (first, second) if isinstance(error, ResourceExistsError)]
    assert [error.error.code for error in conflicts if error.error] == ["StorageAccountOperationInProgress"]
    assert other.tags == {"n": "3"}, "another account is not held up"


async def test_blob_service_containers_and_lifecycle_rules_hang_below_the_account(owner: Any) -> None:
    await create(owner)
    storage = owner.storage
    service = await storage.blob_services.get_service_properties("rg", "data0001")
    assert service.is_versioning_enabled is None
    assert service.delete_retention_policy.enabled is False
    await storage.blob_services.set_service_properties(
        "rg", "data0001", {"properties": {"isVersioningEnabled": True}}
    )
    assert (
        await storage.blob_services.get_service_properties("rg", "data0001")
    ).is_versioning_enabled is True

    await storage.blob_containers.create("rg", "data0001", "models", {})
    assert [c.name async for c in storage.blob_containers.list("rg", "data0001")] == ["models"]
    await storage.blob_containers.delete("rg", "data0001", "models")
    with pytest.raises(ResourceNotFoundError, match="ContainerNotFound"):
        await storage.blob_containers.get("rg", "data0001", "models")

    rule = {
        "name": "staging",
        "type": "Lifecycle",
        "definition": {
            "actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 7}}},
            "filters": {"blobTypes": ["blockBlob"], "prefixMatch": ["staging/"]},
        },
    }
    policies = storage.management_policies
    await policies.create_or_update(
        "rg", "data0001", "default", {"properties": {"policy": {"rules": [rule]}}}
    )
    assert (await policies.get("rg", "data0001", "default")).name == "DefaultManagementPolicy"
    await policies.delete("rg", "data0001", "default")
    with pytest.raises(ResourceNotFoundError, match="ManagementPolicyNotFound"):
        await policies.get("rg", "data0001", "default")


async def test_versioning_is_not_offered_on_a_hierarchical_account(owner: Any) -> None:
    await create(owner, properties={"isHnsEnabled": True})
    change = {"properties": {"isVersioningEnabled": True}}
    awaitable = owner.storage.blob_services.set_service_properties("rg", "data0001", change)
    assert await refused(awaitable) == (409, "FeatureNotSupportedForAccount")


async def test_long_lists_come_in_pages(azure: Any, owner: Any) -> None:
    for number in range(230):
        azure.mock.put_resource(azure.account_id(f"data{number:04}"), {"location": "eastus"})
    listed = [account.name async for account in owner.storage.storage_accounts.list()]
    assert len(listed) == len(set(listed)) == 230
    assert listed != sorted(listed), "Azure promises no order"


async def test_keys_can_be_read_and_renewed(owner: Any) -> None:
    await create(owner)
    before = (await owner.storage.storage_accounts.list_keys("rg", "data0001")).keys_property
    after = (
        await owner.storage.storage_accounts.regenerate_key("rg", "data0001", {"keyName": "key1"})
    ).keys_property
    assert before[0].value != after[0].value
    assert before[1].value == after[1].value
