"""Storage accounts, as they were recorded in 2021 to 2025."""

import re
from typing import Any, Final

from support.recorded.said import ABSENT, ACCOUNT, GUID, TIME, URL, Asked, Exchange

SERVICES: Final = {"services": {"blob": {}}, "keySource": "Microsoft.Storage"}


def put(sku: str = "Standard_RAGRS", kind: str = "StorageV2", **properties: Any) -> Asked:
    body = {"sku": {"name": sku}, "kind": kind, "location": "eastus"}
    return Asked("PUT", ACCOUNT, {**body, "properties": {"encryption": SERVICES, **properties}})


def patch(**properties: Any) -> Asked:
    return Asked("PATCH", ACCOUNT, {"properties": properties})


GET: Final = Asked("GET", ACCOUNT)
ANOTHER_TENANT: Final = "11111111-2222-4333-8444-555555555555"
WORKSPACE: Final = "{group}/providers/Microsoft.Synapse/workspaces/one"
TRUSTED: Final = {"tenantId": ANOTHER_TENANT, "resourceId": WORKSPACE}
ACLS: Final = {"bypass": "AzureServices", "virtualNetworkRules": [], "ipRules": [], "defaultAction": "Allow"}
GEO: Final = {"geoPriorityReplicationStatus": {"isBlobEnabled": True}}
DUAL: Final = {
    "dualStackEndpointPreference": {
        "defaultDualStackEndpoints": True,
        "publishIpv4Endpoint": True,
        "publishIpv6Endpoint": True,
    }
}
VAULT: Final = {"keyvaulturi": "https://vault.example.com", "keyname": "wrapping", "keyversion": ""}
KEY: Final = re.compile(r"https://vault\.example\.com/keys/wrapping/[0-9a-f]{32}")
ROUTED: Final = {
    "routingPreference": {
        "routingChoice": "MicrosoftRouting",
        "publishMicrosoftEndpoints": True,
        "publishInternetEndpoints": True,
    }
}
EVERYTHING: Final = Asked(
    "PATCH",
    ACCOUNT,
    {
        "sku": {"name": "Standard_GRS"},
        "tags": {},
        "properties": {
            "encryption": {
                "services": {
                    "blob": {"enabled": True, "keyType": "Account"},
                    "file": {"enabled": True, "keyType": "Account"},
                },
                "keySource": "Microsoft.Storage",
            },
            "accessTier": "Hot",
            "supportsHttpsTrafficOnly": True,
            "networkAcls": {**ACLS, "ipv6Rules": []},
            "geoPriorityReplicationStatus": {"isBlobEnabled": False},
        },
    },
)
BLOB_KEY: Final = "properties.encryption.services.blob"

