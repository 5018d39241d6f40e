"""Microsoft.Storage, property by property.

Sources: the models of azure-mgmt-storage 25.3 (2026-09-01), their published reference, and recorded traffic,
which decides where they disagree.
"""

from __future__ import annotations

from typing import Final

from mockcloud.arm.properties import (
    NOTHING,
    Kept,
    Table,
    always,
    at_times,
    by_put,
    fixed,
    needed,
    never,
    own,
    when_set,
)

_SWITCH: Final = "Enabled Disabled"
_SKUS: Final = (
    "Standard_LRS Standard_GRS Standard_RAGRS Standard_ZRS Premium_LRS Premium_ZRS Standard_GZRS "
    "Standard_RAGZRS StandardV2_LRS StandardV2_GRS StandardV2_ZRS StandardV2_GZRS PremiumV2_LRS PremiumV2_ZRS"
)
_P: Final = "properties"
_ACLS: Final = f"{_P}.networkAcls"
_KEPT: Final = f"{_P}.immutableStorageWithVersioning"
_SERVICE: Final = f"{_P}.encryption.services.*"
_VAULT: Final = f"{_P}.encryption.keyvaultproperties"
_FILES: Final = f"{_P}.azureFilesIdentityBasedAuthentication"
_RULE: Final = f"{_P}.policy.rules[]"
_TRUSTED: Final = {"tenantId": "11111111-2222-4333-8444-555555555555", "resourceId": "/subscriptions/x"}

