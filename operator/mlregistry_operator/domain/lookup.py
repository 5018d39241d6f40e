"""Where to look: which names, in which regions. A hint saves reads; without one every name is looked up."""

from collections.abc import Mapping
from typing import Final

from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.domain.arm import ArmId, name_of
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.naming import storage_account_names
from mlregistry_operator.domain.ownership import Owner, is_ours
from mlregistry_operator.domain.resources import Desired, Observed

STORAGE: Final = "storage"
REGISTRY: Final = "registry"

Names = Mapping[tuple[str, str], str]
"""Names chosen after a collision, by kind and region."""


def account_lookups(registry: MLRegistry, desired: Desired, chosen: Names) -> dict[str, tuple[str, ...]]:
    """For every declared and every leaving region, the account names to look up, the likeliest first."""
    declared = {location: settings.names for location, settings in desired.accounts.items()}
    leaving = {
        row.location: storage_account_names(desired.group, registry.effective_name, row.location)
        for row in registry.status.regions
        if row.location not in declared
    }
    return {
        location: _narrowed(names, chosen.get((STORAGE, location)) or _account_hint(registry, location))
        for location, names in {**declared, **leaving}.items()
    }


def forgotten_accounts(
    registry: MLRegistry, desired: Desired, observed: Observed, owner: Owner
) -> dict[str, tuple[str, ...]]:
    """For every region that only a replication of ours tells of, the names that its account may have.

    A status that was lost while the region was leaving cannot say so.
    """
    listed = () if isinstance(observed.replications, Failure) else observed.replications
    return {
        one.location: storage_account_names(desired.group, registry.effective_name, one.location)
        for one in listed
        if one.location not in observed.accounts and is_ours(owner, one)
    }


def registry_lookup(registry: MLRegistry, desired: Desired, chosen: Names) -> tuple[str, ...]:
    """The names under which the container registry may be found."""
    noted = registry.status.container_registry
    hint = chosen.get((REGISTRY, desired.container_registry.location)) or (noted.name if noted else None)
    return _narrowed(desired.container_registry.names, hint)


def next_name(desired: Desired, target: ArmId) -> tuple[tuple[str, str], str | None] | None:
    """After a collision on `target`: whose name it is, and the next of its sequence (None at the end)."""
    name = name_of(target)
    sequences = {(STORAGE, location): settings.names for location, settings in desired.accounts.items()}
    sequences[(REGISTRY, desired.container_registry.location)] = desired.container_registry.names
    for key, names in sequences.items():
        if name in names:
            following = names[names.index(name) + 1 :]
            return key, (following[0] if following else None)
    return None


def _account_hint(registry: MLRegistry, location: str) -> str | None:
    row = registry.status.region(location)
    return row.storage_account.name if row is not None and row.storage_account is not None else None


def _narrowed(names: tuple[str, ...], hint: str | None) -> tuple[str, ...]:
    return (hint,) if hint is not None and hint in names else names
