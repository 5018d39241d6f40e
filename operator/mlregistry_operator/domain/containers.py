"""What lies in a storage account that is managed there: containers, their retention, one lifecycle rule."""

from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.arm import ArmId

ASSET_CONTAINERS: Final = tuple(sorted(one.plural for one in AssetType))
STAGING: Final = "staging"
STAGING_RULE: Final = "mlregistry-staging"


def container_id(account: ArmId, name: str) -> ArmId:
    return ArmId(f"{account}/blobServices/default/containers/{name}")


def retention_id(container: ArmId) -> ArmId:
    return ArmId(f"{container}/immutabilityPolicies/default")


def lifecycle_id(account: ArmId) -> ArmId:
    return ArmId(f"{account}/managementPolicies/default")


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Days for which a blob can be neither changed nor deleted.

    `etag` is that of a locked policy, which can only be extended; None where an unlocked one is written.
    """

    days: int
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class StagingSettings:
    """Days after which what lies in the staging container is deleted."""

    days: int


@dataclass(frozen=True, slots=True)
class ObservedRetention:
    """A container's time-based retention policy as Azure tells it."""

    days: int
    locked: bool
    appends: bool
    etag: str


@dataclass(frozen=True, slots=True)
class ObservedContainer:
    """A container as Azure tells it."""

    name: str
    retention: ObservedRetention | None = None


@dataclass(frozen=True, slots=True)
class ObservedStagingRule:
    """Our lifecycle rule as Azure tells it; `days` None where it deletes nothing."""

    enabled: bool
    days: int | None
    prefixes: tuple[str, ...]
