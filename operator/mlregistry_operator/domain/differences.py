"""What may differ between declared and observed resources, and what follows from it.

Checks run in order and each states one fact. A check that refuses ends the chain: of a resource that is not
ours, or that Azure cannot change, nothing more is said. What the server adds by default is no difference:
only what we set is compared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.storage import StorageAccountType
from mlregistry_operator.domain.ownership import Tags, merged_tags, tag_changes, tags_settled
from mlregistry_operator.domain.resources import (
    AccountSettings,
    ContainerRegistrySettings,
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedReplication,
    ReplicationSettings,
)

MINIMUM_TLS_VERSION: Final = "TLS1_2"
TAGS: Final = "tags"
_TAGS_TOLD: Final = 5


class Remedy(Enum):
    """What a difference calls for."""

    UPDATE = "update in place"
    REFUSE = "refuse until a person decides"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as declared. `message` is one sentence: what, why, what to do."""

    field: str
    desired: str
    observed: str
    remedy: Remedy
    reason: Reason
    message: str


AccountCheck = Callable[[AccountSettings, ObservedAccount], Difference | None]
ContainerRegistryCheck = Callable[[ContainerRegistrySettings, ObservedContainerRegistry], Difference | None]
ReplicationCheck = Callable[[ReplicationSettings, ObservedReplication], Difference | None]


