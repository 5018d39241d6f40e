"""Who may do what where: Azure's built-in roles as a table, and the walk up the scopes.

`ARM` actions and data actions are kept apart, as in Azure: the owner of a subscription reads no blob.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockcloud.world import World

ASSIGNMENT_TYPE: Final = "Microsoft.Authorization/roleAssignments"
_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers"


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role. `guid` is the same in every tenant."""

    name: str
    guid: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        return _any(action, self.actions) and not _any(action, self.not_actions)

    def allows_data(self, action: str) -> bool:
        return _any(action, self.data_actions)


ROLES: Final = (
    Role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", actions=("*",)),
    Role(
        "Contributor",
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        actions=("*",),
        not_actions=("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"),
    ),
    Role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", actions=("*/read",)),
    Role(
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        actions=("*/read", "Microsoft.Authorization/*"),
    ),
    Role(
        "Role Based Access Control Administrator",
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        actions=(
            "*/read",
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
        ),
    ),
    Role("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7", actions=("Microsoft.Network/*",)),
    Role(
        "Storage Account Contributor",
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        actions=(
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Storage/storageAccounts/*",
        ),
    ),
    Role(
        "Storage Blob Data Owner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        actions=(
            f"{_BLOBS}/*",
            "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
        ),
        data_actions=(f"{_BLOBS}/blobs/*",),
    ),
    Role(
        "Storage Blob Data Contributor",
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        actions=(
            f"{_BLOBS}/delete",
            f"{_BLOBS}/read",
            f"{_BLOBS}/write",
            "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
        ),
        data_actions=tuple(
            f"{_BLOBS}/blobs/{verb}" for verb in ("delete", "read", "write", "move/action", "add/action")
        ),
    ),
    Role(
        "Storage Blob Data Reader",
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        actions=(
            f"{_BLOBS}/read",
            "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
        ),
        data_actions=(f"{_BLOBS}/blobs/read",),
    ),
    Role(
        "Storage Blob Delegator",
        "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
        actions=("Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",),
    ),
    Role(
        "AcrPull",
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        actions=("Microsoft.ContainerRegistry/registries/pull/read",),
    ),
    Role(
        "AcrPush",
        "8311e382-0749-4cb8-b61a-304f252e45ec",
        actions=(
            "Microsoft.ContainerRegistry/registries/pull/read",
            "Microsoft.ContainerRegistry/registries/push/write",
        ),
    ),
    Role(
        "AcrDelete",
        "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
        actions=("Microsoft.ContainerRegistry/registries/artifacts/delete",),
    ),
    Role(
        "Container Registry Data Importer and Data Reader",
        "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
        actions=(
            "Microsoft.ContainerRegistry/registries/importImage/action",
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/pull/read",
        ),
    ),
    Role(
        "Container Registry Contributor and Data Access Configuration Administrator",
        "3bc748fc-213d-45c1-8d91-9da5725539b9",
        actions=("Microsoft.ContainerRegistry/*",),
    ),
)

_BY_NAME: Final = {role.name.lower(): role for role in ROLES}
_BY_GUID: Final = {role.guid: role for role in ROLES}


def role_by_definition(definition_id: str) -> Role | None:
    """The role that an id `.../roleDefinitions/<guid>` names."""
    return _BY_GUID.get(definition_id.rstrip("/").rsplit("/", 1)[-1].lower())


def allowed(world: World, principal_id: str, action: str, scope: str) -> bool:
    """May this principal do this ARM action here, now?"""
    return any(role.allows(action) for role in _held(world, principal_id, scope))


def allowed_data(world: World, principal_id: str, action: str, scope: str) -> bool:
    """May this principal do this data action here, now?"""
    return any(role.allows_data(action) for role in _held(world, principal_id, scope))


def holds_below(world: World, principal_id: str, scope: str) -> bool:
    """Whether this principal has a role on something below: Azure lists a subscription for it, too."""
    if any(covers(scope, grant.scope) for grant in world.principals.standing(principal_id)):
        return True
    return any(
        covers(scope, str(one.properties["scope"]))
        for one in world.store.of_type(ASSIGNMENT_TYPE)
        if str(one.properties["principalId"]).lower() == principal_id.lower()
    )


def _held(world: World, principal_id: str, scope: str) -> Iterator[Role]:
    for grant in world.principals.standing(principal_id):
        role = _BY_NAME.get(grant.role.lower())
        if role is not None and covers(grant.scope, scope):
            yield role
    latest = world.now() - world.settings.role_delay_seconds
    for assignment in world.store.of_type(ASSIGNMENT_TYPE):
        properties = assignment.properties
        if str(properties["principalId"]).lower() != principal_id.lower():
            continue
        role = role_by_definition(str(properties["roleDefinitionId"]))
        if role is not None and covers(str(properties["scope"]), scope) and _created(properties) <= latest:
            yield role


def covers(granted: str, scope: str) -> bool:
    """A scope covers itself and everything below it."""
    outer, inner = granted.rstrip("/").lower(), scope.rstrip("/").lower()
    return inner == outer or inner.startswith(outer + "/")


def _created(properties: dict[str, object]) -> float:
    text = str(properties.get("createdOn") or "1970-01-01T00:00:00Z")
    return dt.datetime.fromisoformat(text).timestamp()


def _any(action: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
