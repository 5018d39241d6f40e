"""The cloud's own interface: what it says of itself, and what it lets a test do behind everybody's back."""

from typing import Any

import pytest

from mockcloud import defaults
from mockcloud.client import MockCloudError
from mockcloud.server import MockCloud

ACCOUNT = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
STORAGE = "2026-09-01"


def case(*values: Any, because: str) -> Any:
    """A row of a table, named after its reason."""
    return pytest.param(*values, id=because)


def test_what_settings_give_they_take_back(cloud: Any) -> None:
    before = cloud.client.settings()
    assert set(before) == {
        "lroSeconds",
        "retryAfterSeconds",
        "replicationSeconds",
        "copySecondsPerMiB",
        "latencySeconds",
        "rateLimit",
        "tokenSeconds",
        "roleDelaySeconds",
        "locks",
        "policyDenials",
        "quota",
        "regionalEndpoints",
        "principalsMustExist",
    }
    assert cloud.client.settings(**before) == before


def test_settings_change_one_by_one_and_inside_their_objects(cloud: Any) -> None:
    cloud.client.settings(rateLimit={"reads": 5})
    changed = cloud.client.settings(rateLimit={"writes": 2}, lroSeconds=4)
    assert changed["rateLimit"] == {"reads": 5, "writes": 2, "deletes": None}
    assert changed["lroSeconds"] == 4


@pytest.mark.parametrize(
    "changes",
    [
        case({"lroSeconds": -1}, because="time does not run backwards"),
        case({"speed": 1}, because="there is no such setting"),
        case({"rateLimit": {"reads": 0}}, because="a rate of nothing would never end"),
    ],
)
def test_settings_that_mean_nothing_are_refused(cloud: Any, changes: dict[str, Any]) -> None:
    before = cloud.client.settings()
    with pytest.raises(MockCloudError, match="400"):
        cloud.client.settings(**changes)
    assert cloud.client.settings() == before


async def test_the_audit_log_tells_each_request(azure: Any, owner: Any) -> None:
    azure.mock.clear_requests()
    path = azure.account_id("data0001")
    await owner.arm("PUT", path, ACCOUNT, version=STORAGE)
    token, put = azure.mock.requests()
    assert (token["path"], token["status"]) == (f"/{azure.cloud.tenant_id}/oauth2/v2.0/token", 200)
    assert set(put) == {
        "n",
        "time",
        "method",
        "host",
        "path",
        "query",
        "status",
        "servedStatus",
        "bytesIn",
        "bytesOut",
        "principalId",
        "clientRequestId",
    }
    assert (put["method"], put["path"], put["status"]) == ("PUT", path, 202)
    assert (put["query"], put["host"]) == (f"api-version={STORAGE}", azure.cloud.url.removeprefix("https://"))
    assert (put["principalId"], put["bytesOut"]) == (defaults.OWNER_PRINCIPAL_ID, 0)
    assert put["bytesIn"] > 50
    assert put["n"] == token["n"] + 1
    assert put["clientRequestId"]
    assert azure.mock.requests(since=token["n"]) == [put]
    azure.mock.clear_requests()
    assert azure.mock.requests() == []
    await owner.arm("GET", path, version=STORAGE)
    assert azure.mock.requests()[0]["n"] == put["n"] + 1, "numbers go on"


async def test_reading_by_post_is_no_write(azure: Any, owner: Any) -> None:
    azure.mock.put_resource(azure.account_id("data0001"), ACCOUNT)
    await owner.storage.storage_accounts.list_keys("rg", "data0001")
    await owner.storage.storage_accounts.check_name_availability({"name": "x", "type": "y"})
    assert azure.mock.arm_writes() == []
    await owner.storage.storage_accounts.delete("rg", "data0001")
    assert [entry["method"] for entry in azure.mock.arm_writes()] == ["DELETE"]


async def test_a_resource_can_be_planted_changed_and_taken_away_by_hand(azure: Any, owner: Any) -> None:
    path = azure.account_id("data0001")
    azure.mock.put_resource(path, {"location": "westus", "tags": {"a": "1", "b": "2"}})
    seen = await owner.storage.storage_accounts.get_properties("rg", "data0001")
    assert (seen.location, seen.sku.name, seen.provisioning_state) == ("westus", "Standard_LRS", "Succeeded")
    azure.mock.patch_resource(path, {"tags": {"a": None}, "properties": {"minimumTlsVersion": "TLS1_0"}})
    seen = await owner.storage.storage_accounts.get_properties("rg", "data0001")
    assert (seen.tags, seen.minimum_tls_version) == ({"b": "2"}, "TLS1_0")
    assert azure.mock.resource(path.upper()) is not None, "ids have no case"
    azure.mock.delete_resource(path)
    assert azure.mock.resource(path) is None
    assert azure.mock.arm_writes() == [], "what is done by hand is in no log"
    with pytest.raises(MockCloudError, match="404"):
        azure.mock.delete_resource(path)


async def test_a_name_can_be_taken_by_a_stranger(azure: Any, owner: Any) -> None:
    stranger = (
        "/subscriptions/99999999-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Storage"
    )
    azure.mock.put_resource(f"{stranger}/storageAccounts/data0001", {})
    response = await owner.arm("PUT", azure.account_id("data0001"), ACCOUNT, version=STORAGE)
    assert response.json()["error"]["code"] == "StorageAccountAlreadyTaken"


async def test_registries_replicas_and_containers_can_be_planted_too(azure: Any, owner: Any) -> None:
    azure.mock.put_resource(azure.registry_id("images"), {"location": "eastus"})
    azure.mock.put_resource(f"{azure.registry_id('images')}/replications/westus", {"location": "westus"})
    azure.mock.put_resource(azure.account_id("data0001"), {})
    azure.mock.put_resource(f"{azure.account_id('data0001')}/blobServices/default/containers/models")
    assert (await owner.registry.registries.get("rg", "images")).sku.name == "Premium"
    assert (await owner.registry.replications.get("rg", "images", "westus")).status.display_status == "Ready"
    assert (await owner.storage.blob_containers.get("rg", "data0001", "models")).name == "models"


async def test_endpoints_name_the_cloud_itself(azure: Any) -> None:
    azure.mock.put_resource(azure.account_id("data0001"), {})
    body = azure.mock.resource(azure.account_id("data0001"))
    assert body["properties"]["primaryEndpoints"]["blob"] == f"{azure.cloud.url}/data0001/"


def test_what_is_not_there_says_so(cloud: Any) -> None:
    for path in ("/blobs/acct", "/nonsense"):
        with pytest.raises(MockCloudError, match="404"):
            cloud.client._ask("GET", path)
    with pytest.raises(MockCloudError, match="404"):
        cloud.client.region("atlantis", available=False)


def test_principals_can_be_listed_and_replaced(cloud: Any) -> None:
    known = cloud.client.principals()
    assert {"principalId", "clientId", "clientSecret", "type"} <= set(known[0])
    assert cloud.client.principals(known) == known
    assert cloud.client.principals(known[:1]) == known[:1]


async def test_the_cloud_also_opens_in_an_async_block() -> None:
    async with MockCloud() as cloud:
        assert cloud.subscription_id == defaults.SUBSCRIPTION_ID
        assert cloud.client.settings()["lroSeconds"] == 1.0
