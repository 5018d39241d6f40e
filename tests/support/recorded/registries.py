"""Container registries and their replications, as they were recorded in 2020 to 2025 or are published."""

from typing import Any, Final

from support.recorded.said import ABSENT, REGISTRY, TIME, ZONED, Asked, Exchange


def put(sku: str = "Premium", *, tags: dict[str, str] | None = None, **properties: Any) -> Asked:
    body = {"location": "eastus", "sku": {"name": sku}, **({"tags": tags} if tags else {})}
    return Asked("PUT", REGISTRY, {**body, "properties": properties})


def patch(**properties: Any) -> Asked:
    return Asked("PATCH", REGISTRY, {"properties": properties})


def replica(**said: Any) -> Asked:
    return Asked("PUT", f"{REGISTRY}/replications/westus", {"location": "westus", **said})


GET: Final = Asked("GET", REGISTRY)
SLOWLY: Final = {"lroSeconds": 30}
POLICIES: Final = "properties.policies"
THE_SERVICE: Final = "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26"
RULES: Final = {
    "defaultAction": "Allow",
    "virtualNetworkRules": [],
    "ipRules": [{"action": "Allow", "value": "192.0.2.0/24"}],
}
FRESH: Final = {
    "sku": {"name": "Premium", "tier": "Premium"},
    "tags": {},
    "systemData.createdAt": ZONED,
    "systemData.lastModifiedAt": ZONED,
    "properties.provisioningState": "Succeeded",
    "properties.creationDate": TIME,
    "properties.adminUserEnabled": False,
    "properties.networkRuleSet.defaultAction": "Allow",
    "properties.networkRuleSet.ipRules": [],
    f"{POLICIES}.quarantinePolicy": {"status": "disabled"},
    f"{POLICIES}.trustPolicy": {"type": "Notary", "status": "disabled"},
    f"{POLICIES}.retentionPolicy.days": 7,
    f"{POLICIES}.retentionPolicy.lastUpdatedTime": ZONED,
    f"{POLICIES}.retentionPolicy.status": "disabled",
    f"{POLICIES}.exportPolicy": {"status": "enabled"},
    f"{POLICIES}.azureADAuthenticationAsArmPolicy": {"status": "enabled"},
    "properties.encryption": {"status": "disabled"},
    "properties.dataEndpointEnabled": False,
    "properties.dataEndpointHostNames": [],
    "properties.privateEndpointConnections": [],
    "properties.publicNetworkAccess": "Enabled",
    "properties.networkRuleBypassOptions": "AzureServices",
    "properties.zoneRedundancy": "Disabled",
    "properties.anonymousPullEnabled": False,
}