ACCOUNT: Final = Table(
    "Microsoft.Storage/storageAccounts",
    own("id"),
    own("name"),
    own("type"),
    needed("location", note="another one is InvalidResourceLocation"),
    always("tags", {}, {"a": "1"}, note="replaced as a whole; a PUT without them empties them"),
    always(
        "kind",
        NOTHING,
        words="Storage StorageV2 BlobStorage FileStorage BlockBlobStorage",
        note="only upgrades to StorageV2",
    ),
    always(
        "sku.name", NOTHING, "standard_grs", words=_SKUS, note="within the redundancies that change in place"
    ),
    own("sku.tier"),
    when_set(
        "identity.type",
        "systemassigned",
        words="None SystemAssigned UserAssigned SystemAssigned,UserAssigned",
    ),
    when_set("identity.userAssignedIdentities", note="identities that exist"),
    at_times("identity.principalId", "with an identity of its own"),
    at_times("identity.tenantId", "with an identity of its own"),
    fixed("extendedLocation", sample={"type": "EdgeZone", "name": "one"}),
    when_set("zones", ["1"]),
    when_set("placement", {"zonePlacementPolicy": "Any"}),
    own(f"{_P}.provisioningState", note="Creating, ResolvingDns (so spelled), Succeeded"),
    own(f"{_P}.creationTime"),
    own(f"{_P}.keyCreationTime"),
    own(f"{_P}.primaryEndpoints", note="blob, queue, table and file alone for the kind Storage"),
    own(f"{_P}.primaryLocation"),
    own(f"{_P}.statusOfPrimary", "available"),
    own(f"{_P}.privateEndpointConnections", []),
    at_times(f"{_P}.secondaryLocation", "with geo-redundancy"),
    at_times(f"{_P}.statusOfSecondary", "with geo-redundancy"),
    at_times(f"{_P}.secondaryEndpoints", "with a readable secondary"),
    never("systemData", "not by this provider"),
    never(f"{_P}.lastGeoFailoverTime", "no failover is served"),
    never(f"{_P}.failoverInProgress", "no failover is served"),
    never(f"{_P}.geoReplicationStats", "only with $expand, which is not served"),
    never(f"{_P}.blobRestoreStatus", "only with $expand, which is not served"),
    never(f"{_P}.isSkuConversionBlocked", "no conversion is served"),
    never(f"{_P}.storageAccountSkuConversionStatus", "no conversion is served"),
    never(f"{_P}.accountMigrationInProgress", "no migration is served"),
    always(f"{_P}.allowBlobPublicAccess", False, True),
    always(f"{_P}.allowCrossTenantReplication", False, True),
    always(f"{_P}.allowCrossTenantDelegationSas", False, True),
    always(f"{_P}.supportsHttpsTrafficOnly", True, False),
    always(f"{_P}.minimumTlsVersion", "TLS1_2", "tls1_3", words="TLS1_0 TLS1_1 TLS1_2 TLS1_3"),
    always(
        f"{_P}.accessTier",
        NOTHING,
        "cool",
        words="Hot Cool Premium Cold Smart",
        note="Hot from the beginning, Premium for block blobs; none for the kind Storage",
    ),
    always(f"{_ACLS}.bypass", "AzureServices", "logging,metrics", words="None Logging Metrics AzureServices"),
    always(f"{_ACLS}.defaultAction", "Allow", "deny", words="Allow Deny"),
    always(f"{_ACLS}.virtualNetworkRules", [], [{"id": "/subscriptions/x", "action": "Allow"}]),
    always(f"{_ACLS}.ipRules", [], [{"value": "192.0.2.1", "action": "Allow"}]),
    when_set(f"{_ACLS}.ipRules[].value"),
    always(f"{_ACLS}.ipRules[].action", "Allow", words="Allow"),
    always(f"{_ACLS}.ipv6Rules", [], [{"value": "2001:db8::1", "action": "Allow"}]),
    when_set(f"{_ACLS}.ipv6Rules[].value"),
    always(f"{_ACLS}.ipv6Rules[].action", "Allow", words="Allow"),
    always(f"{_ACLS}.resourceAccessRules", [], [_TRUSTED], note="left out by Azure until it was set once"),
    always(f"{_P}.encryption.keySource", "Microsoft.Storage", words="Microsoft.Storage Microsoft.Keyvault"),
    when_set(
        f"{_SERVICE}.keyType",
        note="Account for file and blob, which are always there",
        words="Service Account",
    ),
    when_set(f"{_SERVICE}.enabled", note="true for file and blob"),
    at_times(f"{_SERVICE}.lastEnabledTime", "for each service that is there"),
    fixed(f"{_P}.encryption.requireInfrastructureEncryption", sample=True),
    when_set(f"{_VAULT}.keyname", "one"),
    when_set(f"{_VAULT}.keyversion", "1"),
    when_set(f"{_VAULT}.keyvaulturi", "https://vault.example.com"),
    at_times(f"{_VAULT}.currentVersionedKeyIdentifier", "with a key of the customer's"),
    at_times(f"{_VAULT}.lastKeyRotationTimestamp", "with a key of the customer's"),
    never(f"{_VAULT}.currentVersionedKeyExpirationTimestamp", "no key expires"),
    when_set(f"{_P}.encryption.identity", {"userAssignedIdentity": "/subscriptions/x"}),
    when_set(f"{_P}.publicNetworkAccess", "disabled", words="Enabled Disabled SecuredByPerimeter"),
    when_set(f"{_P}.allowSharedKeyAccess", False),
    when_set(f"{_P}.allowSharedKeyAccessForServices", {"file": {"enabled": False}}),
    when_set(f"{_P}.defaultToOAuthAuthentication", True),
    fixed(f"{_P}.isHnsEnabled", sample=True),
    fixed(f"{_P}.isNfsV3Enabled", sample=True),
    when_set(f"{_P}.isSftpEnabled", True),
    when_set(f"{_P}.isLocalUserEnabled", True),
    when_set(f"{_P}.enableExtendedGroups", True),
    when_set(f"{_P}.largeFileSharesState", "enabled", words=_SWITCH),
    when_set(f"{_P}.turboTier", {"status": "Enabled"}),
    when_set(f"{_P}.allowedCopyScope", "aad", words="PrivateLink AAD All"),
    when_set(f"{_P}.dnsEndpointType", "azurednszone", words="Standard AzureDnsZone"),
    when_set(f"{_P}.customDomain.name", "www.example.com"),
    when_set(f"{_P}.customDomain.useSubDomainName", True),
    when_set(f"{_P}.keyPolicy.keyExpirationPeriodInDays", 30),
    when_set(f"{_P}.sasPolicy.sasExpirationPeriod", "1.00:00:00"),
    when_set(f"{_P}.sasPolicy.expirationAction", "log", words="Log Block"),
    when_set(f"{_P}.sasPolicy.requireUserBoundUserDelegationSas", True),
    when_set(f"{_P}.sasPolicy.requireUserBoundUserDelegationSasAction", "log", words="None Log Block"),
    when_set(
        f"{_P}.routingPreference.routingChoice", "internetrouting", words="MicrosoftRouting InternetRouting"
    ),
    when_set(f"{_P}.routingPreference.publishMicrosoftEndpoints", True, note="adds microsoftEndpoints"),
    when_set(f"{_P}.routingPreference.publishInternetEndpoints", True, note="adds internetEndpoints"),
    when_set(f"{_P}.dualStackEndpointPreference.defaultDualStackEndpoints", True),
    when_set(f"{_P}.dualStackEndpointPreference.publishIpv4Endpoint", True, note="adds ipv4Endpoints"),
    when_set(f"{_P}.dualStackEndpointPreference.publishIpv6Endpoint", True, note="adds ipv6Endpoints"),
    when_set(f"{_P}.geoPriorityReplicationStatus.isBlobEnabled", True),
    when_set(f"{_FILES}.directoryServiceOptions", "aadkerb", words="None AADDS AD AADKERB"),
    when_set(f"{_FILES}.activeDirectoryProperties", {"domainName": "example.com"}),
    when_set(f"{_FILES}.defaultSharePermission", "None"),
    when_set(f"{_FILES}.smbOAuthSettings", {"isSmbOAuthEnabled": True}),
    when_set(f"{_P}.dataCollaborationPolicyProperties", {"allowStorageConnectors": True}),
    fixed(f"{_KEPT}.enabled", sample=True, note="another value later is PropertyIsImmutable"),
    when_set(
        f"{_KEPT}.immutabilityPolicy.immutabilityPeriodSinceCreationInDays",
        note="only with `enabled`; only grows once it is locked",
    ),
    when_set(
        f"{_KEPT}.immutabilityPolicy.state",
        words="Unlocked Locked Disabled",
        note="Locked only after Unlocked, and for ever",
    ),
    when_set(f"{_KEPT}.immutabilityPolicy.allowProtectedAppendWrites", note="not once it is locked"),
)

