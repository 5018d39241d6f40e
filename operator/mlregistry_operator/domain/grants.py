"""What each tier of access is in Azure: role assignments, whose names tell whose they are.

The name of an assignment of ours is computed from all that it says and from the owner of the registry. So
an assignment is ours if, and only if, its name is the one that its own content gives: no memory is asked, and
two registries never take each other's.

Source: ids of built-in roles, https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from mlregistry_operator.api.registry import AccessEntry, AccessRole, PrincipalType
from mlregistry_operator.domain.arm import ArmId

_NAMESPACE: Final = uuid.UUID("6b1d1c0e-6f0c-5a3b-9d53-1a7f8a3f6c11")
_ASSIGNMENTS: Final = "providers/Microsoft.Authorization/roleAssignments"


class Role(Enum):
    """The built-in roles that are assigned: the id of the definition, and the name that people know."""

    BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader"
    BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"
    IMAGE_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull"
    CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"

    @property
    def guid(self) -> str:
        return self.value[0]

    @property
    def title(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Tier:
    """The roles of one tier, by where they are assigned."""

    on_accounts: tuple[Role, ...]
    on_registry: tuple[Role, ...]
    on_staging: tuple[Role, ...] = ()


_USER = Tier((Role.BLOB_READER,), (Role.IMAGE_PULL,))
TIERS: Final[dict[AccessRole, Tier]] = {
    AccessRole.ASSET_USER: _USER,
    AccessRole.ASSET_PUBLISHER: Tier(_USER.on_accounts, _USER.on_registry, (Role.BLOB_CONTRIBUTOR,)),
    AccessRole.REGISTRY_MANAGER: Tier((Role.CONTRIBUTOR,), (Role.CONTRIBUTOR,)),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One principal's one role at one scope; ids in lower case, so that equal grants are equal."""

    scope: str
    principal_id: str
    role_guid: str

    def name(self, owner_tag: str) -> str:
        """The name that our assignment of this grant has: a GUID in lower case."""
        parts = (owner_tag, self.scope, self.principal_id, self.role_guid)
        return str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))


@dataclass(frozen=True, slots=True)
class AssignmentSettings:
    """A role assignment as declared; `scope` is spelled as Azure spells it."""

    scope: ArmId
    principal_id: str
    principal_type: PrincipalType
    role: Role

    @property
    def grant(self) -> Grant:
        return Grant(self.scope.casefold(), self.principal_id.casefold(), self.role.guid)

    def target(self, owner_tag: str) -> ArmId:
        return ArmId(f"{self.scope}/{_ASSIGNMENTS}/{self.grant.name(owner_tag)}")


@dataclass(frozen=True, slots=True)
class ObservedAssignment:
    """A role assignment as Azure tells it."""

    id: ArmId
    name: str
    grant: Grant

    def is_ours(self, owner_tag: str) -> bool:
        return self.name.casefold() == self.grant.name(owner_tag)


@dataclass(frozen=True, slots=True)
class Scopes:
    """Where the roles of a registry are assigned. `staging` is the container in the primary's account."""

    accounts: tuple[ArmId, ...]
    registry: ArmId
    staging: ArmId


def publishes(access: Iterable[AccessEntry]) -> bool:
    """Whether anybody is to write to the staging container."""
    return any(TIERS[entry.role].on_staging for entry in access)


def assignments_of(access: Iterable[AccessEntry], scopes: Scopes) -> tuple[AssignmentSettings, ...]:
    """Every role assignment that is declared, each once, in the order of the spec."""
    found = {one.grant: one for entry in access for one in _of_entry(entry, scopes)}
    return tuple(found.values())


def roles_of(access: Iterable[AccessEntry]) -> frozenset[tuple[str, str]]:
    """Who holds which role anywhere in the registry: principal and role's GUID, in lower case."""
    return frozenset(
        (entry.principal_id.casefold(), role.guid)
        for entry in access
        for tier in (TIERS[entry.role],)
        for role in (*tier.on_accounts, *tier.on_registry, *tier.on_staging)
    )


def _of_entry(entry: AccessEntry, scopes: Scopes) -> Iterator[AssignmentSettings]:
    tier = TIERS[entry.role]
    places = (
        *((scope, role) for scope in scopes.accounts for role in tier.on_accounts),
        *((scopes.registry, role) for role in tier.on_registry),
        *((scopes.staging, role) for role in tier.on_staging),
    )
    for scope, role in places:
        yield AssignmentSettings(scope, entry.principal_id, entry.principal_type, role)
