"""Who the operator is towards Azure, as data, and who may have it be so. Secrets never show in a repr."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """The operator's own, as its environment provides it."""


@dataclass(frozen=True, slots=True)
class SecretIdentity:
    """A client secret or a certificate (PEM with its key), from a Secret in the registry's namespace."""

    tenant_id: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    client_certificate: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FederatedIdentity:
    """An application that trusts the operator's ServiceAccount.

    That trust is in the operator, not in the namespace that names the application: any could name
    it.
    """

    tenant_id: str
    client_id: str


Identity = OwnIdentity | SecretIdentity | FederatedIdentity


@dataclass(frozen=True, slots=True)
class IdentityGrant:
    """Namespaces whose registries may have the operator act in its own name, and where in Azure.

    An empty part means all. `client_ids` are the applications that these namespaces may name; the operator's
    own identity, which no spec names, is in every grant.
    """

    namespaces: frozenset[str] = frozenset()
    subscriptions: frozenset[str] = frozenset()
    resource_groups: frozenset[str] = frozenset()
    client_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IdentityUse:
    """What a registry asks for. `client_id` is an application's, None for the operator's own identity."""

    namespace: str
    subscription_id: str
    resource_group: str
    client_id: str | None = None


def may_use(grants: Iterable[IdentityGrant] | None, use: IdentityUse) -> bool:
    """Whether one of the grants covers it; without a setting everything is. Azure's names have no case."""
    return grants is None or any(_covers(grant, use) for grant in grants)


def _covers(grant: IdentityGrant, use: IdentityUse) -> bool:
    return (
        (not grant.namespaces or use.namespace in grant.namespaces)
        and _is_among(use.subscription_id, grant.subscriptions)
        and _is_among(use.resource_group, grant.resource_groups)
        and (use.client_id is None or _is_among(use.client_id, grant.client_ids))
    )


def _is_among(name: str, names: frozenset[str]) -> bool:
    return not names or name.casefold() in {one.casefold() for one in names}
