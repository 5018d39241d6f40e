"""What lies below an account: the blob service, containers and lifecycle rules."""

import re
from typing import Any, Final

from support.recorded.accounts import put
from support.recorded.said import (
    ABSENT,
    ACCOUNT,
    BLOBS,
    CONTAINER,
    ETAG,
    GUID,
    LIFECYCLE,
    TIME,
    Asked,
    Exchange,
)

MADE: Final = put("Standard_LRS")


def rule(name: str = "one", **said: Any) -> dict[str, Any]:
    actions = {
        "baseBlob": {
            "tierToCool": {"daysAfterModificationGreaterThan": 1000},
            "delete": {"daysAfterModificationGreaterThan": 1000},
        },
        "snapshot": {"delete": {"daysAfterCreationGreaterThan": 5000}},
    }
    filters = {"prefixMatch": ["some/where"], "blobTypes": ["blockBlob"]}
    return {"name": name, "type": "Lifecycle", "definition": {"actions": actions, "filters": filters}, **said}


def rules(*of: dict[str, Any]) -> Asked:
    return Asked("PUT", LIFECYCLE, {"properties": {"policy": {"rules": list(of)}}})


RULE: Final = "properties.policy.rules.0"
PLAIN: Final = Asked("PUT", CONTAINER, {})
TRACKED: Final = {
    "enable": True,
    "name": "AccessTimeTracking",
    "trackingGranularityInDays": 1,
    "blobType": ["blockBlob"],
}
HOT: Final = {
    "name": "one",
    "type": "Lifecycle",
    "definition": {
        "filters": {"blobTypes": ["blockBlob"], "prefixMatch": ["some/where"]},
        "actions": {"version": {"tierToHot": {"daysAfterCreationGreaterThan": 30}}},
    },
}
KEPT: Final = {"immutabilityPeriodSinceCreationInDays": 3, "allowProtectedAppendWritesAll": True}
SERVICE: Final = {
    "cors": {
        "corsRules": [
            {
                "allowedOrigins": ["https://www.example.com"],
                "allowedMethods": ["GET", "MERGE"],
                "maxAgeInSeconds": 100,
                "exposedHeaders": ["x-ms-meta-*"],
                "allowedHeaders": ["x-ms-meta-abc"],
            }
        ]
    },
    "defaultServiceVersion": "2017-07-29",
    "deleteRetentionPolicy": {"enabled": True, "days": 300},
    "isVersioningEnabled": True,
    "changeFeed": {"enabled": True, "retentionInDays": 7},
}
HOLD: Final = Asked("POST", f"{CONTAINER}/setLegalHold", {"tags": ["tag1", "TAG2"]})
GONE: Final = r"The specified container does not exist\.\nRequestId:\S+\nTime:\S+"
PARENT: Final = (
    r"Failed to perform 'delete' on resource\(s\) of type '{kind}', because the parent resource "
    r"'/subscriptions/\S+/storageAccounts/\w+' could not be found\."
)

