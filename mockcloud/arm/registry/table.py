"""Microsoft.ContainerRegistry, property by property.

Sources: the models of azure-mgmt-containerregistry 15.0 (2025-11-01), their published reference and examples,
and recorded traffic, which decides where they disagree.
"""

from __future__ import annotations

from typing import Final

from mockcloud.arm.properties import NOTHING, Table, always, at_times, fixed, needed, never, own, when_set

_SWITCH: Final = "Enabled Disabled"
_STATUS: Final = "enabled disabled"
_P: Final = "properties"
_RULES: Final = f"{_P}.networkRuleSet"
_POLICIES: Final = f"{_P}.policies"
_PREMIUM: Final = "Premium only"

REGISTRY: Final = Table(
    "Microsoft.ContainerRegistry/registries",
    own("id"),
    own("name"),
    own("type"),
    own("systemData", note="times with `+00:00`"),
    needed("location", note="another one is InvalidResourceLocation"),
    always("tags", {}, {"a": "1"}, note="replaced as a whole; a PUT without them empties them"),
    always("sku.name", NOTHING, words="Basic Standard Premium"),
    own("sku.tier"),
    when_set(
        "identity.type",
        "systemassigned",
        words="SystemAssigned UserAssigned SystemAssigned,UserAssigned None",
        note="an update that takes time",
    ),
    when_set("identity.userAssignedIdentities"),
    at_times("identity.principalId", "with an identity of its own"),
    at_times("identity.tenantId", "with an identity of its own"),
    own(f"{_P}.provisioningState", note="Creating, Updating, Deleting, Succeeded, Failed"),
    own(f"{_P}.loginServer"),
    own(f"{_P}.creationDate"),
    own(f"{_P}.dataEndpointHostNames", []),
    own(f"{_P}.privateEndpointConnections", []),
    at_times(f"{_P}.regionalEndpointHostNames", "where regional endpoints are offered"),
    always(f"{_P}.adminUserEnabled", default=False, sample=True),
    always(f"{_P}.anonymousPullEnabled", default=False, sample=True, note="an update that takes time"),
    always(f"{_P}.dataEndpointEnabled", default=False, sample=True),
    always(f"{_P}.publicNetworkAccess", "Enabled", "disabled", words=_SWITCH),
    always(f"{_P}.networkRuleBypassOptions", "AzureServices", "none", words="AzureServices None"),
    always(f"{_P}.networkRuleBypassAllowedForTasks", default=False, sample=True),
    always(f"{_P}.metadataSearch", "Disabled", "enabled", words=_SWITCH, note="previews only"),
    always(
        f"{_P}.roleAssignmentMode",
        "LegacyRegistryPermissions",
        "abacrepositorypermissions",
        words="LegacyRegistryPermissions AbacRepositoryPermissions",
    ),
    always(
        f"{_P}.regionalEndpoints",
        "Disabled",
        "enabled",
        words=_SWITCH,
        note="previews only, and where they are offered (`regionalEndpoints` of the settings)",
    ),
    fixed(f"{_P}.zoneRedundancy", "Disabled", "enabled", words=_SWITCH),
    always(f"{_RULES}.defaultAction", "Allow", "deny", words="Allow Deny", note=_PREMIUM),
    always(f"{_RULES}.ipRules", [], [{"value": "192.0.2.1", "action": "Allow"}], note=_PREMIUM),
    when_set(f"{_RULES}.ipRules[].value"),
    always(f"{_RULES}.ipRules[].action", "Allow", words="Allow"),
    always(f"{_RULES}.virtualNetworkRules", [], [{"id": "x"}], note=f"{_PREMIUM}, until 2021-08-01-preview"),
    never(f"{_P}.status", "null in Azure"),
    always(f"{_P}.encryption.status", "disabled", words=_STATUS),
    when_set(f"{_P}.encryption.keyVaultProperties", {"keyIdentifier": "one"}),
    always(f"{_POLICIES}.quarantinePolicy.status", "disabled", "Enabled", words=_STATUS),
    always(f"{_POLICIES}.trustPolicy.type", "Notary", words="Notary"),
    always(f"{_POLICIES}.trustPolicy.status", "disabled", "Enabled", words=_STATUS),
    always(f"{_POLICIES}.retentionPolicy.days", 7, 30),
    always(f"{_POLICIES}.retentionPolicy.status", "disabled", "Enabled", words=_STATUS),
    own(f"{_POLICIES}.retentionPolicy.lastUpdatedTime"),
    always(f"{_POLICIES}.exportPolicy.status", "enabled", "Disabled", words=_STATUS),
    always(f"{_POLICIES}.azureADAuthenticationAsArmPolicy.status", "enabled", "Disabled", words=_STATUS),
    always(f"{_POLICIES}.softDeletePolicy.retentionDays", 7, 30, note="previews only"),
    always(
        f"{_POLICIES}.softDeletePolicy.status", "disabled", "Enabled", words=_STATUS, note="previews only"
    ),
    own(f"{_POLICIES}.softDeletePolicy.lastUpdatedTime", note="previews only"),
)

REPLICATION: Final = Table(
    "Microsoft.ContainerRegistry/registries/replications",
    own("id"),
    own("name"),
    own("type"),
    own("systemData", note="times with `+00:00`"),
    needed("location", note="another one is InvalidResourceLocation"),
    always("tags", {}, {"a": "1"}, note="an update that takes time"),
    own(f"{_P}.provisioningState", note="Creating, Updating, Deleting, Succeeded, Failed"),
    own(f"{_P}.status.timestamp"),
    never(f"{_P}.status.message", "not on record"),
    at_times(f"{_P}.status.displayStatus", "once it is made: Syncing, Ready"),
    always(f"{_P}.regionEndpointEnabled", default=True, sample=False, note="an update that takes time"),
    fixed(f"{_P}.zoneRedundancy", "Disabled", "enabled", words=_SWITCH),
)