def performance_tier_differs(desired: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """Standard and Premium accounts are different things in Azure."""
    if _tier(desired.sku) == _tier(observed.sku):
        return None
    return _refused(
        "storageAccountType",
        desired.sku,
        observed.sku,
        f"{_of_account(desired, observed)} is {observed.sku} and should be {desired.sku}: Azure cannot move"
        f" an account between Standard and Premium; keep {observed.sku}, or remove the region and add it"
        " again.",
    )


def hierarchical_namespace_differs(desired: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """HNS is fixed when the account is made."""
    if desired.hns == observed.hns:
        return None
    return _refused(
        "storageAccountHns",
        _yes(desired.hns),
        _yes(observed.hns),
        f"{_of_account(desired, observed)} has storageAccountHns {_yes(observed.hns)} and should have"
        f" {_yes(desired.hns)}: Azure cannot switch the hierarchical namespace of an account; set"
        f" storageAccountHns to {_yes(observed.hns)}, or remove the region and add it again.",
    )


def zonal_boundary_differs(desired: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """Between zonal and non-zonal redundancy Azure needs a migration that no update can do."""
    if _zonal(desired.sku) == _zonal(observed.sku):
        return None
    return _refused(
        "storageAccountType",
        desired.sku,
        observed.sku,
        f"{_of_account(desired, observed)} is {observed.sku} and should be {desired.sku}: Azure cannot change"
        f" zone redundancy in place; keep {observed.sku}, or remove the region and add it again.",
    )


def redundancy_differs(desired: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """Within one side of the zonal boundary an update is enough."""
    return _update("sku.name", desired.sku, observed.sku)


def tls_version_differs(_: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """A stricter version than ours is nobody's harm."""
    if (observed.minimum_tls_version or "") >= MINIMUM_TLS_VERSION:
        return None
    return _update("minimumTlsVersion", MINIMUM_TLS_VERSION, observed.minimum_tls_version or "unset")


def public_blobs_allowed(_: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """Assets are never readable without a credential."""
    return _update("allowBlobPublicAccess", "false", _yes(observed.allow_blob_public_access))


def shared_keys_allowed(_: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """Access is by identity, so that it can be taken back."""
    return _update("allowSharedKeyAccess", "false", _yes(observed.allow_shared_key_access))


def account_network_access_differs(desired: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """`spec.publicNetworkAccess` holds for every account."""
    return _update("publicNetworkAccess", desired.public_network_access, observed.public_network_access)


def account_tags_differ(desired: AccountSettings, observed: ObservedAccount) -> Difference | None:
    """Ours and the declared ones have to be there; other people's stay."""
    return _tags(desired.tags, observed.tags)


def sku_is_not_premium(
    _: ContainerRegistrySettings, observed: ObservedContainerRegistry
) -> Difference | None:
    """Replication needs Premium."""
    return _update("sku.name", "Premium", observed.sku)


def admin_user_enabled(
    _: ContainerRegistrySettings, observed: ObservedContainerRegistry
) -> Difference | None:
    """A shared password to every image is a way around access by identity."""
    return _update("adminUserEnabled", "false", _yes(observed.admin_user_enabled))


def registry_network_access_differs(
    desired: ContainerRegistrySettings, observed: ObservedContainerRegistry
) -> Difference | None:
    """`spec.publicNetworkAccess` holds for the container registry too."""
    return _update("publicNetworkAccess", desired.public_network_access, observed.public_network_access)


def regional_endpoints_differ(
    desired: ContainerRegistrySettings, observed: ObservedContainerRegistry
) -> Difference | None:
    """Where Azure does not offer them there is nothing to switch."""
    if observed.regional_endpoints is None:
        return None
    return _update("regionalEndpoints", desired.regional_endpoints, observed.regional_endpoints)


def registry_tags_differ(
    desired: ContainerRegistrySettings, observed: ObservedContainerRegistry
) -> Difference | None:
    """Ours and the declared ones have to be there; other people's stay."""
    return _tags(desired.tags, observed.tags)


def replication_tags_differ(desired: ReplicationSettings, observed: ObservedReplication) -> Difference | None:
    """Ours and the declared ones have to be there; other people's stay."""
    return _tags(desired.tags, observed.tags)


ACCOUNT_CHECKS: Final[tuple[AccountCheck, ...]] = (
    performance_tier_differs,
    hierarchical_namespace_differs,
    zonal_boundary_differs,
    redundancy_differs,
    tls_version_differs,
    public_blobs_allowed,
    shared_keys_allowed,
    account_network_access_differs,
    account_tags_differ,
)

CONTAINER_REGISTRY_CHECKS: Final[tuple[ContainerRegistryCheck, ...]] = (
    sku_is_not_premium,
    admin_user_enabled,
    registry_network_access_differs,
    regional_endpoints_differ,
    registry_tags_differ,
)

REPLICATION_CHECKS: Final[tuple[ReplicationCheck, ...]] = (replication_tags_differ,)


def account_differences(desired: AccountSettings, observed: ObservedAccount) -> tuple[Difference, ...]:
    """All that differs, or only the first thing that Azure cannot change."""
    return _until_refused(check(desired, observed) for check in ACCOUNT_CHECKS)


def container_registry_differences(
    desired: ContainerRegistrySettings, observed: ObservedContainerRegistry
) -> tuple[Difference, ...]:
    """All that differs from what is declared."""
    return _until_refused(check(desired, observed) for check in CONTAINER_REGISTRY_CHECKS)


def replication_differences(
    desired: ReplicationSettings, observed: ObservedReplication
) -> tuple[Difference, ...]:
    """All that differs from what is declared."""
    return _until_refused(check(desired, observed) for check in REPLICATION_CHECKS)


def _until_refused(found: Iterator[Difference | None]) -> tuple[Difference, ...]:
    differences: list[Difference] = []
    for difference in found:
        if difference is None:
            continue
        if difference.remedy is Remedy.REFUSE:
            return (difference,)
        differences.append(difference)
    return tuple(differences)


def _update(field: str, desired: str, observed: str) -> Difference | None:
    if desired == observed:
        return None
    message = f"{field} is {observed} and should be {desired}."
    return Difference(field, desired, observed, Remedy.UPDATE, Reason.PROGRESSING, message)


def _refused(field: str, desired: str, observed: str, message: str) -> Difference:
    return Difference(field, desired, observed, Remedy.REFUSE, Reason.IMMUTABLE_IN_AZURE, message)


def _tags(desired: Tags, observed: Tags) -> Difference | None:
    if tags_settled(desired, observed):
        return None
    changed = sorted(tag_changes(merged_tags(desired, observed), observed).items())
    message = f"tags differ: {', '.join(_tag(key, *found) for key, found in changed[:_TAGS_TOLD])}"
    rest = f" and {len(changed) - _TAGS_TOLD} more" if len(changed) > _TAGS_TOLD else ""
    wanted, seen = (" ".join(f"{key}={pair[side]}" for key, pair in changed) for side in (0, 1))
    return Difference(TAGS, wanted, seen, Remedy.UPDATE, Reason.PROGRESSING, f"{message}{rest}.")


def _tag(key: str, wanted: str | None, found: str | None) -> str:
    """What is said of one tag that is not as it should be."""
    is_now = "is absent" if found is None else f"is {found!r}"
    return f"{key} {is_now} and should be {'absent' if wanted is None else repr(wanted)}"


def _of_account(desired: AccountSettings, observed: ObservedAccount) -> str:
    return f"{desired.location}: storage account {observed.name}"


def _tier(sku: str) -> str:
    return StorageAccountType(sku).tier if sku in set(StorageAccountType) else sku


def _zonal(sku: str) -> bool | str:
    return StorageAccountType(sku).zone_redundant if sku in set(StorageAccountType) else sku


def _yes(value: bool) -> str:  # noqa: FBT001 - a value to print, not a switch
    return "true" if value else "false"
