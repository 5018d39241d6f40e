"""Who exists: the service principals that the token endpoint knows, and the roles they stand with.

Roles given here are part of the world's furniture: they hold at once, and no role assignment shows in the
lists. Roles given through Azure's own interface are resources like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from mockcloud import defaults
from mockcloud.settings import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

_STANDING: Final = {
    defaults.OWNER_PRINCIPAL_ID: ("Owner",),
    defaults.OPERATOR_PRINCIPAL_ID: (
        "Contributor",
        # What an installation grants besides: a contributor by itself reads no blob and assigns no role.
        "Storage Blob Data Contributor",
        "Storage Blob Delegator",
        "Role Based Access Control Administrator",
    ),
}


class Grant(Wire):
    """A role by its name (`Owner`, `Contributor`, `Storage Blob Data Reader`, ...) at a scope."""

    role: str
    scope: str


class FederatedCredential(Wire):
    """Whose tokens are taken in exchange: the `iss` and `sub` claims they must carry."""

    issuer: str
    subject: str


class Principal(Wire):
    """Without `federatedCredentials` any unexpired token for the exchange audience is taken."""

    principal_id: str
    client_id: str
    client_secret: str | None = None
    type: Literal["ServicePrincipal", "ManagedIdentity", "User", "Group"] = "ServicePrincipal"
    certificate: str | None = Field(default=None, description="PEM; what signed assertions are checked with")
    federated_credentials: list[FederatedCredential] = Field(default_factory=list)
    roles: list[Grant] | None = None

    def wire(self) -> dict[str, object]:
        return self.model_dump(by_alias=True, mode="json", exclude_defaults=True) | {
            "clientSecret": self.client_secret,
            "type": self.type,
        }


class Principals:
    """The directory of the one tenant."""

    def __init__(self, principals: list[Principal], grants: dict[str, list[Grant]]) -> None:
        self._principals = principals
        self.grants = grants

    def by_client(self, client_id: str) -> Principal | None:
        wanted = client_id.lower()
        return next((p for p in self._principals if p.client_id.lower() == wanted), None)

    def by_id(self, principal_id: str) -> Principal | None:
        wanted = principal_id.lower()
        return next((p for p in self._principals if p.principal_id.lower() == wanted), None)

    def all(self) -> list[Principal]:
        return list(self._principals)

    def replace(self, principals: list[Principal]) -> None:
        """Take this list instead; a principal without `roles` keeps the roles it stands with."""
        self._principals = principals
        for principal in principals:
            if principal.roles is not None:
                self.grants[principal.principal_id.lower()] = principal.roles

    def standing(self, principal_id: str) -> list[Grant]:
        return self.grants.get(principal_id.lower(), [])


def opening_directory(subscriptions: Sequence[str]) -> Principals:
    """An owner of every subscription, and the operator with the roles of an installation in every one."""
    owner = Principal(
        principal_id=defaults.OWNER_PRINCIPAL_ID,
        client_id=defaults.OWNER_CLIENT_ID,
        client_secret=defaults.OWNER_CLIENT_SECRET,
    )
    operator = Principal(
        principal_id=defaults.OPERATOR_PRINCIPAL_ID,
        client_id=defaults.OPERATOR_CLIENT_ID,
        client_secret=defaults.OPERATOR_CLIENT_SECRET,
    )
    directory = Principals([owner, operator], {})
    furnish(directory, subscriptions)
    return directory


def furnish(directory: Principals, subscriptions: Sequence[str]) -> None:
    """Let the two stand with their roles in these subscriptions too."""
    for principal_id, roles in _STANDING.items():
        grants = directory.grants.setdefault(principal_id, [])
        grants.extend(
            Grant(role=role, scope=f"/subscriptions/{known}") for known in subscriptions for role in roles
        )
