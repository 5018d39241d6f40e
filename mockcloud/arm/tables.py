"""Rights and groups, property by property, and all tables together."""

from __future__ import annotations

from typing import Final

from mockcloud.arm.properties import Table, by_put, needed, own, when_set
from mockcloud.arm.registry.table import REGISTRY, REPLICATION
from mockcloud.arm.storage.table import (
    ACCOUNT,
    BLOB_SERVICE,
    CONTAINER,
    IMMUTABILITY_POLICY,
    MANAGEMENT_POLICY,
)

_P: Final = "properties"

ROLE_ASSIGNMENT: Final = Table(
    "Microsoft.Authorization/roleAssignments",
    own("id"),
    own("name"),
    own("type"),
    needed(f"{_P}.roleDefinitionId"),
    needed(f"{_P}.principalId", note="others are RoleAssignmentUpdateNotPermitted"),
    by_put(
        f"{_P}.principalType",
        "ServicePrincipal",
        "user",
        words="User Group ServicePrincipal ForeignGroup Device",
        note="or what the directory says",
    ),
    own(f"{_P}.scope"),
    by_put(f"{_P}.condition", None, "@Resource[x:Name] stringEquals 'a'"),
    by_put(f"{_P}.conditionVersion", None, "2.0"),
    by_put(f"{_P}.description", None, "why"),
    by_put(f"{_P}.delegatedManagedIdentityResourceId", None, "/subscriptions/x"),
    own(f"{_P}.createdOn"),
    own(f"{_P}.updatedOn"),
    own(f"{_P}.createdBy", note="null in the answer to a PUT"),
    own(f"{_P}.updatedBy"),
)

GROUP: Final = Table(
    "Microsoft.Resources/resourceGroups",
    own("id"),
    own("name"),
    own("type"),
    needed("location", note="another one is InvalidResourceLocation"),
    when_set("tags", {"a": "1"}, note="replaced as a whole"),
    when_set("managedBy", "/subscriptions/x"),
    own(f"{_P}.provisioningState"),
)

TABLES: Final = (
    ACCOUNT,
    BLOB_SERVICE,
    CONTAINER,
    IMMUTABILITY_POLICY,
    MANAGEMENT_POLICY,
    REGISTRY,
    REPLICATION,
    ROLE_ASSIGNMENT,
    GROUP,
)
__all__ = ["GROUP", "ROLE_ASSIGNMENT", "TABLES"]