BLOB_SERVICE: Final = Table(
    "Microsoft.Storage/storageAccounts/blobServices",
    never("systemData", "not by this provider"),
    own("id"),
    own("name"),
    own("type"),
    own("sku", note="not in the answer to a PUT, which is what was sent"),
    by_put(f"{_P}.cors.corsRules", [], [{"allowedOrigins": ["*"]}]),
    by_put(f"{_P}.deleteRetentionPolicy.enabled", default=False, sample=True),
    by_put(f"{_P}.deleteRetentionPolicy.allowPermanentDelete", default=False, sample=True),
    by_put(f"{_P}.deleteRetentionPolicy.days", note="while it is enabled"),
    by_put(f"{_P}.containerDeleteRetentionPolicy.enabled", sample=True),
    by_put(f"{_P}.containerDeleteRetentionPolicy.allowPermanentDelete", sample=True),
    by_put(f"{_P}.containerDeleteRetentionPolicy.days", note="while it is enabled"),
    by_put(f"{_P}.isVersioningEnabled", sample=True),
    by_put(f"{_P}.automaticSnapshotPolicyEnabled", sample=True),
    by_put(f"{_P}.changeFeed.enabled", sample=True),
    by_put(f"{_P}.changeFeed.retentionInDays", sample=7),
    by_put(f"{_P}.defaultServiceVersion", sample="2021-12-02"),
    by_put(f"{_P}.restorePolicy.enabled", sample=True),
    by_put(f"{_P}.restorePolicy.days", sample=6),
    never(f"{_P}.restorePolicy.lastEnabledTime", "no restore is served"),
    never(f"{_P}.restorePolicy.minRestoreTime", "no restore is served"),
    by_put(f"{_P}.lastAccessTimeTrackingPolicy", sample={"enable": True, "name": "AccessTimeTracking"}),
    by_put(f"{_P}.staticWebsite", sample={"enabled": True}),
)

CONTAINER: Final = Table(
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    own("id"),
    own("name"),
    own("type"),
    own("etag", note="in the header alone, in the answer to a PUT"),
    own(f"{_P}.deleted", default=False),
    own(f"{_P}.remainingRetentionDays", 0),
    fixed(f"{_P}.defaultEncryptionScope", "$account-encryption-key", "other"),
    fixed(f"{_P}.denyEncryptionScopeOverride", default=False, sample=True),
    always(f"{_P}.publicAccess", "None", "blob", words="None Blob Container"),
    never("systemData", "not by this provider"),
    never(f"{_P}.version", "no soft delete is served"),
    never(f"{_P}.deletedTime", "no soft delete is served"),
    never(f"{_P}.leaseDuration", "no lease is served"),
    never(f"{_P}.immutableStorageWithVersioning.timeStamp", "no versions are served"),
    never(f"{_P}.immutableStorageWithVersioning.migrationState", "no versions are served"),
    own(f"{_P}.leaseStatus", "Unlocked"),
    own(f"{_P}.leaseState", "Available"),
    own(f"{_P}.lastModifiedTime"),
    own(f"{_P}.hasImmutabilityPolicy", default=False),
    own(f"{_P}.hasLegalHold", default=False),
    own(f"{_P}.legalHold", {"hasLegalHold": False, "tags": []}, note="not in lists"),
    at_times(f"{_P}.immutabilityPolicy", "with a policy; not in lists"),
    when_set(f"{_P}.metadata", {"a": "1"}, note="replaced as a whole"),
    when_set(f"{_P}.immutableStorageWithVersioning.enabled", True, note="always in lists"),
    when_set(f"{_P}.enableNfsV3RootSquash", True),
    when_set(f"{_P}.enableNfsV3AllSquash", True),
    when_set(f"{_P}.blobAccessPointConfiguration", {"state": "Active"}),
)

IMMUTABILITY_POLICY: Final = Table(
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies",
    never("systemData", "not by this provider"),
    own("id"),
    own("name"),
    own("type"),
    own("etag"),
    needed(f"{_P}.immutabilityPeriodSinceCreationInDays", Kept.PUT, note="1 to 146000"),
    own(f"{_P}.state", "Unlocked", note="Locked by the action of that name"),
    by_put(f"{_P}.allowProtectedAppendWrites", sample=True),
    by_put(f"{_P}.allowProtectedAppendWritesAll", sample=True),
)

MANAGEMENT_POLICY: Final = Table(
    "Microsoft.Storage/storageAccounts/managementPolicies",
    never("systemData", "not by this provider"),
    own("id"),
    own("name", "DefaultManagementPolicy"),
    own("type"),
    own(f"{_P}.lastModifiedTime"),
    by_put(f"{_RULE}.name"),
    by_put(f"{_RULE}.enabled", default=True),
    by_put(f"{_RULE}.type", words="Lifecycle"),
    by_put(f"{_RULE}.definition", note="numbers come back with a point (`30.0`)"),
)
