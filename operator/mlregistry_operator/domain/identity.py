"""Who the operator is towards Azure, as data. Secrets never show in a repr."""

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
    """An application that trusts the operator's ServiceAccount."""

    tenant_id: str
    client_id: str


Identity = OwnIdentity | SecretIdentity | FederatedIdentity
