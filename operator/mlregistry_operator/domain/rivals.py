"""Registries in each other's way: who claims the same names in Azure, and who adopts what is another's.

The names in Azure are computed of subscription, group and name without regard to case, so equal ones mean the
same resources. What another object owns is read in its status; a group is nobody's own.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.domain.ownership import adopted_by

Claim = tuple[str, ...]


def rivals_of(registry: MLRegistry, others: Iterable[MLRegistry]) -> tuple[ObjectKey, ...]:
    """The other objects that claim the same names, sorted; one that is leaving still owns what it made."""
    claimed = claim_of(registry)
    return tuple(sorted(one.key for one in others if one.key != registry.key and claim_of(one) == claimed))


def claim_of(registry: MLRegistry) -> Claim:
    """What the names of a registry's resources are made of."""
    azure = registry.spec.azure
    return _claim(azure.subscription_id, azure.resource_group, registry.effective_name)


def claim_in(body: Mapping[str, Any]) -> Claim:
    """The same of an object that is not read into models; nobody's where it has no such fields."""
    spec = body.get("spec") or {}
    azure = spec.get("azure") or {}
    name = spec.get("registryName") or body["metadata"]["name"]
    return _claim(azure.get("subscriptionId", ""), azure.get("resourceGroup", ""), name)


def _claim(*parts: object) -> Claim:
    return tuple(str(part).casefold() for part in parts)


def adopted_twice(registry: MLRegistry, others: Iterable[MLRegistry]) -> Iterator[tuple[str, ObjectKey]]:
    """Every id that another object adopts as well, with that object."""
    adopted = adopted_by(registry.metadata.annotations)
    for one in others:
        if one.key != registry.key:
            yield from (
                (target, one.key) for target in sorted(adopted & adopted_by(one.metadata.annotations))
            )


def adopted_from(registry: MLRegistry, others: Iterable[MLRegistry]) -> Iterator[tuple[str, ObjectKey]]:
    """Every id that is adopted and owned by another object, with that object."""
    adopted = sorted(adopted_by(registry.metadata.annotations))
    for one in others:
        if one.key != registry.key:
            owned = owned_by(one)
            yield from ((target, one.key) for target in adopted if _lies_in(target, owned))


def owned_by(registry: MLRegistry) -> frozenset[str]:
    """The ids, in lower case, that its status tells as its own; what lies in them is its own, too."""
    status = registry.status
    accounts = (row.storage_account.id for row in status.regions if row.storage_account is not None)
    container_registry = status.container_registry
    own = [*accounts, *(entry.id for entry in status.retained)]
    return frozenset(
        one.casefold() for one in (*own, *([container_registry.id] if container_registry else []))
    )


def _lies_in(target: str, owned: frozenset[str]) -> bool:
    return any(target == one or target.startswith(f"{one}/") for one in owned)
