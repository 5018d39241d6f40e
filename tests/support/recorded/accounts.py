"""Storage accounts, as they were recorded in 2021 to 2025."""

from typing import Any, Final

from support.recorded.said import ABSENT, ACCOUNT, GUID, TIME, URL, Asked, Exchange

SERVICES: Final = {"services": {"blob": {}}, "keySource": "Microsoft.Storage"}
WORM: Final = "properties.immutableStorageWithVersioning.immutabilityPolicy"
WRONG: Final = "InvalidStorageAccountImmutabilityPolicy"


def put(sku: str = "Standard_RAGRS", kind: str = "StorageV2", **properties: Any) -> Asked:
    body = {"sku": {"name": sku}, "kind": kind, "location": "eastus"}
    return Asked("PUT", ACCOUNT, {**body, "properties": {"encryption": SERVICES, **properties}})


def patch(**properties: Any) -> Asked:
    return Asked("PATCH", ACCOUNT, {"properties": properties})


def worm(*, on: bool | None = None, **policy: Any) -> dict[str, Any]:
    said = {} if on is None else {"enabled": on}
    return {"immutableStorageWithVersioning": {**said, **({"immutabilityPolicy": policy} if policy else {})}}


GET: Final = Asked("GET", ACCOUNT)
KEPT: Final = put(
    **worm(
        on=True,
        immutabilityPeriodSinceCreationInDays=10,
        state="Disabled",
        allowProtectedAppendWrites=True,
    )
)
UNLOCKED: Final = (
    KEPT,
    patch(
        **worm(immutabilityPeriodSinceCreationInDays=15, state="Unlocked", allowProtectedAppendWrites=False)
    ),
)
LOCKED: Final = (*UNLOCKED, patch(**worm(state="Locked")))
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
        "versions that are kept, by the account",
        GET,
        200,
        {
            WORM: {
                "immutabilityPeriodSinceCreationInDays": 10,
                "state": "Disabled",
                "allowProtectedAppendWrites": True,
            }
        },
        (KEPT,),
    ),
    Exchange(
        "a policy of the account without a state",
        put(**worm(on=True, immutabilityPeriodSinceCreationInDays=10, allowProtectedAppendWrites=True)),
        400,
        code=WRONG,
        text=(
            r"The required property immutabilityPolicy\.state, "
            r"immutabilityPolicy\.immutabilityPeriodSinceCreationInDays is missing\."
        ),
    ),
    Exchange(
        "a policy of the account that begins as locked",
        put(**worm(on=True, immutabilityPeriodSinceCreationInDays=10, state="Locked")),
        400,
        code=WRONG,
        text=r'Storage account immutability policy state can be set to "Unlocked, Disabled"\. Note that .*',
    ),
    Exchange(
        "a policy of the account that is changed while it can be",
        UNLOCKED[1],
        200,
        {f"{WORM}.immutabilityPeriodSinceCreationInDays": 15, f"{WORM}.allowProtectedAppendWrites": False},
        (KEPT,),
    ),
    Exchange(
        "a policy for an account that keeps no versions",
        patch(**worm(immutabilityPeriodSinceCreationInDays=10, state="Disabled")),
        400,
        before=(put(**worm(on=False)),),
        code=WRONG,
    ),
    Exchange("from disabled to locked", patch(**worm(state="Locked")), 400, before=(KEPT,), code=WRONG),
    Exchange(
        "a state in other letters",
        patch(**worm(state="UnLocked")),
        200,
        {f"{WORM}.state": "Unlocked", f"{WORM}.immutabilityPeriodSinceCreationInDays": 10},
        (KEPT,),
    ),
    Exchange("a policy is locked", LOCKED[2], 200, {f"{WORM}.state": "Locked"}, UNLOCKED),
    Exchange(
        "a locked policy made shorter",
        patch(**worm(immutabilityPeriodSinceCreationInDays=10)),
        400,
        before=LOCKED,
        code=WRONG,
    ),
    Exchange("a locked policy unlocked", patch(**worm(state="UnLocked")), 400, before=LOCKED, code=WRONG),
    Exchange(
        "a locked policy that lets append",
        patch(**worm(allowProtectedAppendWrites=True)),
        400,
        before=LOCKED,
        code=WRONG,
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
        "an account that was deleted",
        GET,
        404,
        before=(put(), Asked("DELETE", ACCOUNT)),
        code="ResourceNotFound",
        text=r"The Resource 'Microsoft\.Storage/storageAccounts/\w+' under resource group 'rg' was not .*",
    ),
)