REGISTRIES: Final = (
    Exchange("a registry, and all that the service adds", GET, 200, FRESH, (put(),)),
    Exchange(
        "a registry below Premium has no network rules",
        GET,
        200,
        {"sku": {"name": "Basic", "tier": "Basic"}, "properties.networkRuleSet": ABSENT},
        (put("Basic"),),
    ),
    Exchange(
        "a registry closed to the public",
        patch(publicNetworkAccess="Disabled", networkRuleBypassOptions="AzureServices"),
        200,
        {"properties.publicNetworkAccess": "Disabled", "properties.provisioningState": "Succeeded"},
        (put(),),
    ),
    Exchange(
        "network rules of a registry",
        patch(networkRuleSet=RULES),
        200,
        {"properties.networkRuleSet.ipRules": RULES["ipRules"]},
        (put(),),
    ),
    Exchange(
        "network rules that are taken away",
        patch(networkRuleSet={**RULES, "ipRules": []}),
        200,
        {"properties.networkRuleSet.ipRules": [], "properties.networkRuleSet.defaultAction": "Allow"},
        (put(), patch(networkRuleSet=RULES)),
    ),
    Exchange(
        "another SKU, tags, an admin user and who may assign rights",
        Asked(
            "PATCH",
            REGISTRY,
            {
                "tags": {"key": "value"},
                "sku": {"name": "Standard"},
                "properties": {"adminUserEnabled": True, "roleAssignmentMode": "AbacRepositoryPermissions"},
            },
        ),
        200,
        {
            "tags": {"key": "value"},
            "sku": {"name": "Standard", "tier": "Standard"},
            "properties.adminUserEnabled": True,
            "properties.networkRuleBypassAllowedForTasks": False,
            "properties.roleAssignmentMode": "AbacRepositoryPermissions",
        },
        (put("Basic"),),
    ),
    Exchange(
        "a registry that is put again with tags",
        put("Basic", tags={"key": "value"}, adminUserEnabled=False, zoneRedundancy="Disabled"),
        200,
        {"tags": {"key": "value"}, "properties.provisioningState": "Succeeded"},
        (put("Basic", adminUserEnabled=False, publicNetworkAccess="Enabled", zoneRedundancy="Disabled"),),
    ),
    Exchange(
        "an update that takes its time",
        patch(anonymousPullEnabled=True),
        201,
        {"properties.provisioningState": "Updating", "properties.anonymousPullEnabled": True},
        (put(),),
        settings=SLOWLY,
    ),
    Exchange(
        "words in other letters come back in Azure's own",
        GET,
        200,
        {
            "sku": {"name": "Premium", "tier": "Premium"},
            "properties.publicNetworkAccess": "Disabled",
            "properties.networkRuleSet.defaultAction": "Deny",
            f"{POLICIES}.exportPolicy": {"status": "disabled"},
        },
        (
            put(
                "premium",
                publicNetworkAccess="disabled",
                networkRuleSet={"defaultAction": "deny"},
                policies={"exportPolicy": {"status": "Disabled"}},
            ),
        ),
    ),
    Exchange(
        "a registry in several zones is listed in its own region",
        Asked("GET", f"{REGISTRY}/replications/eastus"),
        200,
        {
            "systemData.createdBy": THE_SERVICE,
            "systemData.createdByType": "Application",
            "properties.provisioningState": "Succeeded",
            "properties.status.displayStatus": "Ready",
            "properties.regionEndpointEnabled": True,
            "properties.zoneRedundancy": "Enabled",
        },
        (put(zoneRedundancy="Enabled"),),
    ),
    Exchange(
        "a replica in several zones",
        replica(properties={"zoneRedundancy": "Enabled"}),
        201,
        {
            "properties.provisioningState": "Creating",
            "properties.status.timestamp": TIME,
            "properties.status.displayStatus": ABSENT,
            "properties.regionEndpointEnabled": True,
            "properties.zoneRedundancy": "Enabled",
        },
        (put(),),
        settings=SLOWLY,
    ),
    Exchange(
        "a replica that is made",
        replica(properties={"regionEndpointEnabled": False, "zoneRedundancy": "Disabled"}),
        201,
        {
            "tags": {},
            "systemData.createdAt": ZONED,
            "properties.provisioningState": "Creating",
            "properties.regionEndpointEnabled": False,
        },
        (put(),),
        settings=SLOWLY,
    ),
    Exchange(
        "a replica whose tags change",
        Asked("PATCH", f"{REGISTRY}/replications/westus", {"tags": {"key": "value"}}),
        201,
        {"tags": {"key": "value"}, "properties.provisioningState": "Updating"},
        (put(), replica()),
        settings=SLOWLY,
    ),
    Exchange(
        "a replica deleted below a registry that is not there",
        Asked("DELETE", f"{REGISTRY}/replications/westus"),
        404,
        code="ParentResourceNotFound",
    ),
    Exchange(
        "a name that is taken",
        Asked(
            "POST",
            "{sub}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
            {"name": "{registry}", "type": "Microsoft.ContainerRegistry/registries"},
        ),
        200,
        {
            "nameAvailable": False,
            "reason": "AlreadyExists",
            "message": "The registry {registry} is already in use.",
        },
        (put(),),
    ),
    Exchange(
        "a registry that was deleted",
        GET,
        404,
        before=(put(), Asked("DELETE", REGISTRY)),
        code="ResourceNotFound",
    ),
)
