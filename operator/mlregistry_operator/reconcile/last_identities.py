"""The credentials that a registry was last reconciled with, kept for its deletion alone.

A namespace that is deleted takes along the Secret, and the right to read it, while registries and assets
still wait for Azure. Nothing else uses what is kept here; it goes with the registry, and with the process.
"""

from dataclasses import dataclass, field

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.domain.identity import SecretIdentity


@dataclass(frozen=True, slots=True)
class _Kept:
    uid: str
    secret: ObjectKey
    identity: SecretIdentity


@dataclass(slots=True)
class LastIdentities:
    """By registry, one each: of that very object, and of the Secret that it names now."""

    _kept: dict[ObjectKey, _Kept] = field(default_factory=dict)

    def keep(self, registry: MLRegistry, secret: ObjectKey, identity: SecretIdentity) -> None:
        self._kept[registry.key] = _Kept(registry.metadata.uid, secret, identity)

    def of(self, registry: MLRegistry, secret: ObjectKey) -> SecretIdentity | None:
        kept = self._kept.get(registry.key)
        if kept is None or (kept.uid, kept.secret) != (registry.metadata.uid, secret):
            return None
        return kept.identity

    def forget(self, registry: ObjectKey) -> None:
        """The registry is gone, or whoever may write its Secret has taken the credentials back."""
        self._kept.pop(registry, None)
