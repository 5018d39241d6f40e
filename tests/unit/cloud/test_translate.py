"""From the SDKs' models to ours, from answers as Azure really gives them."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from azure.core.rest import HttpRequest
from support.manifests import a_registry
from support.scenes import settled
from support.transports import Reply, line
from support.worlds import GROUP

from mlregistry_operator.cloud.azure.clients import REGISTRY_PREVIEW_VERSION
from mlregistry_operator.domain.arm import replication
from mlregistry_operator.domain.differences import account_differences, container_registry_differences
from mlregistry_operator.domain.plan import Action, ActionKind

SCENE = settled(a_registry().in_regions("eastus", "westus"))
SPELLINGS: list[Callable[[str], str]] = [str.lower, str.upper, str.swapcase]
ACCOUNT, REGISTRY = GROUP.storage_account("demo"), GROUP.container_registry("demo")

# As recorded by the Azure CLI's tests, but for the names. Source: Azure/azure-cli, storage and acr modules.
RECORDED_ACCOUNT: dict[str, Any] = {
    "sku": {"name": "Standard_RAGRS", "tier": "Standard"},
    "kind": "StorageV2",
    "id": ACCOUNT,
    "name": "demo",
    "type": "Microsoft.Storage/storageAccounts",
    "location": "eastus",
    "tags": {},
    "properties": {
        "keyCreationTime": {"key1": "2024-06-19T10:44:12Z", "key2": "2024-06-19T10:44:12Z"},
        "allowCrossTenantReplication": False,
        "privateEndpointConnections": [],
        "minimumTlsVersion": "TLS1_0",
        "allowBlobPublicAccess": False,
        "isHnsEnabled": True,
        "networkAcls": {
            "ipv6Rules": [],
            "bypass": "AzureServices",
            "virtualNetworkRules": [],
            "ipRules": [],
            "defaultAction": "Allow",
        },
        "supportsHttpsTrafficOnly": True,
        "encryption": {
            "services": {"blob": {"keyType": "Account", "enabled": True}},
            "keySource": "Microsoft.Storage",
        },
        "accessTier": "Hot",
        "provisioningState": "Succeeded",
        "creationTime": "2024-06-19T10:44:12Z",
        "primaryEndpoints": {
            "dfs": "https://demo.dfs.core.windows.net/",
            "blob": "https://demo.blob.core.windows.net/",
        },
        "primaryLocation": "eastus",
        "statusOfPrimary": "available",
        "secondaryLocation": "westus",
    },
}
RECORDED_REGISTRY: dict[str, Any] = {
    "sku": {"name": "Premium", "tier": "Premium"},
    "type": "Microsoft.ContainerRegistry/registries",
    "id": REGISTRY,
    "name": "demo",
    "location": "eastus",
    "tags": {"a": "b"},
    "systemData": {"createdBy": "somebody", "createdByType": "User", "createdAt": "2023-12-21T23:56:41Z"},
    "properties": {
        "loginServer": "demo.azurecr.io",
        "creationDate": "2023-12-21T23:56:41Z",
        "provisioningState": "Succeeded",
        "adminUserEnabled": False,
        "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
        "policies": {"quarantinePolicy": {"status": "disabled"}, "exportPolicy": {"status": "enabled"}},
        "encryption": {"status": "disabled"},
        "dataEndpointEnabled": False,
        "publicNetworkAccess": "Enabled",
        "networkRuleBypassOptions": "AzureServices",
        "zoneRedundancy": "Disabled",
        "anonymousPullEnabled": False,
    },
}
RECORDED_REPLICATION: dict[str, Any] = {
    "type": "Microsoft.ContainerRegistry/registries/replications",
    "id": replication(REGISTRY, "westus"),
    "name": "westus",
    "location": "westus",
    "tags": {},
    "properties": {
        "provisioningState": "Creating",
        "status": {"timestamp": "2023-12-21T23:56:41Z"},
        "regionEndpointEnabled": True,
        "zoneRedundancy": "Disabled",
    },
}


async def test_an_account_is_read_as_recorded() -> None:
    found = await line(Reply(200, RECORDED_ACCOUNT)).subscription.storage_account(ACCOUNT)

    assert found is not None
    assert (found.id, found.name, found.location) == (ACCOUNT, "demo", "eastus")
    assert (found.sku, found.kind, found.hns) == ("Standard_RAGRS", "StorageV2", True)
    assert (found.provisioning_state, dict(found.tags)) == ("Succeeded", {})
    assert found.blob_endpoint == "https://demo.blob.core.windows.net/"
    assert (found.minimum_tls_version, found.allow_blob_public_access) == ("TLS1_0", False)
    assert found.allow_shared_key_access, "what Azure leaves out is allowed"
    assert found.public_network_access == "Enabled"


async def test_an_account_that_is_still_being_made_has_its_strange_word() -> None:
    body = RECORDED_ACCOUNT | {"properties": {"provisioningState": "ResolvingDns"}}
    found = await line(Reply(200, body)).subscription.storage_account(ACCOUNT)

    assert found is not None
    assert (found.provisioning_state, found.blob_endpoint, found.hns) == ("ResolvingDns", None, False)


async def test_a_registry_is_read_as_recorded() -> None:
    found = await line(Reply(200, RECORDED_REGISTRY)).subscription.container_registry(REGISTRY)

    assert found is not None
    assert (found.id, found.name, found.location, found.sku) == (REGISTRY, "demo", "eastus", "Premium")
    assert (found.provisioning_state, dict(found.tags)) == ("Succeeded", {"a": "b"})
    assert (found.login_server, found.admin_user_enabled) == ("demo.azurecr.io", False)
    assert found.public_network_access == "Enabled"


async def test_a_replication_that_is_being_made_has_no_display_status_yet() -> None:
    found = (await line(Reply(200, {"value": [RECORDED_REPLICATION]})).subscription.replications(REGISTRY))[0]

    assert (found.name, found.location, found.provisioning_state) == ("westus", "westus", "Creating")
    assert found.display_status is None


async def test_both_spellings_of_a_region_and_values_nobody_knows_yet_are_read() -> None:
    body = RECORDED_ACCOUNT | {"location": "East US 2", "sku": {"name": "Ultra_LRS"}, "tags": None}
    found = await line(Reply(200, body)).subscription.storage_account(ACCOUNT)

    assert found is not None
    assert (found.location, found.sku, dict(found.tags)) == ("eastus2", "Ultra_LRS", {})


async def test_what_is_created_reads_back_as_declared() -> None:
    """The body of our own PUT, with what the server adds, is no difference."""
    account, registry = SCENE.desired.accounts["eastus"], SCENE.desired.container_registry
    put = line(Reply(202))
    await put.subscription.perform(
        Action(ActionKind.CREATE_STORAGE_ACCOUNT, ACCOUNT, "because", account, account.tags)
    )
    stored = RECORDED_ACCOUNT | put.body()
    stored["properties"] = RECORDED_ACCOUNT["properties"] | stored["properties"]
    seen = await line(Reply(200, stored)).subscription.storage_account(ACCOUNT)
    assert seen is not None
    assert account_differences(account, seen) == ()

    put = line(Reply(201, {}))
    await put.subscription.perform(
        Action(ActionKind.CREATE_CONTAINER_REGISTRY, REGISTRY, "because", registry, registry.tags)
    )
    made = RECORDED_REGISTRY | put.body()
    made["properties"] = RECORDED_REGISTRY["properties"] | made["properties"]
    found = await line(Reply(200, made)).subscription.container_registry(REGISTRY)
    assert found is not None
    assert container_registry_differences(registry, found) == ()


async def test_a_replication_is_created_in_its_region_with_our_tags() -> None:
    settings = SCENE.desired.replications["westus"]
    put = line(Reply(201, {}))
    target = replication(REGISTRY, "westus")
    await put.subscription.perform(
        Action(ActionKind.CREATE_REPLICATION, target, "because", settings, settings.tags)
    )

    assert put.body() == {"location": "westus", "tags": dict(settings.tags)}


async def test_regional_endpoints_are_told_by_the_preview_version_alone() -> None:
    """The SDK's models know nothing of them, and keep them."""
    properties = RECORDED_REGISTRY["properties"] | {"regionalEndpoints": "Disabled"}
    one = line(Reply(200, RECORDED_REGISTRY | {"properties": properties}))

    found = await one.subscription.container_registry(REGISTRY)

    assert found is not None
    assert found.regional_endpoints == "Disabled"
    assert one.transport.sent[0].url.endswith(f"api-version={REGISTRY_PREVIEW_VERSION}")
    unknown = await line(Reply(200, RECORDED_REGISTRY)).subscription.container_registry(REGISTRY)
    assert unknown is not None
    assert unknown.regional_endpoints is None