ACCOUNTS: Final = (
    Exchange(
        "an account with geo priority, and all that the service adds",
        GET,
        200,
        {
            "sku": {"name": "Standard_GRS", "tier": "Standard"},
            "kind": "StorageV2",
            "tags": {},
            "properties.geoPriorityReplicationStatus": {"isBlobEnabled": True},
            "properties.allowCrossTenantDelegationSas": False,
            "properties.keyCreationTime.key1": TIME,
            "properties.privateEndpointConnections": [],
            "properties.minimumTlsVersion": "TLS1_2",
            "properties.allowBlobPublicAccess": False,
            "properties.networkAcls.ipv6Rules": [],
            "properties.networkAcls.bypass": "AzureServices",
            "properties.networkAcls.defaultAction": "Allow",
            f"{BLOB_KEY}.keyType": "Account",
            f"{BLOB_KEY}.enabled": True,
            f"{BLOB_KEY}.lastEnabledTime": TIME,
            "properties.accessTier": "Hot",
            "properties.provisioningState": "Succeeded",
            "properties.statusOfSecondary": "available",
            "properties.secondaryEndpoints": ABSENT,
            "systemData": ABSENT,
        },
        (put("Standard_GRS", **GEO),),
    ),
    Exchange(
        "an update that repeats what is there and changes one thing",
        EVERYTHING,
        200,
        {
            "properties.geoPriorityReplicationStatus": {"isBlobEnabled": False},
            f"{BLOB_KEY}.lastEnabledTime": TIME,
            "properties.provisioningState": "Succeeded",
        },
        (put("Standard_GRS", **GEO),),
    ),
    Exchange(
        "endpoints for both versions of IP",
        GET,
        200,
        {
            "properties.dualStackEndpointPreference": DUAL["dualStackEndpointPreference"],
            "properties.primaryEndpoints.ipv4Endpoints.blob": URL,
            "properties.primaryEndpoints.ipv6Endpoints.file": URL,
            "properties.secondaryEndpoints.ipv6Endpoints.dfs": URL,
            "properties.secondaryEndpoints.ipv6Endpoints.file": ABSENT,
        },
        (put(**DUAL),),
    ),
    Exchange(
        "endpoints for both ways to come",
        GET,
        200,
        {
            "properties.routingPreference": ROUTED["routingPreference"],
            "properties.primaryEndpoints.microsoftEndpoints.queue": URL,
            "properties.primaryEndpoints.internetEndpoints.blob": URL,
            "properties.primaryEndpoints.internetEndpoints.queue": ABSENT,
            "properties.keyPolicy": {"keyExpirationPeriodInDays": 20},
            "properties.sasPolicy": {"sasExpirationPeriod": "1.15:59:59", "expirationAction": "Log"},
        },
        (
            put(
                "Standard_GRS",
                **ROUTED,
                keyPolicy={"keyExpirationPeriodInDays": 20},
                sasPolicy={"sasExpirationPeriod": "1.15:59:59", "expirationAction": "Log"},
            ),
        ),
    ),
    Exchange(
        "an account of the oldest kind",
        GET,
        200,
        {
            "kind": "Storage",
            "properties.accessTier": ABSENT,
            "properties.primaryEndpoints.blob": URL,
            "properties.primaryEndpoints.file": URL,
            "properties.primaryEndpoints.dfs": ABSENT,
            "properties.primaryEndpoints.web": ABSENT,
        },
        (put("Standard_LRS", "Storage"),),
    ),
    Exchange(
        "a resource that may come through the network rules",
        patch(networkAcls={**ACLS, "resourceAccessRules": [TRUSTED]}),
        200,
        {
            "properties.networkAcls.resourceAccessRules": [TRUSTED],
            "properties.networkAcls.ipRules": [],
            "properties.networkAcls.ipv6Rules": [],
        },
        (put(),),
    ),
    Exchange(
        "addresses that may come through the network rules",
        patch(networkAcls={**ACLS, "defaultAction": "Deny", "ipRules": [{"value": "192.0.2.0/24"}]}),
        200,
        {
            "properties.networkAcls.ipRules": [{"value": "192.0.2.0/24", "action": "Allow"}],
            "properties.networkAcls.defaultAction": "Deny",
        },
        (put(),),
    ),
    Exchange(
        "words in other letters come back in Azure's own",
        GET,
        200,
        {
            "sku": {"name": "Standard_LRS", "tier": "Standard"},
            "kind": "StorageV2",
            "properties.accessTier": "Cool",
            "properties.publicNetworkAccess": "Enabled",
        },
        (put("standard_lrs", "storagev2", accessTier="cool", publicNetworkAccess="enabled"),),
    ),
    Exchange(
        "an identity of the account's own",
        Asked("PATCH", ACCOUNT, {"identity": {"type": "SystemAssigned"}}),
        200,
        {"identity.type": "SystemAssigned", "identity.principalId": GUID, "identity.tenantId": GUID},
        (put(),),
    ),
    Exchange(
        "keys of the customer's own",
        patch(
            encryption={
                "services": {"file": {"keyType": "Account", "enabled": True}},
                "keySource": "Microsoft.Keyvault",
                "keyvaultproperties": VAULT,
            }
        ),
        200,
        {
            "properties.encryption.keySource": "Microsoft.Keyvault",
            "properties.encryption.keyvaultproperties.keyname": "wrapping",
            "properties.encryption.keyvaultproperties.keyversion": "",
            "properties.encryption.keyvaultproperties.currentVersionedKeyIdentifier": KEY,
            "properties.encryption.keyvaultproperties.lastKeyRotationTimestamp": TIME,
            f"{BLOB_KEY}.lastEnabledTime": TIME,
        },
        (put(), Asked("PATCH", ACCOUNT, {"identity": {"type": "SystemAssigned"}})),
    ),
    Exchange(
        "an account that was deleted",
        GET,
        404,
        before=(put(), Asked("DELETE", ACCOUNT)),
        code="ResourceNotFound",
        text=r"The Resource 'Microsoft\.Storage/storageAccounts/\w+' under resource group 'rg' was not .*",
    ),
)