BELOW: Final = (
    Exchange(
        "a rule that does not say whether it is on",
        rules(rule()),
        200,
        {
            "name": "DefaultManagementPolicy",
            "type": "Microsoft.Storage/storageAccounts/managementPolicies",
            f"{RULE}.enabled": True,
            f"{RULE}.name": "one",
            f"{RULE}.type": "Lifecycle",
            f"{RULE}.definition.actions.baseBlob.delete.daysAfterModificationGreaterThan": 1000.0,
            f"{RULE}.definition.actions.snapshot.delete.daysAfterCreationGreaterThan": 5000.0,
            f"{RULE}.definition.filters.blobTypes": ["blockBlob"],
            "properties.lastModifiedTime": TIME,
        },
        (MADE,),
    ),
    Exchange(
        "rules that are replaced",
        Asked("GET", LIFECYCLE),
        200,
        {f"{RULE}.name": "two", f"{RULE}.enabled": False, "properties.policy.rules.1": ABSENT},
        (MADE, rules(rule(), rule("other")), rules(rule("two", enabled=False))),
    ),
    Exchange(
        "rules that were deleted",
        Asked("GET", LIFECYCLE),
        404,
        before=(MADE, rules(rule()), Asked("DELETE", LIFECYCLE)),
        code="ManagementPolicyNotFound",
        text=r"No ManagementPolicy found for account \w+",
    ),
    Exchange(
        "a blob service that is put without properties",
        Asked("PUT", BLOBS, {"name": "default"}),
        200,
        {"name": "default", "id": ABSENT, "properties": ABSENT},
        (MADE,),
    ),
    Exchange(
        "a blob service that nobody changed",
        Asked("GET", BLOBS),
        200,
        {
            "sku": {"name": "Standard_LRS", "tier": "Standard"},
            "name": "default",
            "properties.cors": {"corsRules": []},
            "properties.deleteRetentionPolicy.enabled": False,
            "properties.isVersioningEnabled": ABSENT,
            "properties.changeFeed": ABSENT,
        },
        (MADE,),
    ),
    Exchange("a container that is made", PLAIN, 201, {"name": "{container}", "properties": ABSENT}, (MADE,)),
    Exchange(
        "a legal hold is set",
        HOLD,
        200,
        {"hasLegalHold": True, "tags": ["tag1", "tag2"]},
        (MADE, PLAIN),
    ),
    Exchange(
        "a container under a legal hold",
        Asked("GET", CONTAINER),
        200,
        {
            "properties.hasLegalHold": True,
            "properties.legalHold.hasLegalHold": True,
            "properties.legalHold.tags.1.tag": "tag2",
            "properties.legalHold.tags.1.timestamp": TIME,
            "properties.legalHold.tags.1.objectIdentifier": GUID,
            "properties.legalHold.tags.1.tenantId": GUID,
        },
        (MADE, PLAIN, HOLD),
    ),
    Exchange(
        "a legal hold is cleared",
        Asked("POST", f"{CONTAINER}/clearLegalHold", {"tags": ["tag1", "tag2"]}),
        200,
        {"hasLegalHold": False, "tags": []},
        (MADE, PLAIN, HOLD),
    ),
    Exchange(
        "a container whose versions are kept",
        Asked("PUT", CONTAINER, {"properties": {"immutableStorageWithVersioning": {"enabled": True}}}),
        201,
        {"properties.immutableStorageWithVersioning": {"enabled": True}},
        (MADE,),
    ),
    Exchange(
        "a container that is opened to the public",
        Asked("PATCH", CONTAINER, {"properties": {"publicAccess": "Container", "metadata": {"a": "1"}}}),
        200,
        {
            "properties.publicAccess": "Container",
            "properties.metadata": {"a": "1"},
            "properties.hasImmutabilityPolicy": False,
            "properties.hasLegalHold": False,
        },
        (MADE, PLAIN),
    ),
    Exchange(
        "a blob service that notes when blobs were last read",
        Asked("PUT", BLOBS, {"properties": {"lastAccessTimeTrackingPolicy": TRACKED}}),
        200,
        {"properties": {"lastAccessTimeTrackingPolicy": TRACKED}},
        (MADE,),
    ),
    Exchange(
        "rules for what is hot",
        rules(HOT),
        200,
        {
            f"{RULE}.definition.actions.version.tierToHot.daysAfterCreationGreaterThan": 30.0,
            f"{RULE}.definition.filters.prefixMatch": ["some/where"],
        },
        (MADE,),
    ),
    Exchange(
        "a container with keys of its own",
        Asked(
            "PUT",
            CONTAINER,
            {"properties": {"defaultEncryptionScope": "one", "denyEncryptionScopeOverride": True}},
        ),
        201,
        {"properties.defaultEncryptionScope": "one", "properties.denyEncryptionScopeOverride": True},
        (MADE,),
    ),
    Exchange(
        "a blob service that is put, all of it",
        Asked("PUT", BLOBS, {"properties": SERVICE}),
        200,
        {"name": "default", "properties": SERVICE},
        (MADE,),
    ),
    Exchange(
        "a container whose blobs are kept, but may be appended to",
        Asked("GET", CONTAINER),
        200,
        {
            "properties.hasImmutabilityPolicy": True,
            "properties.immutabilityPolicy.properties": {**KEPT, "state": "Unlocked"},
            "properties.immutabilityPolicy.updateHistory.0.update": "put",
            "properties.immutabilityPolicy.updateHistory.0.immutabilityPeriodSinceCreationInDays": 3,
            "properties.immutabilityPolicy.updateHistory.0.allowProtectedAppendWritesAll": True,
            "properties.immutabilityPolicy.updateHistory.0.timestamp": TIME,
        },
        (MADE, PLAIN, Asked("PUT", f"{CONTAINER}/immutabilityPolicies/default", {"properties": KEPT})),
    ),
    Exchange(
        "a container",
        Asked("GET", CONTAINER),
        200,
        {
            "etag": ETAG,
            "properties.deleted": False,
            "properties.remainingRetentionDays": 0,
            "properties.defaultEncryptionScope": "$account-encryption-key",
            "properties.denyEncryptionScopeOverride": False,
            "properties.publicAccess": "None",
            "properties.leaseStatus": "Unlocked",
            "properties.leaseState": "Available",
            "properties.lastModifiedTime": TIME,
            "properties.legalHold": {"hasLegalHold": False, "tags": []},
            "properties.hasImmutabilityPolicy": False,
            "properties.hasLegalHold": False,
        },
        (MADE, PLAIN),
    ),
    Exchange(
        "a list of containers",
        Asked("GET", f"{BLOBS}/containers"),
        200,
        {
            "value.0.name": "{container}",
            "value.0.etag": ETAG,
            "value.0.properties.publicAccess": "None",
            "value.0.properties.hasImmutabilityPolicy": False,
            "value.0.properties.hasLegalHold": False,
            "value.0.properties.immutableStorageWithVersioning": {"enabled": False},
            "value.0.properties.legalHold": ABSENT,
            "nextLink": ABSENT,
        },
        (MADE, PLAIN),
    ),
    Exchange(
        "a container that was deleted",
        Asked("GET", CONTAINER),
        404,
        before=(MADE, PLAIN, Asked("DELETE", CONTAINER)),
        code="ContainerNotFound",
        text=GONE,
    ),
    Exchange("a container deleted twice", Asked("DELETE", CONTAINER), 204, before=(MADE,)),
    Exchange(
        "a container deleted below an account that is not there",
        Asked("DELETE", CONTAINER),
        404,
        code="ParentResourceNotFound",
        text=PARENT.replace("{kind}", re.escape("storageAccounts/blobServices/containers")),
    ),
    Exchange(
        "rules deleted below an account that is not there",
        Asked("DELETE", LIFECYCLE),
        404,
        code="ParentResourceNotFound",
        text=PARENT.replace("{kind}", re.escape("storageAccounts/managementPolicies")),
    ),
    Exchange("an account deleted that is not there", Asked("DELETE", ACCOUNT), 204),
)