async def test_regional_endpoints_are_sent_in_create_and_update_where_declared() -> None:
    scene = settled(a_registry().with_spec(containerRegistry={"regionalEndpoints": "Enabled"}))
    settings = scene.desired.container_registry
    one = line(Reply(200, RECORDED_REGISTRY))

    await one.subscription.perform(Action(ActionKind.CREATE_CONTAINER_REGISTRY, REGISTRY, "", settings))
    assert one.body()["properties"]["regionalEndpoints"] == "Enabled"
    fields = frozenset({"regionalEndpoints", "adminUserEnabled"})
    await one.subscription.perform(
        Action(ActionKind.UPDATE_CONTAINER_REGISTRY, REGISTRY, "", settings, {}, fields)
    )
    assert one.body() == {"properties": {"adminUserEnabled": False, "regionalEndpoints": "Enabled"}}
    plain = SCENE.desired.container_registry
    await one.subscription.perform(Action(ActionKind.CREATE_CONTAINER_REGISTRY, REGISTRY, "", plain))
    assert "regionalEndpoints" not in one.body()["properties"], "what nobody asks for is not mentioned"


async def test_a_cloud_without_the_preview_version_is_asked_under_the_sdk_s_own() -> None:
    settings = settled(
        a_registry().with_spec(containerRegistry={"regionalEndpoints": "Enabled"})
    ).desired.container_registry

    def script(request: HttpRequest) -> Reply:
        if "preview" in request.url:
            return Reply(400, {"error": {"code": "NoRegisteredProviderFound", "message": "Not here."}})
        return Reply(200, RECORDED_REGISTRY)

    one = line(script)

    for _ in range(2):
        found = await one.subscription.container_registry(REGISTRY)
        assert found is not None
    await one.subscription.perform(Action(ActionKind.CREATE_CONTAINER_REGISTRY, REGISTRY, "", settings))

    assert ["preview" in sent.url for sent in one.transport.sent] == [True, False, False, False]
    assert "regionalEndpoints" not in one.body()["properties"], "that version would refuse the property"


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_an_account_reads_the_same_in_every_spelling(spelling: Callable[[str], str]) -> None:
    body = with_properties(RECORDED_ACCOUNT, publicNetworkAccess="Disabled")
    as_recorded = await line(Reply(200, body)).subscription.storage_account(ACCOUNT)

    other = deepcopy(body)
    for place, name in (
        (other["sku"], "name"),
        (other, "kind"),
        (other, "location"),
        (other["properties"], "provisioningState"),
        (other["properties"], "minimumTlsVersion"),
        (other["properties"], "publicNetworkAccess"),
    ):
        place[name] = spelling(place[name])
    found = await line(Reply(200, other)).subscription.storage_account(ACCOUNT)

    assert found == as_recorded


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_container_registry_reads_the_same_in_every_spelling(spelling: Callable[[str], str]) -> None:
    target = REGISTRY
    body = with_properties(
        RECORDED_REGISTRY,
        publicNetworkAccess="Disabled",
        provisioningState="Succeeded",
        regionalEndpoints="Enabled",
    )
    as_recorded = await line(Reply(200, body)).subscription.container_registry(target)

    other = deepcopy(body)
    other["sku"]["name"] = spelling(other["sku"]["name"])
    for name in ("publicNetworkAccess", "provisioningState", "regionalEndpoints"):
        other["properties"][name] = spelling(other["properties"][name])
    found = await line(Reply(200, other)).subscription.container_registry(target)

    assert found == as_recorded


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_replication_reads_the_same_in_every_spelling(spelling: Callable[[str], str]) -> None:
    target = replication(REGISTRY, "westus")
    status = {"displayStatus": spelling("Ready"), "timestamp": "2023-12-21T23:56:41Z"}
    body = with_properties(
        RECORDED_REPLICATION | {"location": "West US"},
        provisioningState=spelling("Succeeded"),
        status=status,
    )

    found = await line(Reply(200, body)).subscription.replication(target)

    assert found is not None
    assert (found.location, found.provisioning_state, found.display_status) == (
        "westus",
        "Succeeded",
        "Ready",
    )


def with_properties(body: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """The answer with these properties instead."""
    return {**deepcopy(body), "properties": {**deepcopy(body["properties"]), **properties}}
